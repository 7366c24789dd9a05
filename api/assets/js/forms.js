// Small comforts of forms: filters that apply at once, passwords that can be looked at, menus that close, one click
// that counts once.

export function enableForms() {
  document.addEventListener("change", (event) => {
    if (event.target.closest("form[data-at-once]")) event.target.form.requestSubmit();
  });
  document.addEventListener("submit", (event) => {
    // Empty filters need not stand in the address.
    if (event.target.matches("form[data-at-once]")) {
      for (const field of event.target.elements) if (!field.value) field.disabled = true;
    }
    if (event.target.method === "post") disableFor(event.target, event.submitter);
  });
  document.addEventListener("click", (event) => {
    const reveal = event.target.closest("button[data-reveal]");
    if (reveal) toggle(reveal);
    for (const menu of document.querySelectorAll("details.menu[open]")) {
      if (!menu.contains(event.target)) menu.open = false;
    }
    const cancel = event.target.closest("button[data-close]");
    if (cancel) cancel.closest("details").open = false;
  });
  document.addEventListener("keydown", (event) => {
    const menu = event.key === "Escape" && event.target.closest("details[open]");
    if (!menu) return;
    menu.open = false;
    menu.querySelector("summary").focus();
  });
  // A page that comes back from the browser's memory has its buttons and filters back.
  addEventListener("pageshow", () => {
    for (const field of document.querySelectorAll("form[data-at-once] :disabled")) field.disabled = false;
    for (const button of document.querySelectorAll("button[data-sent]")) {
      button.disabled = false;
      delete button.dataset.sent;
    }
  });
}

function disableFor(form, submitter) {
  // After the form's data has been gathered, or the button's own value would be missing.
  setTimeout(() => {
    for (const button of [submitter ?? form.querySelector("button")].filter(Boolean)) {
      button.disabled = true;
      button.dataset.sent = "";
    }
  });
}

function toggle(button) {
  const field = document.getElementById(button.getAttribute("aria-controls"));
  const shown = field.type === "password";
  field.type = shown ? "text" : "password";
  button.setAttribute("aria-pressed", String(shown));
  button.textContent = shown ? "Hide" : "Show";
}
