// What each command does to the app. Keys, buttons and labels all end here.

import { linkWords, linksOfSpan, linksOfWord, spanLinkWords } from "./links.js";
import { begin, intervalOf, moveMark, nextPhase } from "./marking.js";
import { newId } from "./outbox.js";
import { labelByKey } from "./tray.js";
import {
  accept,
  add,
  covered,
  findSpan,
  isDone,
  isPlaced,
  labelOf,
  layerOf,
  move,
  nameOf,
  nudge,
  orderedSpans,
  overlapping,
  refOf,
  reject,
  relabel,
  segmentOf,
  step,
  surfaceOf,
  targetOf,
  undecided,
} from "./state.js";
import { isolate, labelName, spanWords, sureness } from "./words.js";

const LIVE = ["undecided", "accepted"];
const NEEDS_OTHER_WORDS = ["wrong-words", "boundary-beyond-repair"];

function goTo(app, spans, direction) {
  const next = step(spans, orderedSpans(app.item), app.queue.current.cursor, direction);
  if (!next) return;
  app.reply = "";
  app.setCursor(refOf(next));
  app.status.announce(`${spanWords(app.item, next, app.scheme)}, ${next.state}`);
}

function refuseOverlap(app, others) {
  app.say(`It would overlap ${isolate(surfaceOf(app.item, others[0]))}. Move or reject that one first.`);
}

function clashes(app, span, intervals, states, segment = span.segment) {
  return overlapping(app.item, app.scheme, { ...span, segment, intervals, ref: refOf(span), states });
}

function acceptOne(app) {
  const { item, span } = app;
  if (app.preview) return takePreview(app);
  if (!span || span.state !== "undecided") return goAhead(app);
  const others = clashes(app, span, span.intervals, ["accepted"]);
  if (others.length) return refuseOverlap(app, others);
  const change = accept(item, span);
  app.decide([change]);
  return app.goOnFrom(change.ref, app.acceptWords(span));
}

// Enter where nothing is to be accepted: the next undecided span, "nothing here", or the next item.
function goAhead(app) {
  const { item } = app;
  if (undecided(item).length) return goTo(app, undecided(item), 1);
  if (isDone(item)) return app.goOn();
  app.decide([], { isNothing: true, words: "nothing here" });
  if (app.settings.values.auto_advance) return app.goOn("nothing here");
  app.status.announce("nothing here");
  return app.update();
}

// Accepts what was found. What was not found, or overlaps what is accepted, is left to be looked at: nothing is
// rejected unseen.
function acceptAll(app) {
  const { item } = app;
  const open = undecided(item);
  if (!open.length) return goAhead(app);
  const changes = [];
  let after = item;
  for (const span of open.filter(isPlaced)) {
    const place = { ...span, ref: refOf(span), states: ["accepted"] };
    if (overlapping(after, app.scheme, place).length) continue;
    const change = accept(item, span);
    changes.push(change);
    after = { ...after, spans: after.spans.map((each) => (refOf(each) === change.ref ? change.span : each)) };
  }
  const left = leftWords(undecided(after));
  if (!changes.length) {
    if (app.span?.state !== "undecided") goTo(app, open, 1);
    return app.say(left);
  }
  app.decide(changes);
  app.goOnFrom(changes.at(-1).ref, left ? `accepted ${changes.length}` : `accepted all ${changes.length}`);
  return left ? app.say(`Accepted ${changes.length}. ${left}`) : undefined;
}

// "1 not found is left to you." Of spans that Shift and Enter does not accept.
function leftWords(spans) {
  const nMissing = spans.filter((span) => !isPlaced(span)).length;
  const nOverlaps = spans.length - nMissing;
  const words = [];
  if (nOverlaps) words.push(`${nOverlaps} overlapping ${nOverlaps === 1 ? "an accepted one" : "accepted ones"}`);
  if (nMissing) words.push(`${nMissing} not found`);
  return words.length ? `${words.join(" and ")} ${spans.length === 1 ? "is" : "are"} left to you.` : "";
}

function takePreview(app) {
  const { item, span, preview } = app;
  const others = clashes(app, span, preview.intervals, LIVE, preview.segment);
  if (others.length) return refuseOverlap(app, others);
  const moved = move(item, span, preview.segment, preview.intervals);
  const settled = accept(item, moved.span);
  app.decide([moved, settled]);
  return app.goOnFrom(settled.ref, `accepted ${isolate(surfaceOf(item, settled.span))}, ${labelName(app.scheme, span.label)}`);
}

// V shows what else the machine thought of; Enter takes it.
function alternative(app) {
  const { span } = app;
  if (!span?.others.length) return app.say("The machine proposed nothing else.");
  const at = span.others.indexOf(app.preview);
  app.preview = span.others[at + 1] ?? null;
  if (!app.preview) return app.say("The first proposal again.");
  const text = covered(app.item, app.preview.segment, app.preview.intervals);
  return app.say(`Instead: ${isolate(text)}, ${sureness(app.preview)}. Enter accepts it.`);
}

function setLabel(app, { key, id }) {
  const { item, span } = app;
  const label = id ? labelOf(app.scheme, id) : labelByKey(app.scheme, app.mark ? null : span, key);
  if (app.mark) return label ? addSpan(app, label) : undefined;
  app.mode = "normal";
  if (!label || !span) return app.say(span ? `No label has the key ${key}.` : "There is no span to label.");
  if (label.id === span.label) return app.say(`It is ${label.name} already.`);
  const changes = [relabel(item, span, label.id)];
  const accepts = app.settings.values.relabel_accepts && span.state === "undecided" && isPlaced(span);
  if (accepts) changes.push(accept(item, changes[0].span));
  app.decide(changes);
  if (accepts) return app.goOnFrom(refOf(span), app.acceptWords(changes[1].span));
  app.update();
  return app.status.announce(`${labelName(app.scheme, span.label)} is now ${label.name}`);
}

function addSpan(app, label) {
  const { item, mark } = app;
  const intervals = [intervalOf(item, mark)];
  const layer = app.scheme.layers.find((each) => each.labels.some((one) => one.id === label.id));
  const place = { layer: layer.id, segment: mark.segment, intervals, states: LIVE };
  const others = overlapping(item, app.scheme, place);
  if (others.length) return refuseOverlap(app, others);
  const change = add(item, { id: newId(), layer: layer.id, label: label.id, segment: mark.segment, intervals });
  leave(app);
  app.decide([change]);
  app.setCursor(change.ref);
  return app.status.announce(`added ${isolate(surfaceOf(app.item, change.span))}, ${label.name}`);
}

function nudgeEdge(app, { isForward, unit }) {
  const { item, span } = app;
  if (!span) return undefined;
  if (!isPlaced(span)) return app.say("It has no place yet. Press A to mark one.");
  const intervals = nudge(item, span, { edge: app.edge, isForward, unit });
  if (!intervals) {
    const isOutward = isForward === (app.edge === "end");
    const piece = unit === "token" ? "word" : "character";
    return app.say(isOutward ? "The text ends here." : `A span keeps one ${piece}.`);
  }
  const before = clashes(app, span, span.intervals, LIVE);
  const others = clashes(app, span, intervals, LIVE).filter((other) => !before.includes(other));
  if (others.length) return refuseOverlap(app, others);
  app.decide([move(item, span, span.segment, intervals)]);
  app.update();
  return app.status.announce(`${app.edge} moved, now ${isolate(surfaceOf(app.item, app.span))}`);
}

function swapEdge(app) {
  app.edge = app.edge === "end" ? "start" : "end";
  app.say(`Arrows with Shift move the ${app.edge}.`);
}

function openReject(app) {
  if (app.mode === "reject") return leave(app);
  if (!app.span) return undefined;
  app.mode = "reject";
  app.update();
  const reasons = app.scheme.reasons.map(({ key, text }) => `${key} ${text}`).join(", ");
  return app.status.announce(`Reject, because: ${reasons}`);
}

function rejectFor(app, code) {
  const { item, span } = app;
  if (!code || !span) return app.say("There is no such reason.");
  app.mode = "normal";
  app.lastReason = code;
  const change = reject(item, span, code);
  app.decide([change]);
  // The right words may stand elsewhere in this sentence, so the last of its spans does not lead away from it.
  if (!NEEDS_OTHER_WORDS.includes(code) || undecided(app.item).length) return app.goOnFrom(change.ref, app.rejectWords(code));
  return app.say(`${app.rejectWords(code)}. A: mark the right words, Enter: next item.`);
}

function startMark(app) {
  app.mark = begin(app.item, app.span);
  if (!app.mark) return;
  app.mode = "mark";
  app.reply = "";
  app.update();
  announceMark(app);
}

function announceMark(app) {
  const { item, mark } = app;
  const interval = intervalOf(item, mark);
  const words = interval ? isolate(covered(item, mark.segment, [interval])) : "white space";
  app.status.announce(`${mark.phase === "start" ? "starts at" : "covers"} ${words}`);
}

function setEnd(app) {
  if (app.mode !== "mark") return;
  useMark(app, nextPhase(app.mark));
}

// Shows a mark; a finished one waits for its label, or goes to the span that had no place.
export function useMark(app, mark) {
  app.mark = mark;
  app.mode = mark.phase === "done" ? "pick" : "mark";
  if (mark.phase === "done" && mark.span && !mark.isMouse) {
    placeMark(app);
    return;
  }
  app.update();
  announceMark(app);
}

// Gives the marked place to the span without one, or moves the current span there.
function placeMark(app) {
  const { item, mark } = app;
  const span = mark.span ? findSpan(item, mark.span) : app.span;
  const interval = intervalOf(item, mark);
  if (!span || !interval) return leave(app);
  const others = clashes(app, span, [interval], LIVE, mark.segment);
  if (others.length) return refuseOverlap(app, others);
  leave(app);
  app.decide([move(item, span, mark.segment, [interval])]);
  app.setCursor(refOf(span));
  return app.status.announce(`${isolate(surfaceOf(app.item, app.span))} is marked. Enter accepts.`);
}

function leave(app) {
  app.mode = "normal";
  app.mark = null;
  app.preview = null;
  app.word = null;
  app.reply = "";
  window.getSelection()?.removeAllRanges();
  app.update();
}

function pinLinks(app) {
  app.isPinned = !app.isPinned;
  app.update();
  const { item, span } = app;
  const words = app.isPinned && span ? spanLinkWords(item, span, linksOfSpan(item, span)) : "Links are hidden";
  app.status.announce(words);
}

// Goes from word to word, in the text that has the focus (else the target), and says what each is linked to.
function goToWord(app, direction) {
  const { item } = app;
  const focused = Number(document.activeElement?.closest?.("[data-segment]")?.dataset.segment);
  const segment = segmentOf(item, focused) ?? targetOf(item);
  const at = app.word?.segment === segment.id ? app.word.token + direction : direction > 0 ? 0 : segment.tokens.length - 1;
  if (!segment.tokens[at]) return;
  app.word = { segment: segment.id, token: at };
  const words = linkWords(item, segment.id, at, linksOfWord(item, segment.id, at));
  app.reply = words;
  app.update();
  app.status.announce(words);
}

function findLabel(app) {
  if (!app.span && !app.mark) return;
  app.mode = "find";
  app.update();
}

function shiftItem(app, direction) {
  if (!app.canReview) app.browse(direction);
  else if (app.queue.shift(direction)) app.show(app.queue.current);
  else if (direction > 0) app.goOn();
  else app.say("This is the first item of this session.");
}

function showDialog(app, name) {
  const dialog = app.root.querySelector(`dialog[data-part="${name}"]`);
  if (dialog.open) dialog.close();
  else dialog.showModal();
}

function guideline(app) {
  const label = app.span ? labelOf(app.scheme, app.span.label) : null;
  const title = app.root.querySelector("[data-part='guideline-title']");
  const text = app.root.querySelector("[data-part='guideline-text']");
  title.textContent = label ? label.name : "Guidelines";
  text.textContent = label?.description || (label ? "Nothing is written about this label yet." : "");
  showDialog(app, "guideline");
}

const READING = {
  previousUndecided: (app) => goTo(app, undecided(app.item), -1),
  nextUndecided: (app) => goTo(app, undecided(app.item), 1),
  previousSpan: (app) => goTo(app, app.item.spans, -1),
  nextSpan: (app) => goTo(app, app.item.spans, 1),
  pinLinks,
  nextWord: (app) => goToWord(app, 1),
  previousWord: (app) => goToWord(app, -1),
  guideline,
  leave,
};

const DECIDING = {
  accept: (app) => (app.mode === "pick" ? placeMark(app) : app.mode === "mark" ? setEnd(app) : acceptOne(app)),
  acceptAll,
  label: setLabel,
  findLabel,
  nudge: nudgeEdge,
  swapEdge,
  mark: startMark,
  moveMark: (app, { isForward, unit }) => {
    app.mark = moveMark(app.item, app.mark, isForward, unit);
    app.update();
    announceMark(app);
  },
  setEnd,
  reject: openReject,
  rejectFor: (app, { key }) => rejectFor(app, app.scheme.reasons.find((reason) => reason.key === key)?.code),
  rejectAgain: (app) => rejectFor(app, app.lastReason),
  alternative,
};

const ANYWHERE = {
  undo: (app) => app.undo(),
  redo: (app) => app.redo(),
  nextItem: (app) => shiftItem(app, 1),
  previousItem: (app) => (app.isAtEnd ? app.show(app.queue.current) : shiftItem(app, -1)),
  keys: (app) => showDialog(app, "keys"),
};

// Modes other than the normal one take their own commands only; the rest ends them first.
const OWN = {
  reject: ["rejectFor", "rejectAgain", "reject", "leave"],
  mark: ["moveMark", "setEnd", "accept", "leave", "undo"],
  pick: ["label", "findLabel", "accept", "leave", "moveMark"],
  find: ["label", "leave"],
};

export function run(app, command) {
  const { name } = command;
  if (ANYWHERE[name]) {
    if (!app.canReview && ["undo", "redo"].includes(name)) return;
    if (name !== "keys" && app.mode !== "normal") leave(app);
    if (app.queue.current || name === "undo" || name === "keys") ANYWHERE[name](app, command);
    return;
  }
  if (!app.item) return;
  if (app.mode !== "normal" && !OWN[app.mode].includes(name)) leave(app);
  if (READING[name]) READING[name](app, command);
  else if (DECIDING[name] && app.canReview) DECIDING[name](app, command);
  else if (DECIDING[name]) app.say("Your role reads only.");
}
