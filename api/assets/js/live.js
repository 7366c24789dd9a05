// Keeps a page true while documents are processed. The server renders, the script only swaps: every part that can
// change has an id and `data-part`, and a part with something under way has `data-live` inside.

import { showLocalTimes } from "./times.js";

const EVERY_MS = 1_500;
const EVERY_MS_AT_MOST = 30_000;

// What the server sent last, by the part's id: the page itself has local times and open menus in it.
const sent = new Map();
let waiting;

export function keepLive() {
  for (const part of parts(document)) sent.set(part.id, part.outerHTML);
  document.addEventListener("visibilitychange", () => { if (!document.hidden) schedule(0); });
  schedule(EVERY_MS);
}

// Asks the server for this page again, or for another address of the same page, and swaps what has changed.
export async function refresh(address = location.href, signal = undefined) {
  const answer = await fetch(address, { headers: { Accept: "text/html" }, signal });
  if (answer.redirected && new URL(answer.url).pathname !== new URL(address, location).pathname) {
    // The session has ended, or what the page is about is gone.
    location.assign(answer.url);
    return;
  }
  if (answer.status >= 500) throw new Error(`the server answered ${answer.status}`);
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
  for (const part of parts(fresh)) swap(part);
  schedule(EVERY_MS);
}

function parts(root) {
  return [...root.querySelectorAll("[data-part]")].filter((part) => !part.parentElement.closest("[data-part]"));
}

function swap(part) {
  const old = document.getElementById(part.id);
  if (!old || sent.get(part.id) === part.outerHTML) return;
  sent.set(part.id, part.outerHTML);
  const rows = pairedRows(old, part);
  if (rows) for (const [oldRow, row] of rows) replace(oldRow, row);
  else replace(old, part);
}

// The rows of two lists when they are about the same things in the same order: then only those that differ are touched.
function pairedRows(old, part) {
  const [before, after] = [old, part].map((list) => [...list.querySelectorAll("[data-row]")]);
  if (before.length === 0 || before.length !== after.length) return undefined;
  const pairs = before.map((row, index) => [row, after[index]]);
  return pairs.every(([row, fresh]) => row.id === fresh.id) ? pairs : undefined;
}

function replace(old, fresh) {
  const held = focusables(old).indexOf(document.activeElement);
  const open = [...old.querySelectorAll("details")].map((details) => details.open);
  const copy = document.importNode(fresh, true);
  showLocalTimes(copy);
  [...copy.querySelectorAll("details")].forEach((details, index) => { details.open ||= open[index] ?? false; });
  old.replaceWith(copy);
  if (held >= 0) focusables(copy)[held]?.focus();
}

function focusables(root) {
  return [...root.querySelectorAll("a[href], button, input, select, summary")];
}

function schedule(delay, next = EVERY_MS) {
  clearTimeout(waiting);
  if (document.hidden || !document.querySelector("[data-live]")) return;
  waiting = setTimeout(() => {
    // The server may be busy or away: it is asked less and less often.
    refresh().catch(() => schedule(next, Math.min(next * 2, EVERY_MS_AT_MOST)));
  }, delay);
}
