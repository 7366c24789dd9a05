// Uploads several files with progress, straight to the object store: chosen or dropped anywhere on a page.

import { refresh } from "./live.js";

// More at once are no faster and make each of them slower to end.
const AT_ONCE = 3;

const csrfToken = document.querySelector('meta[name="csrf-token"]')?.content;
const panel = document.getElementById("uploads");
const waiting = [];
let active = 0;

export function enableUploads() {
  const picker = document.getElementById("files");
  if (!panel || !picker) return;
  const version = document.getElementById("version");
  document.addEventListener("click", (event) => {
    const opener = event.target.closest("[data-upload]");
    if (!opener || picker.disabled) return;
    event.preventDefault();
    (opener.hasAttribute("data-new-version") ? version : picker).click();
  });
  picker.addEventListener("change", () => {
    add(picker.files);
    picker.value = "";
  });
  version?.addEventListener("change", () => {
    add(version.files, version.dataset.of);
    version.value = "";
  });
  panel.querySelector("[data-dismiss]").addEventListener("click", dismiss);
  if (!picker.disabled) enableDrops();
  addEventListener("beforeunload", (event) => {
    if (active + waiting.length > 0) event.preventDefault();
  });
}

function enableDrops() {
  const carriesFiles = (event) => event.dataTransfer?.types.includes("Files");
  const root = document.documentElement;
  let depth = 0;
  addEventListener("dragenter", (event) => {
    if (!carriesFiles(event)) return;
    depth += 1;
    root.classList.add("dropping");
  });
  addEventListener("dragleave", () => {
    depth = Math.max(0, depth - 1);
    if (depth === 0) root.classList.remove("dropping");
  });
  addEventListener("dragover", (event) => { if (carriesFiles(event)) event.preventDefault(); });
  addEventListener("drop", (event) => {
    depth = 0;
    root.classList.remove("dropping");
    if (!carriesFiles(event)) return;
    event.preventDefault();
    add(event.dataTransfer.files);
  });
}

// With `versionOf` the files become versions of that document, otherwise documents of their own.
function add(files, versionOf = undefined) {
  for (const file of files) waiting.push(item(file, versionOf));
  panel.hidden = false;
  count();
  startNext();
}

function item(file, versionOf) {
  const row = document.getElementById("upload-item").content.firstElementChild.cloneNode(true);
  row.querySelector(".file").textContent = file.name;
  const upload = { file, versionOf, row, abort: new AbortController() };
  row.querySelector("[data-cancel]").addEventListener("click", () => upload.abort.abort());
  row.querySelector("[data-again]").addEventListener("click", () => {
    row.remove();
    add([file], versionOf);
  });
  panel.querySelector("ul").append(row);
  upload.abort.signal.addEventListener("abort", () => {
    const place = waiting.indexOf(upload);
    if (place < 0) return;
    waiting.splice(place, 1);
    say(upload, "failed", "Cancelled");
    count();
  });
  say(upload, "waiting", "Waiting");
  return upload;
}

function startNext() {
  while (active < AT_ONCE && waiting.length > 0) {
    active += 1;
    run(waiting.shift()).finally(() => {
      active -= 1;
      count();
      startNext();
    });
  }
}

async function run(upload) {
  let path;
  try {
    say(upload, "running", "Starting");
    const { signal } = upload.abort;
    const form = await call("POST", upload.versionOf ? `/v1/documents/${upload.versionOf}/versions` : "/v1/uploads", {
      file_name: upload.file.name,
      content_type: upload.file.type || undefined,
      size: upload.file.size,
    }, signal);
    path = `/v1/documents/${form.document}${upload.versionOf ? `/versions/${form.version}` : ""}`;
    await call("POST", `${path}/upload-begun`, undefined, signal);
    await post(form, upload);
    const complete = `${path}/upload-complete`;
    // It is there: DocStore finds it even when it can't be told now.
    path = undefined;
    await call("POST", complete);
    say(upload, "done", "Uploaded");
  } catch (error) {
    say(upload, "failed", error.name === "AbortError" ? "Cancelled" : error.message);
    // An upload that ended early must not hold its part of the quota until its form expires.
    if (path) await call("DELETE", path).catch(() => {});
  }
  await refresh().catch(() => {});
}

async function call(method, path, body, signal) {
  const answer = await fetch(path, {
    method,
    signal,
    headers: { "Content-Type": "application/json", "X-CSRF-Token": csrfToken },
    body: body && JSON.stringify(body),
  });
  const json = await answer.json();
  if (!answer.ok) throw new Error(json.detail);
  return json;
}

function post(form, upload) {
  const data = new FormData();
  for (const field of form.fields) data.append(field.name, field.value);
  data.append(form.file_field, upload.file);
  const bar = upload.row.querySelector("progress");
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    const abort = () => request.abort();
    upload.abort.signal.addEventListener("abort", abort);
    request.upload.onprogress = ({ loaded, total }) => {
      bar.value = loaded / total;
      say(upload, "running", `${bytes(Math.min(loaded, upload.file.size))} of ${bytes(upload.file.size)}`);
    };
    request.onload = () => (request.status < 300 ? resolve() : reject(new Error("The object store refused the file")));
    request.onerror = () => reject(new Error("The connection was lost"));
    request.onabort = () => reject(new DOMException("cancelled", "AbortError"));
    request.onloadend = () => upload.abort.signal.removeEventListener("abort", abort);
    request.open("POST", form.url);
    request.send(data);
  });
}

function say(upload, state, text) {
  upload.row.dataset.state = state;
  upload.row.querySelector(".said").textContent = text;
  upload.row.querySelector("progress").hidden = state === "done" || state === "failed";
  upload.row.querySelector("[data-cancel]").hidden = state === "done" || state === "failed";
  upload.row.querySelector("[data-again]").hidden = state !== "failed";
}

function count() {
  const open = active + waiting.length;
  const all = panel.querySelectorAll("li").length;
  panel.querySelector("h2").textContent = open > 0 ? `Uploading ${all - open + 1} of ${all}` : "Uploads";
  panel.querySelector("[data-dismiss]").hidden = open > 0;
}

function dismiss() {
  panel.hidden = true;
  panel.querySelector("ul").replaceChildren();
}

function bytes(count) {
  const units = ["B", "kB", "MB", "GB", "TB"];
  let value = count;
  let unit = 0;
  while (value >= 999.95 && unit + 1 < units.length) {
    value /= 1_000;
    unit += 1;
  }
  return `${unit === 0 ? value : value.toFixed(1)} ${units[unit]}`;
}
