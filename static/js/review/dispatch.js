// Runs a command, wherever it came from: a key, a button, a row of a table.

import { t } from "../i18n.js";
import { commandNamed, modeNamed } from "./registry.js";

export function run(app, given) {
  const command = commandNamed(given.name);
  if (!command || !command.isShown(app)) return;
  if (command.needs !== "page" && !app.item) return;
  if (app.mode !== "normal" && !command.keepsMode && !modeNamed(app.mode)?.commands.includes(given.name)) leave(app);
  if (command.needs === "decide" && !app.canReview) app.say(app.config.can_review ? t("You review in another tab; take over to decide here.") : t("Your role reads only."));
  else command.run(app, given);
}

// Back to the span: what was begun is dropped.
export function leave(app) {
  modeNamed(app.mode)?.leave?.(app);
  app.mode = "normal";
  app.mark = app.naming = app.relating = null;
  app.preview = null;
  app.word = null;
  app.reply = "";
  window.getSelection()?.removeAllRanges();
  app.update();
}
