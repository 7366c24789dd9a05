// Search as you type: the results of the page that the form would open, swapped in.

import { refresh } from "./live.js";

const PAUSE_MS = 150;

let asked = new AbortController();
let typing;

export function enableSearch() {
  const form = document.querySelector("form[role=search]");
  if (!form) return;
  const field = form.elements.q;
  document.addEventListener("keydown", (event) => {
    if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
    event.preventDefault();
    field.focus();
    field.select();
  });
  if (!document.getElementById("found")) return;
  field.addEventListener("input", (event) => {
    if (event.isComposing) return;
    clearTimeout(typing);
    typing = setTimeout(search, PAUSE_MS, form);
  });
  // What was typed last comes first when one goes back.
  field.setSelectionRange(field.value.length, field.value.length);
}

async function search(form) {
  asked.abort();
  asked = new AbortController();
  const address = `${form.getAttribute("action")}?${new URLSearchParams(new FormData(form))}`;
  document.getElementById("found").setAttribute("aria-busy", "true");
  try {
    await refresh(address, asked.signal);
    history.replaceState(null, "", address);
  } catch (error) {
    // A later letter has asked again, or the server is away and the form still works.
    if (error.name !== "AbortError") form.submit();
  } finally {
    document.getElementById("found").removeAttribute("aria-busy");
  }
}

function isTyping(target) {
  return target.isContentEditable || ["INPUT", "SELECT", "TEXTAREA"].includes(target.tagName);
}
