// What the screen says: the status line, the live region, the list of last decisions.

import { covered, findSpan, isPlaced, labelOf, nameOf, sourceOf, surfaceOf } from "./state.js";

// Keeps an inserted string from turning the sentence around it, whatever its script.
export function isolate(text) {
  return `\u2068${text}\u2069`;
}

export function labelName(scheme, id) {
  return labelOf(scheme, id)?.name ?? "no label";
}

export function reasonText(scheme, code) {
  return scheme.reasons.find((reason) => reason.code === code)?.text ?? code;
}

// How a span differs from what the machine proposed, in words; "" where it does not.
export function difference(item, span, scheme) {
  if (!span.machine || !span.machine.intervals.length) return isPlaced(span) ? "placed by hand" : "";
  const words = [];
  if (span.machine.label !== span.label) {
    words.push(`${labelName(scheme, span.machine.label)} → ${labelName(scheme, span.label)}`);
  }
  if (isPlaced(span) && !sameIntervals(span.machine.intervals, span.intervals)) {
    const was = covered(item, span.machine.segment, span.machine.intervals);
    words.push(`was ${isolate(was)}`);
  }
  return words.join(", ");
}

export function sameIntervals(one, two) {
  return one.length === two.length && one.every(([a, b], index) => a === two[index][0] && b === two[index][1]);
}

export function origin(span) {
  if (!span.machine) return span.source_span === null ? "added by hand" : "no proposal";
  if (span.machine.unprojected) return span.machine.engine;
  return `${span.machine.engine}, ${sureness(span.machine)}`;
}

// How sure the machine is: the calibrated probability, or the engine's own score where there is none.
export function sureness(machine) {
  return machine.probability === null ? `score ${machine.score.toFixed(2)}` : `${Math.round(100 * machine.probability)} % sure`;
}

export function whyUnprojected(span) {
  return span.machine?.unprojected || "no proposal";
}

export function actWords(before, after, item, scheme) {
  const name = isolate(nameOf(item, before ?? after.span));
  const label = labelName(scheme, after.span.label);
  switch (after.act.kind) {
    case "accept":
      return after.span.state === "rejected"
        ? `${name}: rejected, ${reasonText(scheme, after.span.reason)}`
        : `${name}: accepted ${label}`;
    case "relabel":
      return `${name}: ${labelName(scheme, before.label)} → ${label}`;
    case "move":
      return isPlaced(before)
        ? `${isolate(surfaceOf(item, before))} → ${isolate(surfaceOf(item, after.span))}`
        : `${name}: marked ${isolate(surfaceOf(item, after.span))}`;
    case "reject":
      return `${name}: rejected, ${reasonText(scheme, after.span.reason)}`;
    default:
      return `${name}: added ${label}`;
  }
}

export function doneWords({ type, words }) {
  return `${type === "undo" ? "Undone" : "Redone"}${words ? `: ${words}` : "."}`;
}

export function stepWords(words) {
  return words.length <= 3 ? words.join("; ") : `${words.slice(0, 2).join("; ")}; and ${words.length - 2} more`;
}

export function spanWords(item, span, scheme) {
  const label = labelOf(scheme, span.label);
  const name = isolate(nameOf(item, span));
  const missing = isPlaced(span) ? "" : ", not found in the translation";
  return `${name}, ${label?.name ?? "no label"}${missing}`;
}

export function enterHint(item, span, scheme, { isItemDone }) {
  if (span && span.state === "undecided") {
    return isPlaced(span)
      ? `accepts ${isolate(surfaceOf(item, span))} as ${labelName(scheme, span.label)}`
      : `confirms that ${isolate(sourceOf(item, span)?.surface ?? "it")} is not in the translation`;
  }
  if (item.source_spans.length === 0 && !item.is_nothing) {
    return item.spans.length ? "says that nothing else is here" : "says that nothing is here";
  }
  return isItemDone ? "goes to the next item" : "goes to the next undecided span";
}

// Which span Enter puts at a marked place: the one that had none, or else the current one. "" for none.
export function placedName(item, span, mark, scheme) {
  const placed = mark?.span ? findSpan(item, mark.span) : span;
  if (!placed) return "";
  const name = sourceOf(item, placed)?.surface ?? nameOf(item, placed);
  return `${isolate(name)} ${labelName(scheme, placed.label)}`;
}

// The same as the hint, short enough for the button.
export function buttonWords(item, span, { isItemDone, mode, mark, preview }) {
  if (mode === "mark") return mark.phase === "start" ? "Starts here" : "Ends here";
  if (mode === "pick") return mark.span || span ? "Put here" : "Back";
  if (preview) return "Accept instead";
  if (span?.state === "undecided") return isPlaced(span) ? "Accept" : "Not there";
  if (item.source_spans.length === 0 && !item.is_nothing) return item.spans.length ? "Nothing else" : "Nothing here";
  return isItemDone ? "Next item" : "Next";
}

// "Mira is reviewing this item until 14:05.", by the reader's own clock; "" where nobody else holds it.
export function heldWords({ claim }, userId) {
  const until = claim ? new Date(claim.until) : null;
  if (!claim || claim.user === userId || until <= new Date()) return "";
  const time = until.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
  return `${isolate(claim.name)} is reviewing this item until ${time}.`;
}

export function minutesLeft(milliseconds) {
  const minutes = Math.round(milliseconds / 60000);
  if (minutes < 1) return "under a minute left";
  return minutes < 90 ? `${minutes} min left` : `${Math.round(minutes / 60)} h left`;
}
