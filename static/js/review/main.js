// Wires the page: keys, pointer, buttons, resizing, leaving.

import { App } from "./app.js";
import { run, useMark } from "./commands.js";
import { commandOf } from "./keys.js";
import { fromSelection, setAt } from "./marking.js";
import { tokenAt } from "./offsets.js";
import { refOf } from "./state.js";

const root = document.querySelector("#review");
const app = new App(root, (command) => run(app, command));

document.addEventListener("keydown", (event) => {
  if (document.querySelector("dialog[open]")) return;
  const command = commandOf(event, { mode: app.mode, dir: app.dir });
  if (!command) return;
  if (event.repeat && ["accept", "acceptAll", "rejectAgain"].includes(command.name)) return;
  event.preventDefault();
  run(app, command);
});

root.addEventListener("click", (event) => {
  const button = event.target.closest("button[data-command]");
  if (!button) return;
  run(app, { name: button.dataset.command, ...(button.dataset.unit ? { unit: "token", isForward: isForward(button) } : {}) });
  // After a click the keys belong to the text again, so that Enter does not press the button once more.
  if (event.detail > 0) button.blur();
});

function isForward(button) {
  return button.dataset.unit === "forward";
}

// ---------------------------------------------------------------------------------------------------------- pointer

function spanAt({ segment, point }) {
  const covers = (each) => each.segment === segment.id && each.intervals.some(([start, end]) => start <= point && point < end);
  const source = app.item.source_spans.find(covers);
  if (source) return app.item.spans.find((span) => span.source_span === source.id) ?? null;
  return app.item.spans.find((span) => covers(span)) ?? null;
}

function hover(found) {
  const token = found ? tokenAt(found.segment.tokens, found.point) : -1;
  const interval = found?.segment.tokens[token];
  const isOn = Boolean(interval && interval[0] <= found.point && found.point < interval[1]);
  const key = isOn ? `${found.segment.id}:${token}` : "";
  if (key === (app.hovered?.key ?? "")) return;
  app.hovered = isOn ? { segment: found.segment.id, token, key } : null;
  app.update();
}

let frame = 0;
app.stage.addEventListener("pointermove", (event) => {
  if (event.pointerType === "touch" || event.buttons || !app.item) return;
  cancelAnimationFrame(frame);
  frame = requestAnimationFrame(() => app.item && hover(app.painter.locate(event.clientX, event.clientY)));
});
app.stage.addEventListener("pointerleave", () => {
  cancelAnimationFrame(frame);
  if (app.item) hover(null);
});

app.stage.addEventListener("pointerup", (event) => {
  if (!app.item || event.button !== 0) return;
  // The browser settles the selection after this event.
  setTimeout(() => released(event), 0);
});

function released(event) {
  if (!app.item) return;
  const row = event.target instanceof Element ? event.target.closest("[data-ref]") : null;
  if (row) {
    app.setCursor(row.dataset.ref);
    return;
  }
  const mark = app.canReview ? fromSelection(app.item, app.painter, event.ctrlKey || event.metaKey, app.span) : null;
  if (mark) {
    useMark(app, mark);
    return;
  }
  const found = app.painter.locate(event.clientX, event.clientY);
  if (!found) return;
  if (app.mode === "mark") useMark(app, setAt(app.item, app.mark, found.segment, found.point));
  else choose(spanAt(found));
}

function choose(span) {
  if (!span) return;
  if (app.mode !== "normal") run(app, { name: "leave" });
  app.reply = "";
  app.setCursor(refOf(span));
}

// ------------------------------------------------------------------------------------------------------------- page

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

root.dataset.ready = "starting";
app.start().then(() => {
  root.dataset.ready = "yes";
});
