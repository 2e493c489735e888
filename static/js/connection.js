// Says beside a part of the page that renews itself when the server does not answer, and takes it back when it does.

import { t } from "./i18n.js";

const WORDS = t("No connection; trying again.");

const isPolling = (element) => element?.getAttribute?.("hx-trigger")?.startsWith("every") ?? false;
const findNote = () => document.querySelector(".connection-note");

function show({ detail: { elt } }) {
  if (!isPolling(elt) || findNote()) return;
  const note = document.createElement("p");
  note.className = "connection-note";
  note.setAttribute("role", "status");
  // Behind the part, where it outlives the part's renewal.
  elt.after(note);
  // A live region says what comes into it, not what it came with.
  requestAnimationFrame(() => {
    note.textContent = WORDS;
  });
}

function takeBack({ detail: { successful } }) {
  if (successful) findNote()?.remove();
}

for (const name of ["htmx:sendError", "htmx:timeout", "htmx:responseError"]) document.addEventListener(name, show);
document.addEventListener("htmx:afterRequest", takeBack);
