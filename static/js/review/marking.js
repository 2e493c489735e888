// Marking a new place by keyboard (A, arrows, Space at both ends) or by mouse.

import { linksOfSpan } from "./links.js";
import { tokenAt } from "./offsets.js";
import { isPlaced, offsets, refOf, segmentOf, targetOf } from "./state.js";

// A mark is {segment, anchor, head, phase, span}: both intervals in code points, `phase` start, end or done, and the
// reference of the span that has no place yet and shall get this one.

export function begin(item, current) {
  const needsPlace = Boolean(current && !isPlaced(current));
  const segment = segmentOf(item, current?.segment) ?? targetOf(item);
  if (!segment.tokens.length) return null;
  const token = segment.tokens[firstToken(item, segment, current)];
  const span = needsPlace ? refOf(current) : null;
  return { segment: segment.id, anchor: token, head: token, phase: "start", span };
}

function firstToken(item, segment, current) {
  if (!current) return 0;
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
  if (!head) return mark;
  return mark.phase === "start" ? { ...mark, anchor: head, head } : { ...mark, head };
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
  return text.trim(Math.min(mark.anchor[0], mark.head[0]), Math.max(mark.anchor[1], mark.head[1]));
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
    const span = current && !isPlaced(current) ? refOf(current) : null;
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
