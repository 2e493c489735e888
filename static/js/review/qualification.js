// Qualification items: what was decided is compared with the gold by the server, and told before the screen goes on.

import { t } from "../i18n.js";
import { openDialog } from "./panel.js";
import { fragment } from "./queue.js";
import { feature } from "./registry.js";
import { isDone } from "./state.js";

// Steps that finished an item and that the server has not answered yet, with their items.
const awaited = new Map();

feature({
  start(app) {
    const isAwaited = () => [...awaited.values()].includes(app.queue.current?.id);
    app.waitsFor = () => (isAwaited() ? t("Being compared with the gold …") : "");
  },
  decided(app, op) {
    const entry = app.queue.entries.get(op.item);
    if (entry?.item.is_qualification && isDone(entry.item)) awaited.set(op.step, op.item);
  },
  confirmed(app, op, answer) {
    if (!awaited.delete(op.step)) return;
    if (answer.qualification) tellAnswer(app, answer.qualification, answer.item_id);
    else if (app.settings.values.auto_advance && app.queue.current?.id === answer.item_id) app.goOn();
  },
  refused(app, op) {
    awaited.delete(op.step);
  },
});

function tellAnswer(app, { title, html, is_over: isOver }, item) {
  // What was told stands: undo means the step before.
  for (const step of app.history.steps.filter((each) => each.item === item)) app.history.markOverruled(step.step);
  app.reply = "";
  app.update();
  const content = fragment(html);
  const dialog = openDialog(app, { name: "answer", title, content: [content], isWide: true, onClose: () => goOn(app, isOver) });
  content.querySelector("[data-go-on]").addEventListener("click", () => dialog.close());
  app.status.announce(content.querySelector("p").textContent.trim().replace(/\s+/g, " "));
}

// After the last item everything on the page is another: real work, or none.
function goOn(app, isOver) {
  if (isOver) window.location.assign(pageUrl(app));
  else app.goOn();
}

function pageUrl(app) {
  const { page } = app.config.urls;
  const { lang } = app.config.queue;
  return lang ? `${page}?lang=${encodeURIComponent(lang)}` : page;
}
