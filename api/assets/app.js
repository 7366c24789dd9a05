// Uploads several files with progress, straight to the object store, and keeps the status of documents live.
// Without it the pages work too, one file at a time.
"use strict";

const csrfToken = document.querySelector('meta[name="csrf-token"]')?.content;
const STATUS_EVERY_MS = 2000;

async function call(method, path, body) {
  const answer = await fetch(path, {
    method,
    headers: { "Content-Type": "application/json", "X-CSRF-Token": csrfToken },
    body: body && JSON.stringify(body),
  });
  const json = await answer.json();
  if (!answer.ok) throw new Error(json.detail);
  return json;
}

function post(form, file, onProgress) {
  const data = new FormData();
  for (const field of form.fields) data.append(field.name, field.value);
  data.append(form.file_field, file);
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.upload.onprogress = (event) => onProgress(event.loaded / event.total);
    request.onload = () => (request.status < 300 ? resolve() : reject(new Error("the object store refused the file")));
    request.onerror = () => reject(new Error("the connection was lost"));
    request.open("POST", form.url);
    request.send(data);
  });
}

async function upload(file, list) {
  const item = list.appendChild(document.createElement("li"));
  const bar = document.createElement("progress");
  item.append(file.name, " ", bar);
  try {
    const form = await call("POST", "/v1/uploads", {
      file_name: file.name,
      content_type: file.type || undefined,
      size: file.size,
    });
    await call("POST", `/v1/documents/${form.document}/upload-begun`);
    await post(form, file, (part) => { bar.value = part; });
    await call("POST", `/v1/documents/${form.document}/upload-complete`);
    return true;
  } catch (error) {
    bar.replaceWith(`: ${error.message}`);
    return false;
  }
}

async function uploadAll(files, list) {
  const done = await Promise.all(Array.from(files, (file) => upload(file, list)));
  if (done.every(Boolean)) location.assign("/documents");
}

function enableUploads(form) {
  const files = form.querySelector("#files");
  const list = form.querySelector("#progress");
  if (files.disabled) return;
  files.hidden = false;
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (files.files.length > 0) uploadAll(files.files, list);
    else files.click();
  });
  form.addEventListener("dragover", (event) => { event.preventDefault(); form.classList.add("over"); });
  form.addEventListener("dragleave", () => form.classList.remove("over"));
  form.addEventListener("drop", (event) => {
    event.preventDefault();
    form.classList.remove("over");
    uploadAll(event.dataTransfer.files, list);
  });
}

function describe(status) {
  if (status.reason) return `${status.state === "failed" ? "failed" : "ready, but"}: ${status.reason.message}`;
  if (status.state === "processing" && status.pages_total) {
    return `processing, ${status.pages_done} of ${status.pages_total} pages read`;
  }
  return status.state.replaceAll("_", " ");
}

async function follow(row) {
  const answer = await fetch(`/v1/documents/${row.dataset.document}`);
  if (answer.ok) {
    const status = await answer.json();
    row.querySelector(".status").textContent = describe(status);
    if (["ready", "ready_degraded", "failed"].includes(status.state)) return;
  } else if (answer.status < 500) {
    return;
  }
  setTimeout(follow, STATUS_EVERY_MS, row);
}

const uploadForm = document.getElementById("upload");
if (uploadForm) enableUploads(uploadForm);
document.querySelectorAll("tr[data-document]:not([data-settled])").forEach(follow);
