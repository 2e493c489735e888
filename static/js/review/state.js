// An item as the reviewer sees it. All functions are pure: they return changed copies or the acts to be sent.

import { Offsets, nextStop } from "./offsets.js";

const offsetsOf = new WeakMap();

export function refOf(span) {
  return span.source_span === null ? span.annotation : `s${span.source_span}`;
}

export function segmentOf(item, id) {
  return item.segments.find((segment) => segment.id === id);
}

export function targetOf(item) {
  return item.segments.find((segment) => segment.side === "target");
}

export function offsets(segment) {
  if (!offsetsOf.has(segment)) offsetsOf.set(segment, new Offsets(segment.text, segment.lang));
  return offsetsOf.get(segment);
}

export function covered(item, segmentId, intervals) {
  const segment = segmentOf(item, segmentId);
  return segment ? intervals.map(([start, end]) => offsets(segment).slice(start, end)).join(" ") : "";
}

export function surfaceOf(item, span) {
  return covered(item, span.segment, span.intervals);
}

export function sourceOf(item, span) {
  return item.source_spans.find((each) => each.id === span.source_span) ?? null;
}

// What a span is called: its own words, else those of the source span that it should come from.
export function nameOf(item, span) {
  return surfaceOf(item, span) || sourceOf(item, span)?.surface || "span";
}

export function findSpan(item, ref) {
  return item.spans.find((span) => refOf(span) === ref) ?? null;
}

export function isPlaced(span) {
  return span.intervals.length > 0;
}

// Spans in text order; those that were not found stand at the end.
export function orderedSpans(item) {
  const place = (span) => item.segments.findIndex((segment) => segment.id === span.segment);
  const key = (span) => (isPlaced(span) ? [0, place(span), span.intervals[0][0]] : [1, 0, span.source_span ?? 0]);
  return [...item.spans].sort((one, two) => {
    const [a, b] = [key(one), key(two)];
    return a[0] - b[0] || a[1] - b[1] || a[2] - b[2];
  });
}

export function undecided(item) {
  return orderedSpans(item).filter((span) => span.state === "undecided");
}

export function isDone(item) {
  return undecided(item).length === 0 && (item.source_spans.length > 0 || item.is_nothing);
}

// The next span after `ref` (or before it) among some, going round.
export function step(spans, ordered, ref, direction) {
  if (!spans.length) return null;
  const at = ordered.findIndex((span) => refOf(span) === ref);
  const ring = direction > 0 ? [...ordered.slice(at + 1), ...ordered.slice(0, at + 1)] : [
    ...ordered.slice(0, Math.max(at, 0)).reverse(),
    ...ordered.slice(Math.max(at, 0)).reverse(),
  ];
  return ring.find((span) => spans.includes(span)) ?? null;
}

export function layerOf(scheme, span) {
  return scheme.layers.find((layer) => layer.id === span.layer) ?? scheme.layers[0];
}

export function labelOf(scheme, id) {
  return scheme.layers.flatMap((layer) => layer.labels).find((label) => label.id === id) ?? null;
}

function doOverlap(one, two) {
  return one.some(([start, end]) => two.some(([from, to]) => start < to && from < end));
}

// Live spans that a place would overlap; none where the layer allows it.
export function overlapping(item, scheme, { layer, segment, intervals, ref = null, states }) {
  if (scheme.layers.find((each) => each.id === layer)?.allows_overlap) return [];
  return item.spans.filter(
    (span) =>
      refOf(span) !== ref &&
      span.layer === layer &&
      span.segment === segment &&
      states.includes(span.state) &&
      doOverlap(intervals, span.intervals),
  );
}

// Where a span goes when one of its edges moves; null when it cannot go there.
export function nudge(item, span, { edge, isForward, unit }) {
  const segment = segmentOf(item, span.segment);
  if (!segment || !isPlaced(span)) return null;
  const text = offsets(segment);
  const at = edge === "end" ? span.intervals.length - 1 : 0;
  const column = edge === "end" ? 1 : 0;
  const stops = unit === "token" ? segment.tokens.map((token) => token[column]) : text.edges;
  let position = span.intervals[at][column];
  for (;;) {
    position = nextStop(stops, position, isForward);
    if (position === null) return null;
    const moved = [...span.intervals[at]];
    moved[column] = position;
    const trimmed = moved[0] < moved[1] ? text.trim(...moved) : null;
    if (trimmed === null) return null;
    // A step over a blank alone changes nothing that is kept, so it goes on to the next character.
    if (trimmed[column] !== span.intervals[at][column]) {
      const intervals = span.intervals.map((pair, index) => (index === at ? trimmed : pair));
      return isInOrder(intervals) ? intervals : null;
    }
  }
}

function isInOrder(intervals) {
  return intervals.every((pair, index) => index === 0 || intervals[index - 1][1] <= pair[0]);
}

// ------------------------------------------------------------------------------------------------------------- acts

function target(span) {
  return span.source_span === null ? { annotation: span.annotation } : { source_span: span.source_span };
}

function change(item, span, act, changes) {
  return { act: { ...act, ...target(span) }, ref: refOf(span), span: { ...span, ...changes } };
}

export function accept(item, span) {
  const seen = { label: span.label, intervals: span.intervals, surface: surfaceOf(item, span) };
  const fate = isPlaced(span)
    ? { state: "accepted", reason: "" }
    : { state: "rejected", reason: "not-in-translation" };
  return change(item, span, { kind: "accept", ...seen }, fate);
}

function reopened(span) {
  return span.state === "rejected" ? { state: "undecided", reason: "" } : {};
}

export function relabel(item, span, label) {
  return change(item, span, { kind: "relabel", label }, { label, ...reopened(span) });
}

export function move(item, span, segment, intervals) {
  const place = { segment, intervals };
  const act = { kind: "move", ...place, surface: covered(item, segment, intervals) };
  return change(item, span, act, { ...place, ...reopened(span) });
}

export function reject(item, span, reason) {
  return change(item, span, { kind: "reject", reason }, { state: "rejected", reason });
}

export function add(item, { id, layer, label, segment, intervals }) {
  const surface = covered(item, segment, intervals);
  const act = { kind: "add", annotation: id, layer, label, segment, intervals, surface };
  const span = {
    source_span: null,
    annotation: id,
    layer,
    state: "accepted",
    label,
    segment,
    intervals,
    reason: "",
    machine: null,
    others: [],
  };
  return { act, ref: id, span };
}

// ---------------------------------------------------------------------------------------------------------- patches

// A patch is {spans: [{ref, span}], is_nothing}: spans as they shall be, null for one that shall be gone.
export function applyPatch(item, patch) {
  if (!patch) return item;
  let spans = item.spans;
  for (const { ref, span } of patch.spans) {
    const isKnown = spans.some((each) => refOf(each) === ref);
    if (span === null) spans = spans.filter((each) => refOf(each) !== ref);
    else if (isKnown) spans = spans.map((each) => (refOf(each) === ref ? span : each));
    else spans = [...spans, span];
  }
  return { ...item, spans, is_nothing: patch.is_nothing ?? item.is_nothing };
}

// The patch that brings back what another one changes.
export function reversePatch(item, patch) {
  return {
    spans: patch.spans.map(({ ref }) => ({ ref, span: findSpan(item, ref) })),
    is_nothing: patch.is_nothing === undefined ? undefined : item.is_nothing,
  };
}

export function readItem(data) {
  return { ...data, is_nothing: data.state === "done" && data.source_spans.length === 0 };
}

// The item with what the server says about its spans.
export function refresh(item, answer) {
  const isNothing = answer.state === "done" && item.source_spans.length === 0;
  return { ...item, spans: answer.spans, version: answer.version, state: answer.state, is_nothing: isNothing };
}
