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
function follow(region) {
  let sent = region.innerHTML; // as the server wrote it: what people unfold or copy meanwhile is no change
  const look = async () => {
    const answer = await fetch(location.href, { headers: { Accept: "text/html" } }).catch(() => null);
    if (answer && !answer.ok && answer.status < 500) return location.reload();
    if (answer?.ok) {
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const fresh = page.getElementById(region.id);
      if (!fresh) return location.reload();
      if (fresh.innerHTML !== sent) {
        sent = region.innerHTML = fresh.innerHTML;
        offerCopies(region);
      }
      document.title = page.title;
      if (!fresh.dataset.live) return;
    }
    setTimeout(look, region.dataset.live * 1000);
  };
  setTimeout(look, region.dataset.live * 1000);
}

// First, so that it sees each region as it came.
for (const region of document.querySelectorAll("[data-live]")) follow(region);
offerCopies(document);
