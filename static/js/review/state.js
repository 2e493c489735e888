// An item as the reviewer sees it. All functions are pure: they return changed copies or the acts to be sent.

import { isPutOff, withNotes } from "./notes.js";
import { Offsets, nextStop } from "./offsets.js";

const offsetsOf = new WeakMap();
const layersById = new Map();

// The layers of the page's project; what a label is about follows from the kind of its layer.
export function useScheme(scheme) {
  for (const layer of scheme.layers) layersById.set(layer.id, layer);
}

export function kindOf(span) {
  return layersById.get(span.layer)?.kind ?? "span";
}

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
  const kind = kindOf(span);
  if (kind === "class") return layersById.get(span.layer).name;
  if (kind === "relation") return arrowed(endsOf(item, span).map((end) => (end ? nameOf(item, end) : "?")));
  return surfaceOf(item, span) || sourceOf(item, span)?.surface || "span";
}

// The words of a source label: those that it covers, of a relation those of its ends, nothing for a class.
export function sourceName(item, source) {
  if (kindOf(source) === "class") return "";
  if (kindOf(source) !== "relation") return source.surface;
  const surface = (id) => item.source_spans.find((each) => each.id === id)?.surface ?? "?";
  return arrowed([surface(source.head), surface(source.tail)]);
}

// Head and tail as they are read along the arrow, whatever their scripts and the direction of the page.
function arrowed(names) {
  return `\u2066${names.map((name) => `\u2068${name}\u2069`).join(" → ")}\u2069`;
}

export function findSpan(item, ref) {
  return item.spans.find((span) => refOf(span) === ref) ?? null;
}

export function isPlaced(span) {
  return span.intervals.length > 0;
}

// Head and tail of a relation; null for one that is not there (any more).
export function endsOf(item, span) {
  return [span.head, span.tail].map((ref) => (ref ? findSpan(item, ref) : null));
}

// Whether an end can be joined: it stands somewhere and is not rejected.
export function isJoinable(span) {
  return Boolean(span) && isPlaced(span) && span.state !== "rejected";
}

// Whether there is something to accept: a place, for a relation both ends.
export function isFound(item, span) {
  return kindOf(span) === "relation" ? endsOf(item, span).every(isJoinable) : isPlaced(span);
}

// Where the item is reviewed blind, the label is the reviewer's to set.
export function needsLabel(item, span) {
  return span.label === null && isFound(item, span);
}

// What the digits set at once: a tag or class is nothing but its label.
export function isChoice(span) {
  return ["token", "class"].includes(kindOf(span));
}

// What else the machine proposed: other places of a span, other labels of a tag or class.
export function alternativesOf(span) {
  if (kindOf(span) === "span") return span.others;
  return kindOf(span) === "relation" ? [] : span.others.filter((other) => other.label !== span.label);
}

export function isToken(item, segmentId, [start, end]) {
  return segmentOf(item, segmentId).tokens.some(([from, to]) => from === start && to === end);
}

// The intervals with one more, in text order; null where the new one overlaps another.
export function withPiece(intervals, [start, end]) {
  if (intervals.some(([from, to]) => start < to && from < end)) return null;
  return [...intervals, [start, end]].sort((one, two) => one[0] - two[0]);
}

// Classes of the item, then each text with its class before its spans, then what was not found, then relations.
export function orderedSpans(item) {
  const places = new Map(item.segments.map((segment, index) => [segment.id, index]));
  const textKey = (span) => [1, places.get(span.segment), kindOf(span) === "class" ? -1 : span.intervals[0][0], -span.intervals.at(-1)[1]];
  const key = (span) => {
    if (kindOf(span) === "relation") {
      const ends = endsOf(item, span).map((end) => (end && isPlaced(end) ? textKey(end) : [1, 1e9, 0]));
      return [3, ends[0][1], ends[0][2], ends[1][1], ends[1][2], span.source_span ?? 1e9];
    }
    if (!isPlaced(span)) return [2, span.source_span ?? 0];
    return layersById.get(span.layer)?.scope === "item" && kindOf(span) === "class" ? [0, 0] : textKey(span);
  };
  const keyed = item.spans.map((span) => [key(span), span]);
  return keyed.sort(([one], [two]) => compare(one, two)).map(([, span]) => span);
}

function compare(one, two) {
  const at = one.findIndex((each, index) => each !== two[index]);
  return at < 0 ? 0 : one[at] - (two[at] ?? 0);
}

export function undecided(item) {
  return orderedSpans(item).filter((span) => span.state === "undecided");
}

// Undecided spans that this person has not put off with a flag.
export function waiting(item) {
  return undecided(item).filter((span) => !isPutOff(item, refOf(span)));
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

// The layer that a new mark is for: that of the current span or tag, else the first one of spans, or of tags.
export function markLayer(scheme, span) {
  if (span && ["span", "token"].includes(kindOf(span))) return layerOf(scheme, span);
  const first = (kind) => scheme.layers.find((layer) => layer.kind === kind);
  return first("span") ?? first("token") ?? null;
}

// The target text in which a layer's place for a span is looked for: its own, that beside its source, or the first one.
export function targetFor(item, layer, span) {
  const isTarget = (segment) => segment?.side === "target" && ["", segment.role].includes(layer?.role ?? "");
  const own = segmentOf(item, span?.segment);
  const source = span ? sourceOf(item, span) : null;
  const beside = source ? besideOf(item, source.segment) : null;
  return [own, beside].find(isTarget) ?? item.segments.find(isTarget) ?? targetOf(item);
}

// The segment of the other side that stands in the same row.
export function besideOf(item, id) {
  const { side } = segmentOf(item, id);
  const [same, other] = [item.segments.filter((each) => each.side === side), item.segments.filter((each) => each.side !== side)];
  return other[same.findIndex((each) => each.id === id)] ?? null;
}

export function labelOf(scheme, id) {
  return scheme.layers.flatMap((layer) => layer.labels).find((label) => label.id === id) ?? null;
}

function doOverlap(one, two) {
  return one.some(([start, end]) => two.some(([from, to]) => start < to && from < end));
}

// States of labels that another one has to keep clear of.
export const LIVE = ["undecided", "accepted"];

// Live labels that one cannot stand beside: spans that it would overlap (none where the layer allows it), another class
// where there is one, the same relation.
export function overlapping(item, scheme, { ref = null, states, ...label }) {
  const layer = scheme.layers.find((each) => each.id === label.layer);
  return item.spans.filter(
    (span) => refOf(span) !== ref && span.layer === label.layer && states.includes(span.state) && doClash(layer, label, span),
  );
}

function doClash(layer, one, two) {
  if (layer.kind === "relation") return one.head === two.head && one.tail === two.tail && one.label === two.label;
  const isSameText = one.segment === two.segment;
  if (layer.kind === "class") {
    return (isSameText || layer.scope === "item") && isPlaced(two) && (layer.choice !== "multiple" || one.label === two.label);
  }
  return !layer.allows_overlap && isSameText && doOverlap(one.intervals, two.intervals);
}

// Where a span goes when one of its edges moves; null when it cannot go there.
export function nudge(item, span, { edge, piece = null, isForward, unit }) {
  const segment = segmentOf(item, span.segment);
  if (!segment || !isPlaced(span)) return null;
  const text = offsets(segment);
  const at = piece ?? (edge === "end" ? span.intervals.length - 1 : 0);
  const column = edge === "end" ? 1 : 0;
  const stops = unit === "token" ? segment.tokens.map((token) => token[column]).filter((stop) => text.isEdge(stop)) : text.edges;
  let position = span.intervals[at][column];
  for (;;) {
    position = nextStop(stops, position, isForward);
    if (position === null) return null;
    const moved = [...span.intervals[at]];
    moved[column] = position;
    const trimmed = moved[0] < moved[1] ? text.trim(...moved) : null;
    if (trimmed === null) return null;
    // A blank that carries a mark is half of a cluster.
    if (!trimmed.every((edge) => text.isEdge(edge))) continue;
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
  if (isFound(item, span)) {
    const ends = kindOf(span) === "relation" ? { head: span.head, tail: span.tail } : {};
    return change(item, span, { kind: "accept", ...seen, ...ends }, { state: "accepted", reason: "" });
  }
  // A relation without one of its ends is not in the translation either.
  if (kindOf(span) === "relation") return reject(item, span, "not-in-translation");
  return change(item, span, { kind: "accept", ...seen }, { state: "rejected", reason: "not-in-translation" });
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

// Other ends of a relation ({head, tail}), or another concept of a span ({concept}, null for none).
export function link(item, span, linked) {
  const act = "concept" in linked ? { kind: "link", concept: linked.concept?.id ?? null } : { kind: "link", ...linked };
  return change(item, span, act, { ...linked, ...reopened(span) });
}

export function add(item, { id, layer, label, segment = null, intervals = [], head = null, tail = null }) {
  const place = head ? { head, tail } : { segment, intervals, surface: covered(item, segment, intervals) };
  const act = { kind: "add", annotation: id, layer, label, ...place };
  const span = {
    source_span: null,
    annotation: id,
    layer,
    state: "accepted",
    label,
    segment,
    intervals,
    head,
    tail,
    concept: null,
    reason: "",
    machine: null,
    others: [],
  };
  return { act, ref: id, span };
}

// ---------------------------------------------------------------------------------------------------------- patches

// Accepted relations that lose an end by these changes are open again; the server does the same.
export function reopenedBy(item, changes) {
  const lost = new Set(changes.filter(({ span }) => span.state === "rejected").map(({ ref }) => ref));
  const changed = new Map(changes.map((each) => [each.ref, each.span]));
  return item.spans
    .map((span) => changed.get(refOf(span)) ?? span)
    .filter((span) => span.state === "accepted" && (lost.has(span.head) || lost.has(span.tail)))
    .map((span) => ({ ref: refOf(span), span: { ...span, state: "undecided" } }));
}

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
  return { ...item, spans, is_nothing: patch.is_nothing ?? item.is_nothing, ...withNotes(item, patch.notes) };
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

// The item with what the server says about its spans; it says nothing where they are as the patch left them, or where it
// was asked about flags and comments.
export function refresh(item, answer, patch) {
  const { flags = item.flags, threads = item.threads } = answer;
  if (answer.version === undefined) return { ...item, flags, threads };
  const isNothing = answer.state === "done" && item.source_spans.length === 0;
  const spans = answer.spans ?? applyPatch(item, patch).spans;
  return { ...item, spans, version: answer.version, state: answer.state, is_nothing: isNothing };
}
