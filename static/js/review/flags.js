// F flags a span for the adjudicator, S skips an item, Shift+F lists both and takes them back. Nothing is decided by it.

import { t } from "../i18n.js";
import { leave } from "./dispatch.js";
import { flagOf } from "./notes.js";
import { newId } from "./outbox.js";
import { make } from "./elements.js";
import { openDialog } from "./panel.js";
import { sendPost, targetFields, withId } from "./posts.js";
import { command, feature, mode } from "./registry.js";
import { getText } from "./server.js";
import { nameOf, refOf } from "./state.js";
import { isolate, reasonText } from "./words.js";

let lastReason = "";

function openFlag(app) {
  if (app.mode === "flag") return leave(app);
  if (!app.span) return app.say(t("There is no span to flag. C writes a comment."));
  app.mode = "flag";
  app.update();
  const reasons = app.scheme.reasons.map(({ key, text }) => `${key} ${text}`).join(", ");
  return app.status.announce(t("Flag, because: %(reasons)s", { reasons }));
}

function flagFor(app, code) {
  const { item, span } = app;
  if (!code || !span) return app.say(t("There is no such reason."));
  app.mode = "normal";
  lastReason = code;
  const ref = refOf(span);
  const flag = { id: newId(), ref, reason: code, by: "", is_mine: true };
  const words = t("%(text)s: flagged, %(reason)s", { text: isolate(nameOf(item, span)), reason: reasonText(app.scheme, code) });
  const body = { flag: flag.id, item: item.id, reason: code, ...targetFields(ref) };
  sendPost(app, { name: "flag", url: app.config.urls.flag, body, item, words, notes: { flag } });
  app.own.n_flags += flagOf(item, ref)?.is_mine ? 0 : 1;
  return app.goOnFrom(ref, t("flagged, %(reason)s", { reason: reasonText(app.scheme, code) }));
}

function unflag(app) {
  const { item, span } = app;
  const flag = span ? flagOf(item, refOf(span)) : null;
  app.mode = "normal";
  if (!flag?.is_mine) return app.say(t("You have not flagged this one."));
  takeBack(app, flag, item);
  return app.say(t("The flag is taken back."));
}

function takeBack(app, flag, item) {
  const words = t("flag taken back");
  const url = withId(app.config.urls.closeFlag, flag.id);
  sendPost(app, { name: "unflag", url, body: {}, item, words, notes: { closed: flag.id } });
  app.own.n_flags = Math.max(0, app.own.n_flags - 1);
}

function reasonTray(app, tray) {
  const { reasons } = app.scheme;
  const last = reasons.find((reason) => reason.code === lastReason);
  const buttons = reasons.map((reason) => tray.button("flagFor", { key: reason.key, text: reason.text }));
  if (last) buttons.unshift(tray.button("flagAgain", { shown: "Enter", text: t("again: %(reason)s", { reason: last.text }) }));
  if (app.span && flagOf(app.item, refOf(app.span))?.is_mine) {
    buttons.push(tray.button("unflag", { shown: "0", text: t("Take the flag back") }));
  }
  return [make("span", "tray-title", t("Flag, because")), ...buttons, tray.button("leave", { shown: "Esc", text: t("Back") })];
}

// ------------------------------------------------------------------------------------------------------------- skips

function skip(app) {
  const { item } = app;
  const entry = app.queue.current;
  const body = { skip: newId(), item: item.id };
  sendPost(app, { name: "skip", url: app.config.urls.skip, body, item, words: t("skipped") });
  app.own.n_skips += app.skipped.has(item.id) ? 0 : 1;
  app.skipped.add(item.id);
  app.queue.setAside(entry);
  app.goOn(t("skipped; it comes back at the end"));
}

// ----------------------------------------------------------------------------------------------------------- own list

async function openOwn(app) {
  await app.outbox.flush();
  let own;
  try {
    own = JSON.parse(await getText(app.config.urls.own));
  } catch (error) {
    if (!error.kind) throw error;
    app.say(t("The list cannot be loaded without a connection."));
    return;
  }
  const rows = (each) => [...each.flags.map((flag) => flagRow(app, flag)), ...each.skips.map((one) => skipRow(app, one))];
  const list = make("ul", "own-list");
  list.append(...rows(own));
  const none = make("p", "muted", t("Nothing is flagged or skipped."));
  const nHidden = own.n_flags + own.n_skips - own.flags.length - own.skips.length;
  const more = nHidden > 0 ? [make("p", "muted", t("and %(n)s more", { n: nHidden }))] : [];
  const content = list.children.length ? [list, ...more] : [none];
  app.ownDialog = openDialog(app, { name: "own", title: t("My flags and skips"), content });
}

function row(app, { id, external_id, name, words, onOpen, onBack }) {
  const line = make("li", "own-row");
  const open = make("button", "button-quiet");
  open.type = "button";
  open.append(make("bdi", "", external_id));
  open.addEventListener("click", () => {
    app.ownDialog?.close();
    onOpen();
  });
  const back = make("button", "", t("Take back"));
  back.type = "button";
  back.setAttribute("aria-label", t("Take back: %(name)s", { name: `${external_id} ${name ?? ""} ${words}` }));
  back.addEventListener("click", () => {
    onBack();
    line.remove();
    app.update();
  });
  const text = make("span", "own-words");
  text.append(...(name ? [make("bdi", "own-name", name), " "] : []), make("span", "muted", words));
  line.append(open, text, back);
  line.dataset.id = id;
  return line;
}

function flagRow(app, flag) {
  return row(app, {
    ...flag,
    words: t("flagged: %(reason)s", { reason: reasonText(app.scheme, flag.reason) }),
    onOpen: () => openAt(app, flag.item, flag.ref),
    onBack: () => takeBack(app, flag, { id: flag.item, external_id: flag.external_id }),
  });
}

function skipRow(app, skipped) {
  const words = skipped.n_times > 1 ? t("skipped %(n)s times", { n: skipped.n_times }) : t("skipped");
  return row(app, {
    ...skipped,
    id: String(skipped.item),
    words,
    onOpen: () => openAt(app, skipped.item, ""),
    onBack: () => {
      const item = { id: skipped.item, external_id: skipped.external_id };
      const body = { item: skipped.item, is_back: true };
      sendPost(app, { name: "unskip", url: app.config.urls.skip, body, item, words: t("skip taken back") });
      app.own.n_skips = Math.max(0, app.own.n_skips - 1);
      app.skipped.delete(skipped.item);
    },
  });
}

export async function openAt(app, item, ref) {
  await app.open(item);
  if (ref && app.item?.id === item) app.setCursor(ref);
}

// ------------------------------------------------------------------------------------------------------------ screen

function drawOwn(app) {
  const button = app.root.querySelector("[data-part='own-count']");
  if (!button || !app.own) return;
  const { n_flags: nFlags, n_skips: nSkips } = app.own;
  const words = [];
  if (nFlags) words.push(t("%(n)s flagged", { n: nFlags }));
  if (nSkips) words.push(t("%(n)s skipped", { n: nSkips }));
  button.hidden = words.length === 0;
  button.textContent = words.join(", ");
}

feature({
  start(app) {
    app.own = { ...app.config.own };
    app.skipped = new Set();
  },
  updated: drawOwn,
  posted(app, op, answer) {
    // While others wait, a number knows nothing of them.
    if (app.isQuiet && answer.n_flags !== undefined) app.own = { n_flags: answer.n_flags, n_skips: answer.n_skips };
    drawOwn(app);
  },
});

command({ name: "flag", group: "decide", keys: ["KeyF"], help: () => t("Flag for the adjudicator; then the digit of the reason, or Enter for the last one"), run: openFlag });
command({ name: "flagFor", group: "decide", run: (app, { key }) => flagFor(app, app.scheme.reasons.find((reason) => reason.key === key)?.code) });
command({ name: "flagAgain", group: "decide", isOnce: true, run: (app) => flagFor(app, lastReason) });
command({ name: "unflag", group: "decide", run: unflag });
command({ name: "skip", group: "go", keys: ["KeyS"], isOnce: true, help: () => t("Skip the item: it comes back at the end of your queue"), run: skip });
command({
  name: "own",
  group: "go",
  needs: "page",
  keys: ["Shift+KeyF"],
  isShown: (app) => app.canReview,
  help: () => t("My flags and skips, to open or take back"),
  run: openOwn,
});
mode({
  name: "flag",
  keys: [
    ...["Enter", "NumpadEnter", "Shift+Enter", "Shift+NumpadEnter"].map((key) => [key, "flagAgain"]),
    ...["Digit0", "Numpad0", "Backspace"].map((key) => [key, "unflag"]),
  ],
  digits: "flagFor",
  commands: ["flag", "flagFor", "flagAgain", "unflag", "leave"],
  tray: reasonTray,
  trayKey: (app) => `${lastReason} ${Boolean(app.span && flagOf(app.item, refOf(app.span)))}`,
  hint: () => ["1 … 9", t("flags it for that reason")],
  enter: () => t("Flag"),
});
