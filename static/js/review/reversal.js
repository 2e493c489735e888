// Undo and redo: a step that reverses another one.

import { t } from "../i18n.js";
import { newId } from "./outbox.js";
import { doneWords } from "./words.js";

export function undo(app) {
  const undone = app.history.undoable;
  reverse(app, "undo", undone, undone?.reverse ?? null);
}

export function redo(app) {
  const redone = app.history.redoable;
  reverse(app, "redo", redone, redone?.patch ?? null);
}

function reverse(app, type, past, patch) {
  const id = newId();
  const op = { type, step: id, expected: past?.current ?? null, item: past?.item ?? null, undone: past?.step ?? null };
  const entry = past ? app.queue.entries.get(past.item) : null;
  Object.assign(op, { patch: entry ? patch : null, external_id: past?.external_id ?? "", words: past?.words ?? "" });
  if (past) app.history[type === "undo" ? "markUndone" : "markRedone"](past, id);
  if (op.patch) {
    app.queue.apply(entry, op);
    app.queue.jumpTo(entry);
    app.show(entry, patch.spans[0]?.ref ?? null);
  }
  const going = type === "undo" ? t("Undoing …") : t("Redoing …");
  app.say(op.patch ? doneWords(op) : going);
  app.outbox.add(op);
}

// Puts a step that an earlier page could not send back into the list.
export function remember(app, op) {
  if (["decide", "repeat"].includes(op.type)) app.history.add(op);
  if (["decide", "repeat", "post"].includes(op.type)) return;
  const past = app.history.steps.find((each) => each.step === op.undone);
  if (past) app.history[op.type === "undo" ? "markUndone" : "markRedone"](past, op.step);
}
