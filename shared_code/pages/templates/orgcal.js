// Pages work without this: it copies to the clipboard, and keeps what is still going on up to date.
"use strict";

function offerCopies(root) {
  for (const button of root.querySelectorAll("[data-copy]")) button.hidden = false;
}

document.addEventListener("click", async ({ target }) => {
  const button = target.closest("[data-copy]");
  if (!button) return;
  const source = document.getElementById(button.dataset.copy);
  await navigator.clipboard.writeText(source.value ?? source.textContent.trim());
  button.dataset.label ??= button.textContent;
  button.setAttribute("aria-live", "polite");
  button.textContent = button.dataset.copied;
  setTimeout(() => { button.textContent = button.dataset.label; }, 3000);
});

// data-live="5": fetched again every five seconds, for as long as the page that comes says so itself.
const regions = () => [...document.querySelectorAll("[data-live]")];
const sent = new WeakMap(); // as the server wrote them: what people unfold or copy meanwhile is no change

// Somebody has unfolded something in it, or is filling it in.
function isTouched(root) {
  return [...root.querySelectorAll("details, input, textarea, option")].some((each) =>
    each.open || each.checked !== each.defaultChecked || each.selected !== each.defaultSelected
    || (/text|search/.test(each.type) && each.value !== each.defaultValue));
}

function isInUse(root) {
  const focused = document.activeElement;
  return (focused !== document.body && root.contains(focused)) || isTouched(root);
}

function whenFree(roots, act, isKept = isInUse) {
  if (roots.every(isKept)) setTimeout(whenFree, 500, roots, act, isKept);
  else act();
}

// Answers what cannot be shown yet, since somebody is at it. Where a region is gone, all of the content is new.
function renew(region, page) {
  const fresh = page.getElementById(region.id);
  if (!region.isConnected || fresh?.innerHTML === sent.get(region)) return [];
  const place = fresh ? region : document.getElementById("main");
  if (isInUse(place)) return [place];
  place.innerHTML = page.getElementById(place.id).innerHTML;
  begin(place);
  return [];
}

// Nothing where the connection broke, or somebody else has answered, as the door of a network does.
async function fetchAgain() {
  try {
    const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    return answer.status < 500 && page.getElementById("main") ? { answer, page } : null;
  } catch {
    return null;
  }
}

async function look() {
  const found = await fetchAgain();
  if (!found) return follow();
  // What is shown is not theirs to see any more: only what they were writing is waited for.
  if (!found.answer.ok) return whenFree([document], () => location.reload(), isTouched);
  document.title = found.page.title;
  const left = regions().flatMap((region) => renew(region, found.page));
  if (found.page.querySelector("[data-live]")) follow();
  else if (left.length) whenFree(left, look);
}

function follow() {
  const [first] = regions();
  if (first) setTimeout(look, first.dataset.live * 1000);
}

// Read out is how things stand now, and not every count on the way there: in one line that nothing replaces.
let known;

function standings() {
  return [...document.querySelectorAll("main h1, main .badge, main [aria-current=step]")].map((each) => {
    const name = each.closest(".card-head, tr")?.querySelector("h2, h3, a");
    return (name ? [name, each] : [each]).map((part) => part.textContent.trim()).join(", ");
  });
}

function tell() {
  const before = known ?? standings();
  known = standings();
  const changed = known.filter((each) => !before.includes(each));
  if (changed.length) document.getElementById("news").textContent = changed.join(". ");
}

// Regions are noted first, before anything in them changes.
function begin(place) {
  tell();
  for (const region of regions()) if (place.contains(region)) sent.set(region, region.innerHTML);
  offerCopies(place);
}

begin(document);
follow();
