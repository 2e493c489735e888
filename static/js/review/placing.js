// Where spans stand: marking words, adding, moving edges.

import { t } from "../i18n.js";
import { clashes, refuseOverlap } from "./clashes.js";
import { leave } from "./dispatch.js";
import { begin, intervalOf, nextPhase } from "./marking.js";
import { newId } from "./outbox.js";
import {
  add,
  covered,
  findSpan,
  isPlaced,
  isToken,
  kindOf,
  layerOf,
  LIVE,
  markLayer,
  move,
  nudge,
  overlapping,
  refOf,
  surfaceOf,
  withPiece,
} from "./state.js";
import { isolate } from "./words.js";

export function addSpan(app, label) {
  const { item, mark } = app;
  const intervals = [intervalOf(item, mark)];
  const layer = app.scheme.layers.find((each) => each.labels.some((one) => one.id === label.id));
  if (layer.kind === "token" && !isToken(item, mark.segment, intervals[0])) return app.say(t("A tag covers exactly one word."));
  const place = { layer: layer.id, label: label.id, segment: mark.segment, intervals, states: LIVE };
  const others = overlapping(item, app.scheme, place);
  if (others.length) return refuseOverlap(app, others);
  const change = add(item, { id: newId(), layer: layer.id, label: label.id, segment: mark.segment, intervals });
  leave(app);
  app.decide([change]);
  app.setCursor(change.ref);
  const words = { text: isolate(surfaceOf(app.item, change.span)), label: label.name };
  return app.status.announce(t("added %(text)s, %(label)s", words));
}

export function nudgeEdge(app, { isForward, unit: asked }) {
  const { item, span } = app;
  if (!span) return undefined;
  if (kindOf(span) !== "span") return app.say(t("Only spans have edges that move."));
  if (!isPlaced(span)) return app.say(t("It has no place yet. Press A to mark one."));
  const { edge, piece } = app;
  const unit = unitOf(layerOf(app.scheme, span), asked);
  const intervals = nudge(item, span, { edge, piece, isForward, unit });
  if (!intervals) {
    const isOutward = isForward === (app.edge === "end");
    const kept = unit === "token" ? t("A span keeps one word.") : t("A span keeps one character.");
    return app.say(isOutward ? t("The text ends here.") : kept);
  }
  const before = clashes(app, span, span.intervals, LIVE);
  const others = clashes(app, span, intervals, LIVE).filter((other) => !before.includes(other));
  if (others.length) return refuseOverlap(app, others);
  app.decide([move(item, span, span.segment, intervals)]);
  app.update();
  const text = isolate(surfaceOf(app.item, app.span));
  return app.status.announce(app.edge === "end" ? t("end moved, now %(text)s", { text }) : t("start moved, now %(text)s", { text }));
}

// In a layer of single characters the plain arrows move by one, those with Ctrl by a word.
export function unitOf(layer, unit) {
  if (!layer?.is_by_character) return unit;
  return unit === "token" ? "grapheme" : "token";
}

// From the end to the start; in a span of several pieces on to the end of the piece before, round and round.
export function swapEdge(app) {
  const nPieces = app.span?.intervals.length ?? 1;
  if (nPieces > 1) {
    const at = app.piece ?? (app.edge === "end" ? nPieces - 1 : 0);
    app.piece = app.edge === "end" ? at : (at + nPieces - 1) % nPieces;
  }
  app.edge = app.edge === "end" ? "start" : "end";
  app.say(app.edge === "end" ? t("Arrows with Shift move the end.") : t("Arrows with Shift move the start."));
}

export function startMark(app) {
  const layer = markLayer(app.scheme, app.span);
  if (!layer) return app.say(t("This project has nothing to be marked in the text."));
  app.mark = begin(app.item, app.span, layer);
  if (!app.mark) return undefined;
  app.mode = "mark";
  app.reply = "";
  // From here on Space and Enter mean the text, not the button that began it.
  if (document.activeElement?.closest("button")) app.painter.cells.get(app.mark.segment)?.text.focus({ preventScroll: true });
  app.update();
  return announceMark(app);
}

export function announceMark(app) {
  const { item, mark } = app;
  const interval = intervalOf(item, mark);
  const text = interval ? isolate(covered(item, mark.segment, [interval])) : t("white space");
  app.status.announce(mark.phase === "start" ? t("starts at %(text)s", { text }) : t("covers %(text)s", { text }));
}

export function showMark(app, mark) {
  app.mark = mark;
  app.update();
  announceMark(app);
}

export function setEnd(app) {
  if (app.mode !== "mark") return;
  useMark(app, nextPhase(app.mark));
}

// Shows a mark; a finished one waits for its label, or goes to the span that had no place.
export function useMark(app, mark) {
  app.mark = mark;
  app.mode = mark.phase === "done" ? "pick" : "mark";
  if (mark.phase === "done" && (mark.isPiece || (mark.span && !mark.isMouse))) {
    placeMark(app);
    return;
  }
  app.update();
  announceMark(app);
}

// Gives the marked place to the span without one, or moves the current span there.
export function placeMark(app) {
  const { item, mark } = app;
  const span = mark.span ? findSpan(item, mark.span) : app.span;
  const interval = intervalOf(item, mark);
  if (!span || !interval || kindOf(span) !== "span") return leave(app);
  const intervals = mark.isPiece ? withPiece(span.intervals, interval) : [interval];
  if (!intervals) return app.say(t("These words belong to the span already."));
  const others = clashes(app, span, intervals, LIVE, mark.segment);
  if (others.length) return refuseOverlap(app, others);
  leave(app);
  app.decide([move(item, span, mark.segment, intervals)]);
  app.setCursor(refOf(span));
  return app.status.announce(t("%(text)s is marked. Enter accepts.", { text: isolate(surfaceOf(app.item, app.span)) }));
}
