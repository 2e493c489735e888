// C opens the conversation on the current span (or on the item) beside the text, N goes to the next open one. What was
// begun and not posted is kept in this browser.

import { n, t } from "../i18n.js";
import { openAt } from "./flags.js";
import { openThreads, threadsOf } from "./notes.js";
import { newId } from "./outbox.js";
import { make } from "./elements.js";
import { isOpen, openPanel } from "./panel.js";
import { sendPost, targetFields, withId } from "./posts.js";
import { command, feature } from "./registry.js";
import { getText } from "./server.js";
import { findSpan, nameOf, refOf } from "./state.js";
import { isolate } from "./words.js";

const PANEL = "comments";

function refAt(app) {
  return app.span ? refOf(app.span) : "";
}

function nameAt(item, ref) {
  const span = ref ? findSpan(item, ref) : null;
  return span ? isolate(nameOf(item, span)) : t("the whole item");
}

// ------------------------------------------------------------------------------------------------------------ drafts

function draftKey(app) {
  return `crossgloss-draft-${app.config.user}-${app.item.id}-${refAt(app)}`;
}

function readDraft(app) {
  try {
    return localStorage.getItem(draftKey(app)) ?? "";
  } catch {
    return "";
  }
}

function keepDraft(key, text) {
  try {
    if (text) localStorage.setItem(key, text);
    else localStorage.removeItem(key);
  } catch {
    // Without storage a draft lives as long as its field.
  }
}

// ------------------------------------------------------------------------------------------------------------- panel

function button(words, run, className = "button-quiet") {
  const made = make("button", className, words);
  made.type = "button";
  made.addEventListener("click", run);
  return made;
}

function when(at) {
  const time = make("time", "muted", new Date(at).toLocaleString(document.documentElement.lang, { dateStyle: "short", timeStyle: "short" }));
  time.dateTime = at;
  return time;
}

function commentRow(comment) {
  const line = make("li", "comment");
  const head = make("p", "comment-head");
  head.append(make("b", ""), " ", when(comment.at));
  head.firstChild.append(make("bdi", "", comment.is_mine && !comment.by ? t("you") : comment.by));
  const text = make("p", "comment-text", comment.text);
  text.dir = "auto";
  line.append(head, text);
  return line;
}

function threadBox(app, thread, { hasName }) {
  const box = make("section", `thread${thread.is_open ? "" : " thread-resolved"}`);
  box.dataset.thread = thread.id;
  box.tabIndex = -1;
  const list = make("ol", "comment-list");
  list.append(...thread.comments.map(commentRow));
  const foot = make("p", "thread-foot");
  if (hasName) foot.append(button(t("Show in the text"), () => showThread(app, thread)));
  if (!thread.is_open) foot.append(make("span", "muted", t("resolved")));
  if (app.canReview) {
    const words = thread.is_open ? t("Resolve") : t("Open again");
    foot.append(button(words, () => setOpen(app, thread, !thread.is_open)));
  }
  box.setAttribute("aria-label", nameAt(app.item, thread.ref));
  if (hasName) {
    const name = make("p", "thread-name");
    name.append(make("bdi", "", nameAt(app.item, thread.ref)));
    box.append(name);
  }
  box.append(list, foot);
  return box;
}

function composer(app) {
  const form = make("form", "composer");
  const field = make("textarea", "composer-field");
  const key = draftKey(app);
  field.rows = 3;
  field.maxLength = 5000;
  field.dir = "auto";
  field.value = readDraft(app);
  field.setAttribute("aria-label", t("Comment on %(name)s", { name: nameAt(app.item, refAt(app)) }));
  field.addEventListener("input", () => keepDraft(key, field.value));
  field.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey) || event.isComposing) return;
    event.preventDefault();
    form.requestSubmit();
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    post(app, field.value, key);
  });
  const send = make("button", "", t("Post"));
  send.append(" ", make("kbd", "", "Ctrl Enter"));
  form.append(field, send);
  return form;
}

function content(app) {
  const { item } = app;
  const ref = refAt(app);
  const own = threadsOf(item, ref);
  const others = (item.threads ?? []).filter((thread) => thread.ref !== ref);
  const name = make("p", "thread-name");
  name.append(make("bdi", "", nameAt(item, ref)));
  const nodes = [name, ...own.map((thread) => threadBox(app, thread, { hasName: false }))];
  if (app.canReview) nodes.push(composer(app));
  else if (!own.length) nodes.push(make("p", "muted", t("Nothing is written about it.")));
  if (others.length) nodes.push(make("h3", "", t("Elsewhere in this item")), ...others.map((thread) => threadBox(app, thread, { hasName: true })));
  return nodes;
}

function drawnKey(app) {
  return JSON.stringify([app.item?.id, refAt(app), app.item?.threads]);
}

function open(app, { thread = null } = {}) {
  if (isOpen(app, PANEL)) draw(app, { isForced: true });
  else {
    app.panelKey = drawnKey(app);
    app.commentPanel = openPanel(app, { name: PANEL, title: t("Comments"), content: content(app), onClose: () => (app.commentPanel = null) });
  }
  const { body } = app.commentPanel;
  const first = thread ? body.querySelector(`[data-thread="${thread}"]`) : body.querySelector("textarea");
  (first ?? body.querySelector(".thread"))?.focus();
}

// Follows the cursor and what arrives, but never takes the field from under the hands of whoever writes.
function draw(app, { isForced = false } = {}) {
  if (!app.commentPanel || !isOpen(app, PANEL)) return;
  if (!app.item) {
    app.commentPanel.close();
    return;
  }
  const key = drawnKey(app);
  if (!isForced && key === app.panelKey) return;
  app.panelKey = key;
  const { body } = app.commentPanel;
  const wasWriting = body.querySelector("textarea") === document.activeElement;
  app.commentPanel.setContent(...content(app));
  if (wasWriting) body.querySelector("textarea")?.focus();
}

// -------------------------------------------------------------------------------------------------------------- acts

function post(app, given, key) {
  const text = given.trim();
  if (!text) return app.say(t("The comment says nothing yet."));
  const { item } = app;
  const ref = refAt(app);
  const thread = threadsOf(item, ref).findLast((each) => each.is_open)?.id ?? newId();
  const comment = { id: newId(), by: "", is_mine: true, text, at: new Date().toISOString() };
  const body = { comment: comment.id, thread, item: item.id, text, ...targetFields(ref) };
  keepDraft(key, "");
  const words = t("comment on %(name)s", { name: nameAt(item, ref) });
  sendPost(app, { name: "comment", url: app.config.urls.comment, body, item, words, notes: { thread: { id: thread, ref }, comment } });
  app.update();
  draw(app, { isForced: true });
  app.commentPanel?.body.querySelector("textarea")?.focus();
  return app.status.announce(t("Posted. Esc goes back to the span."));
}

function setOpen(app, thread, is_open) {
  const url = withId(app.config.urls.thread, thread.id);
  const words = is_open ? t("thread opened again") : t("thread resolved");
  sendPost(app, { name: "thread", url, body: { is_open }, item: app.item, words, notes: { thread: { id: thread.id }, is_open } });
  app.update();
  draw(app, { isForced: true });
  app.commentPanel?.body.querySelector(`[data-thread="${thread.id}"]`)?.focus();
  app.status.announce(words);
}

function showThread(app, thread) {
  if (thread.ref && findSpan(app.item, thread.ref)) app.setCursor(thread.ref);
  app.threadAt = thread.id;
  open(app, { thread: thread.id });
}

// The next open thread of this item, then of the project, round and round.
async function nextThread(app) {
  const { item } = app;
  const here = item ? openThreads(item) : [];
  const at = here.findIndex((thread) => thread.id === app.threadAt);
  const next = here[at + 1];
  if (next) return arrive(app, next.id, next.ref);
  await app.outbox.flush();
  const last = here.at(-1)?.id ?? app.threadAt;
  try {
    const url = `${app.config.urls.nextThread}${last ? `?after=${last}` : ""}`;
    const found = JSON.parse(await getText(url));
    if (!found.item) return app.say(t("No thread is open."));
    if (found.item !== app.item?.id) await openAt(app, found.item, found.ref);
    return arrive(app, found.thread, found.ref);
  } catch (error) {
    if (!error.kind) throw error;
    return app.say(t("The next thread cannot be found without a connection."));
  }
}

function arrive(app, thread, ref) {
  if (!app.item) return;
  if (ref && findSpan(app.item, ref)) app.setCursor(ref);
  app.threadAt = thread;
  open(app, { thread });
  app.status.announce(t("Comment on %(name)s", { name: nameAt(app.item, ref) }));
}

// ------------------------------------------------------------------------------------------------------------ screen

function drawCount(app) {
  const part = app.root.querySelector("[data-part='comment-count']");
  if (!part || !app.item) return;
  const { length } = openThreads(app.item);
  part.textContent = length ? n("%(n)s open thread", "%(n)s open threads", length) : "";
}

// A link from the list of flags or comments names the span or thread that it is about.
function followAddress(app) {
  const address = new URL(window.location.href);
  const [ref, thread] = ["span", "thread"].map((name) => address.searchParams.get(name));
  if (!ref && !thread) return;
  address.searchParams.delete("span");
  address.searchParams.delete("thread");
  window.history.replaceState(null, "", address);
  if (ref && findSpan(app.item, ref)) app.setCursor(ref);
  const known = app.item.threads?.find((each) => each.id === thread);
  if (known) arrive(app, known.id, known.ref);
}

feature({
  shown: followAddress,
  updated(app) {
    drawCount(app);
    draw(app);
  },
});

command({
  name: "comment",
  group: "look",
  needs: "item",
  keys: ["KeyC"],
  help: () => t("Comments on the span; Ctrl and Enter posts, Esc goes back"),
  run: (app) => open(app),
});
command({ name: "nextThread", group: "go", needs: "page", keys: ["KeyN"], help: () => t("Next open thread of comments"), run: nextThread });

