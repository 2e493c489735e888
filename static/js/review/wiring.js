// Wires the page: keys, buttons, pointer, resizing, leaving.

import { run } from "./dispatch.js";
import { commandOf } from "./keys.js";
import { followPointer } from "./pointer.js";
import { commandNamed } from "./registry.js";

export function wire(app) {
  const { root } = app;
  document.addEventListener("keydown", (event) => {
    if (document.querySelector("dialog[open]")) return;
    const command = commandOf(event, app);
    if (!command) return;
    if (event.repeat && commandNamed(command.name)?.isOnce) return;
    event.preventDefault();
    run(app, command);
  });

  root.addEventListener("click", (event) => {
    const button = event.target.closest("button[data-command]");
    if (!button) return;
    const { command: name, key, id } = button.dataset;
    run(app, { name, key, id, ...(button.dataset.unit ? { unit: "token", isForward: isForward(button) } : {}) });
    // After a click the keys belong to the text again, so that Enter does not press the button once more.
    if (event.detail > 0) button.blur();
  });
  followPointer(app);

  new ResizeObserver(() => app.update()).observe(app.stage);
  document.fonts?.ready.then(() => app.update());
  document.fonts?.addEventListener?.("loadingdone", () => app.update());

  window.addEventListener("beforeunload", (event) => {
    if (app.outbox.waiting.length) event.preventDefault();
  });

  for (const select of root.querySelectorAll("[data-part='filter'] select")) {
    select.addEventListener("change", () => select.form.requestSubmit());
  }

  for (const button of root.querySelectorAll("dialog [data-close]")) {
    button.addEventListener("click", () => button.closest("dialog").close());
  }
}

function isForward(button) {
  return button.dataset.unit === "forward";
}
