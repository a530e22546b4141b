// Copying, relative times, live regions. Pages read and act without it.
(() => {
  "use strict";
  const root = document.documentElement;
  root.classList.add("scripted");

  // Copy buttons: data-copy holds the text, or data-copy-from the id of its element; the word changes for a moment and is spoken.
  document.addEventListener("click", async (event) => {
    const button = event.target.closest("button[data-copy], button[data-copy-from]");
    if (!button) return;
    const label = button.querySelector("[data-word]") ?? button;
    const before = label.textContent;
    const source = document.getElementById(button.dataset.copyFrom);
    try {
      await navigator.clipboard.writeText(source ? source.textContent : button.dataset.copy);
      label.textContent = "Copied";
    } catch {
      label.textContent = "Press Ctrl+C";
      select(source ?? button.previousElementSibling);
    }
    setTimeout(() => { label.textContent = before; }, 1500);
  });

  function select(element) {
    if (element) getSelection().selectAllChildren(element);
  }

  // "/" goes to the search, as the field says.
  document.addEventListener("keydown", (event) => {
    const typing = event.target.closest("input, textarea, select, [contenteditable]");
    if (event.key !== "/" || typing || event.ctrlKey || event.metaKey || event.altKey) return;
    const search = document.querySelector("[data-search]");
    if (!search) return;
    event.preventDefault();
    search.focus();
  });

  // Relative times: the server writes the same words; this keeps them true while the page stays open.
  const units = [[86400, "day"], [3600, "h"], [60, "min"], [1, "s"]];
  function length(seconds) {
    const [size, unit] = units.find(([size]) => seconds >= size) ?? units[3];
    const count = Math.floor(seconds / size);
    return unit === "day" && count !== 1 ? `${count} days` : `${count} ${unit}`;
  }
  function relative(seconds, kind) {
    const words = length(Math.abs(seconds));
    if (kind === "waiting") return `waiting ${words}`;
    if (Math.abs(seconds) < 5) return "just now";
    return seconds < 0 ? `in ${words}` : `${words} ago`;
  }
  function refreshTimes() {
    for (const element of document.querySelectorAll("time[data-relative]")) {
      const seconds = (Date.now() - Date.parse(element.dateTime)) / 1000;
      const kind = element.dataset.relative;
      if (kind === "waiting" || Math.abs(seconds) < 7 * 86400) element.textContent = relative(seconds, kind);
    }
  }
  setInterval(refreshTimes, 10000);

  // Live regions: data-refresh names a URL that answers with the region's inside; 304 means no news.
  let paused = false;
  const tags = new WeakMap();
  const every = 4000;

  async function refresh(region) {
    if (!region.isConnected) return;
    if (!paused && !document.hidden && !isInUse(region)) {
      try {
        await load(region);
      } catch {
        // The network is away; the next round asks again.
      }
    }
    setTimeout(() => refresh(region), every);
  }

  async function load(region) {
    const headers = { "X-Live": "1" };
    if (tags.has(region)) headers["If-None-Match"] = tags.get(region);
    const answer = await fetch(region.dataset.refresh, { headers, redirect: "error" });
    if (answer.status !== 200) return;
    const tag = answer.headers.get("ETag");
    const text = await answer.text();
    if (isInUse(region)) return;
    if (tag) tags.set(region, tag);
    replace(region, text);
  }

  // Nothing is replaced under a reader's hand: an open field, an open detail, selected text.
  function isInUse(region) {
    const selection = getSelection();
    return region.contains(document.activeElement)
      || region.querySelector("details[open]") !== null
      || (selection && !selection.isCollapsed && region.contains(selection.anchorNode));
  }

  function replace(region, text) {
    const known = new Set([...region.querySelectorAll("[data-key]")].map((row) => row.dataset.key));
    region.innerHTML = text;
    for (const row of region.querySelectorAll("[data-key]")) {
      if (!known.has(row.dataset.key)) row.classList.add("fresh");
    }
  }

  document.addEventListener("click", (event) => {
    const button = event.target.closest("button[data-pause]");
    if (!button) return;
    paused = !paused;
    button.setAttribute("aria-pressed", String(paused));
    button.querySelector("[data-word]").textContent = paused ? "Resume updates" : "Pause updates";
  });

  document.addEventListener("DOMContentLoaded", () => {
    for (const region of document.querySelectorAll("[data-refresh]")) setTimeout(() => refresh(region), every);
  });
})();
