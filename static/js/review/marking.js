// Marking a new place by keyboard (A, arrows, Space at both ends) or by mouse.

import { linksOfSpan } from "./links.js";
import { tokenAt } from "./offsets.js";
import { isPlaced, kindOf, offsets, refOf, segmentOf, targetFor } from "./state.js";

// A mark is {segment, anchor, head, phase, span}: both intervals in code points, `phase` start, end or done, and the
// reference of the span that has no place yet and shall get this one.

export function begin(item, current, layer) {
  const needsPlace = Boolean(current && !isPlaced(current) && kindOf(current) === "span");
  const segment = targetFor(item, layer, current);
  if (!segment.tokens.length) return null;
  const token = segment.tokens[firstToken(item, segment, current)];
  const span = needsPlace ? refOf(current) : null;
  return { segment: segment.id, anchor: token, head: token, phase: "start", span };
}

function firstToken(item, segment, current) {
  if (!current || !["span", "token"].includes(kindOf(current))) return 0;
  if (isPlaced(current)) {
    const after = segment.tokens.findIndex(([start]) => start >= current.intervals.at(-1)[1]);
    return after >= 0 ? after : segment.tokens.length - 1;
  }
  const linked = linksOfSpan(item, current).filter((link) => link.tgt === segment.id);
  return linked.length ? Math.min(...linked.map((link) => link.tgtToken)) : 0;
}

export function moveMark(item, mark, isForward, unit) {
  if (mark.phase === "done") return mark;
  const segment = segmentOf(item, mark.segment);
  const head = neighbour(segment, mark.head, isForward, unit);
  if (!head) return mark.phase === "start" ? intoNextText(item, mark, isForward) : mark;
  return headTo(mark, head);
}

// To the first or last word of the text; the first end that was set stays.
export function markToEdge(item, mark, isForward) {
  const { tokens } = segmentOf(item, mark.segment);
  return headTo(mark, isForward ? tokens.at(-1) : tokens[0]);
}

// To the next word that begins with this letter, whatever its case or accent; from the last word on to the first.
export function markToLetter(item, mark, letter) {
  const segment = segmentOf(item, mark.segment);
  const wanted = plain(letter);
  if (!wanted) return mark;
  const after = segment.tokens.findIndex(([start]) => start > mark.head[0]);
  const cut = after >= 0 ? after : segment.tokens.length;
  const inOrder = [...segment.tokens.slice(cut), ...segment.tokens.slice(0, cut)];
  const found = inOrder.find((token) => plain(offsets(segment).slice(...token)).startsWith(wanted));
  return found ? headTo(mark, found) : mark;
}

function headTo(mark, head) {
  return mark.phase === "start" ? { ...mark, anchor: head, head } : { ...mark, head };
}

function plain(text) {
  return text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
}

// Before the first end is set, the mark goes on in the text before or after.
function intoNextText(item, mark, isForward) {
  const targets = item.segments.filter((segment) => segment.side === "target" && segment.tokens.length);
  const next = targets[targets.findIndex((segment) => segment.id === mark.segment) + (isForward ? 1 : -1)];
  const token = isForward ? next?.tokens[0] : next?.tokens.at(-1);
  return next ? { ...mark, segment: next.id, anchor: token, head: token } : mark;
}

function neighbour(segment, [start, end], isForward, unit) {
  const cells = unit === "token" ? segment.tokens : clusters(segment);
  if (unit !== "token") {
    return isForward ? cells.find((cell) => cell[0] >= end) : cells.findLast((cell) => cell[1] <= start);
  }
  const at = tokenAt(cells, isForward ? end - 1 : start);
  return cells[at + (isForward ? 1 : -1)];
}

function clusters(segment) {
  const edges = offsets(segment).edges;
  return edges.slice(0, -1).map((edge, index) => [edge, edges[index + 1]]);
}

export function intervalOf(item, mark) {
  const text = offsets(segmentOf(item, mark.segment));
  const trimmed = text.trim(Math.min(mark.anchor[0], mark.head[0]), Math.max(mark.anchor[1], mark.head[1]));
  // Words as a file gave them may end inside a cluster; what is marked does not.
  return trimmed && text.widen(...trimmed);
}

export function nextPhase(mark) {
  return { ...mark, phase: mark.phase === "start" ? "end" : "done" };
}

// Goes to the token that was clicked, and sets that end.
export function setAt(item, mark, segment, point) {
  if (segment.id !== mark.segment) return mark;
  const token = segment.tokens[tokenAt(segment.tokens, point)];
  return nextPhase(mark.phase === "start" ? { ...mark, anchor: token, head: token } : { ...mark, head: token });
}

// The mark of a mouse selection: whole words, or exactly what was selected when `isExact`. Null for none.
export function fromSelection(item, painter, isExact, current) {
  const selection = window.getSelection();
  if (!selection || selection.isCollapsed || selection.rangeCount === 0) return null;
  const range = selection.getRangeAt(0);
  for (const { text, segment } of painter.cells.values()) {
    if (segment.side !== "target" || range.startContainer !== text.firstChild) continue;
    const points = offsets(segment);
    const start = points.toPoint(range.startOffset);
    const end = range.endContainer === text.firstChild ? points.toPoint(range.endOffset) : points.length;
    const interval = selected(segment, points, start, end, isExact);
    if (!interval) return null;
    const span = current && !isPlaced(current) && kindOf(current) === "span" ? refOf(current) : null;
    return { segment: segment.id, anchor: interval, head: interval, phase: "done", span, isMouse: true };
  }
  return null;
}

function selected(segment, points, start, end, isExact) {
  const trimmed = points.trim(start, end);
  if (!trimmed) return null;
  if (isExact) return points.widen(...trimmed);
  const touched = segment.tokens.filter(([from, to]) => from < trimmed[1] && trimmed[0] < to);
  return touched.length ? [touched[0][0], touched.at(-1)[1]] : points.widen(...trimmed);
}
