// What goes to the server and what comes back: items, decisions, refusals.

import { t } from "../i18n.js";
import { isConflict, settleConflict, showConflict } from "./conflict.js";
import { fragment } from "./queue.js";
import { tell } from "./registry.js";
import { post } from "./server.js";
import { isDone } from "./state.js";
import { doneWords, heldWords } from "./words.js";

// Only an item that was asked for is wanted whatever the queue says; the first of the queue comes by itself.
export async function claim(app, count, held, opened) {
  const wanted = app.config.is_asked || app.hasMoved ? (opened ?? null) : null;
  const before = app.isQuiet ? app.nConfirmed : null;
  const { answer, refused } = await post(app.config.urls.claim, {
    ...app.config.queue,
    n: count,
    exclude: held,
    wanted,
    tab: app.tab.id,
    takes_over: app.isTaking,
  });
  app.isTaking = false;
  if (refused?.code === "other-tab") {
    app.tab.lose();
    return null;
  }
  if (refused) {
    app.status.notify(refused);
    return null;
  }
  // Counted while a decision was on its way, a number may hold it or not; only a quiet one can be trusted.
  if (before === app.nConfirmed && app.isQuiet) app.counts = answer.progress;
  return answer;
}

// Tells the server that this tab is still here.
export async function beat(app) {
  if (app.outbox.isOffline) return;
  try {
    await claim(app, 0, []);
  } catch (error) {
    if (!error.kind) throw error;
  }
}

export async function refill(app, waiting = []) {
  try {
    await app.queue.fill(waiting);
  } catch (error) {
    if (!error.kind) throw error;
    app.outbox.setOffline(error.kind !== "logged-out");
    clearTimeout(app.refillTimer);
    app.refillTimer = setTimeout(() => refill(app), 3000);
  }
}

export function arrive(app) {
  if (app.outbox.isOffline && navigator.onLine) app.outbox.setOffline(false);
  app.drawProgress();
}

export function send(app, op) {
  const { urls } = app.config;
  if (["post", "repeat"].includes(op.type)) return post(op.url, op.body);
  if (op.type !== "decide") return post(`${urls[op.type]}?lang=${app.config.queue.lang}`, { step: op.step, expected: op.expected });
  const { step: id, item, acts, version, active_ms } = op;
  return post(urls.decide, { step: id, item, acts, seen_version: version, active_ms });
}

export function confirm(app, op, answer) {
  if (op.type === "post") {
    app.queue.confirm(op, answer);
    tell("posted", app, op, answer);
    app.update();
    return;
  }
  app.nConfirmed += 1;
  if (op.type === "repeat") {
    tell("confirmed", app, op, answer);
    return;
  }
  const known = app.queue.entries.get(answer.item_id);
  const wasDone = known ? isDone(known.base) : op.type !== "decide";
  const entry = app.queue.confirm(op, answer);
  settleConflict(app);
  const isNowDone = answer.state === "done";
  if (app.counts && wasDone !== isNowDone) app.counts.n_done += isNowDone ? 1 : -1;
  if (op.type !== "decide" && !op.patch) arriveAt(app, op, answer.html ? app.queue.adopt(fragment(answer.html)) : entry);
  else app.update();
  tell("confirmed", app, op, answer);
}

function arriveAt(app, op, entry) {
  app.queue.jumpTo(entry);
  app.show(entry);
  app.say(doneWords(op));
}

// A refusal is shown, and the item as the server has it; nothing is dropped without a word.
export async function refuse(app, op, problem) {
  app.history.markRefused(op.type === "decide" ? op.step : op.undone);
  if (op.type === "undo" && problem.code === "changed-since") app.history.markOverruled(op.undone);
  const place = op.external_id ? ` (${op.external_id}: ${op.words})` : "";
  const isNothing = problem.code.startsWith("nothing-to-");
  const entry = app.queue.drop(op);
  tell("refused", app, op);
  if (op.item) await app.reload(op.item);
  if (isNothing) app.say(problem.message);
  else if (isConflict(op, problem) && showConflict(app, op, problem)) app.status.announce(problem.message);
  else {
    const onOpen = op.item && app.queue.current?.id !== op.item ? () => app.open(op.item) : null;
    const isHeld = problem.code === "claimed" && entry;
    const message = (isHeld && heldWords(entry.item, app.config.user)) || problem.message;
    app.status.notify({ message: t("Not saved%(place)s: %(message)s", { place, message }), remedy: problem.remedy, onOpen });
    app.status.announce(t("Not saved: %(message)s", { message }));
  }
  app.update();
}
