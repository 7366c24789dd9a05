// Replaces the figures whenever the server has new ones, and says when it has none to give.
"use strict";

const figures = document.getElementById("figures");
const connection = document.getElementById("connection");
const events = new EventSource("/dashboard/events");

events.onopen = () => {
  connection.textContent = "live";
  connection.className = "live";
};

events.onerror = () => {
  connection.textContent = "no connection; these figures are old";
  connection.className = "lost";
};

events.onmessage = (event) => {
  // Whoever points at a column reads its label: it stays while they do.
  if (event.data && !figures.querySelector("svg g:hover")) {
    figures.innerHTML = event.data;
  }
};
