// Pages work without this: it copies to the clipboard, and keeps what is still going on up to date.
"use strict";

for (const button of document.querySelectorAll("[data-copy]")) {
  const label = button.textContent;
  button.hidden = false;
  button.addEventListener("click", async () => {
    const source = document.getElementById(button.dataset.copy);
    await navigator.clipboard.writeText(source.value ?? source.textContent.trim());
    button.textContent = button.dataset.copied;
    button.setAttribute("aria-live", "polite");
    setTimeout(() => { button.textContent = label; }, 3000);
  });
}

// data-live="5": fetched again every five seconds, for as long as the page that comes says so itself.
async function follow(region) {
  const answer = await fetch(location.href, { headers: { Accept: "text/html" } }).catch(() => null);
  if (answer?.ok) {
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const fresh = page.getElementById(region.id);
    if (!fresh) return location.reload();
    if (fresh.innerHTML !== region.innerHTML) region.innerHTML = fresh.innerHTML;
    document.title = page.title;
    if (!fresh.dataset.live) return;
  }
  setTimeout(follow, region.dataset.live * 1000, region);
}

for (const region of document.querySelectorAll("[data-live]")) {
  setTimeout(follow, region.dataset.live * 1000, region);
}
