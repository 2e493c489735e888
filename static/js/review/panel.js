// Dialogs over the screen and panels beside it, one way for every feature:
//
//   const dialog = openDialog(app, { name: "matrix", title: t("Links"), content: [nodes], isWide: true, onClose });
//   const panel = openPanel(app, { name: "comments", title: t("Comments"), content: [nodes], onClose });
//
// Both give {element, body, setContent(...nodes), close()}. The focus goes to the first [data-first] or control of the
// content, else to the heading, and comes back to where it was when it closes: by Esc, by its button, by close(), or by
// opening the same name again. While a dialog is open no key of the screen acts; beside a panel they all do, except in
// its text fields. One panel is open at a time. `isOpen(app, name)` tells.

import { t } from "../i18n.js";
import { make } from "./elements.js";

const FOCUSABLE = "[data-first], a[href], button, input, select, textarea, [tabindex='0']";

export function isOpen(app, name) {
  return Boolean(find(app, name));
}

function find(app, name) {
  return app.root.querySelector(`:is(dialog[open], .side-panel)[data-part="${name}"]`);
}

// Closes what is open under a name; false when nothing was.
export function closeNamed(app, name) {
  const element = find(app, name);
  element?.querySelector("[data-close]").click();
  return Boolean(element);
}

export function openDialog(app, { name, title, content = [], isWide = false, onClose = null }) {
  if (closeNamed(app, name)) return null;
  const element = make("dialog", isWide ? "dialog dialog-wide" : "dialog dialog-small");
  const { body } = fill(element, name, title, content);
  const opener = document.activeElement;
  element.addEventListener("close", () => {
    element.remove();
    giveBack(opener);
    onClose?.();
  });
  element.querySelector("[data-close]").addEventListener("click", () => element.close());
  app.root.append(element);
  element.showModal();
  focusFirst(element, body);
  return handle(element, body, () => element.close());
}

export function openPanel(app, { name, title, content = [], onClose = null }) {
  if (closeNamed(app, name)) return null;
  const open = app.root.querySelector(".side-panel");
  const opener = document.activeElement;
  if (open) closeNamed(app, open.dataset.part);
  const element = make("section", "side-panel");
  const { body } = fill(element, name, title, content);
  const close = () => {
    if (!element.isConnected) return;
    const hadFocus = element.contains(document.activeElement);
    element.remove();
    if (hadFocus) giveBack(opener);
    onClose?.();
    app.update();
  };
  element.querySelector("[data-close]").addEventListener("click", close);
  element.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || event.isComposing) return;
    event.preventDefault();
    event.stopPropagation();
    close();
  });
  app.root.querySelector(".review-body").append(element);
  focusFirst(element, body);
  return handle(element, body, close);
}

function fill(element, name, title, content) {
  element.dataset.part = name;
  const id = `${name}-panel-title`;
  element.setAttribute("aria-labelledby", id);
  const head = make("div", "dialog-head");
  const heading = make("h2", "", title);
  heading.id = id;
  heading.tabIndex = -1;
  const closing = make("button", "button-quiet", t("Close"));
  closing.type = "button";
  closing.dataset.close = "";
  head.append(heading, closing);
  const body = make("div", "dialog-body");
  body.append(...content);
  element.append(head, body);
  return { body };
}

function focusFirst(element, body) {
  (body.querySelector("[data-first]") ?? body.querySelector(FOCUSABLE) ?? element.querySelector("h2")).focus();
}

// Where what had the focus is gone, the keys belong to the text again.
function giveBack(opener) {
  if (opener?.isConnected && opener !== document.body) opener.focus();
  else document.activeElement?.blur?.();
}

function handle(element, body, close) {
  return { element, body, close, setContent: (...nodes) => body.replaceChildren(...nodes) };
}
