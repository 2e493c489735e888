// What the screen says: the status line, the live region, the list of last decisions.

import { n, t } from "../i18n.js";
import { covered, endsOf, findSpan, isFound, isJoinable, isPlaced, kindOf, labelOf, nameOf, needsLabel, sourceOf, surfaceOf } from "./state.js";

// Keeps an inserted string from turning the sentence around it, whatever its script.
export function isolate(text) {
  return `\u2068${text}\u2069`;
}

export function labelName(scheme, id) {
  return labelOf(scheme, id)?.name ?? t("no label");
}

// "accepted", as the status line, the table and highlights say it.
export function stateWords(state) {
  return { undecided: t("undecided"), accepted: t("accepted"), rejected: t("rejected") }[state];
}

export function reasonText(scheme, code) {
  return scheme.reasons.find((reason) => reason.code === code)?.text ?? code;
}

// "⚑ translation wrong, by Mira": one's own flag without a name.
export function flagWords(flag, scheme) {
  const reason = flag.reason ? reasonText(scheme, flag.reason) : t("flagged");
  return `⚑ ${flag.is_mine ? reason : t("%(reason)s, by %(person)s", { reason, person: isolate(flag.by) })}`;
}

// How a span differs from what the machine proposed, in words; "" where it does not.
export function difference(item, span, scheme) {
  if (kindOf(span) === "relation") return relationDifference(item, span, scheme);
  if (!span.machine || !span.machine.intervals.length) return isPlaced(span) && kindOf(span) === "span" ? t("placed by hand") : "";
  const words = [];
  if (span.machine.label !== span.label) {
    words.push(`${labelName(scheme, span.machine.label)} → ${labelName(scheme, span.label)}`);
  }
  if (isPlaced(span) && !sameIntervals(span.machine.intervals, span.intervals)) {
    const was = covered(item, span.machine.segment, span.machine.intervals);
    words.push(t("moved: was %(text)s", { text: isolate(was) }));
  }
  return words.join(", ");
}

function relationDifference(item, span, scheme) {
  const source = sourceOf(item, span);
  if (!source) return "";
  const words = source.label === span.label ? [] : [`${labelName(scheme, source.label)} → ${labelName(scheme, span.label)}`];
  if (span.head !== `s${source.head}` || span.tail !== `s${source.tail}`) words.push(t("other ends than in the source"));
  return words.join(", ");
}

// Why there is nothing to accept: no place, or for a relation an end that is gone.
export function whyNotFound(item, span) {
  if (kindOf(span) !== "relation") return t("not found: %(reason)s", { reason: whyUnprojected(span) });
  const ends = endsOf(item, span);
  const at = ends.findIndex((end) => !isJoinable(end));
  const name = isolate(ends[at] ? nameOf(item, ends[at]) : "?");
  const isRejected = ends[at]?.state === "rejected";
  if (at === 0) return isRejected ? t("its head %(name)s is rejected", { name }) : t("its head %(name)s is not found", { name });
  return isRejected ? t("its tail %(name)s is rejected", { name }) : t("its tail %(name)s is not found", { name });
}

export function sameIntervals(one, two) {
  return one.length === two.length && one.every(([a, b], index) => a === two[index][0] && b === two[index][1]);
}

// A person added it, without a source or a proposal.
function isAdded(span) {
  return span.source_span === null && !span.is_proposed;
}

// "no source" of a tag that a machine proposes though no tag of the source belongs to its word.
export function sourceless(span) {
  return span.is_proposed ? t("no source") : "";
}

export function origin(span) {
  if (!span.machine) return isAdded(span) ? t("added by hand") : t("no proposal");
  if (span.machine.unprojected) return span.machine.engine;
  return `${span.machine.engine}, ${sureness(span.machine)}`;
}

// How sure the machine is: the calibrated probability, or the engine's own score where there is none.
export function sureness(machine) {
  return machine.probability === null
    ? t("score %(score)s", { score: machine.score.toFixed(2) })
    : t("%(percent)s %% sure", { percent: Math.round(100 * machine.probability) });
}

export function whyUnprojected(span) {
  return span.machine?.unprojected || t("no proposal");
}

export function actWords(before, after, item, scheme) {
  const name = isolate(nameOf(item, before ?? after.span));
  const label = labelName(scheme, after.span.label);
  switch (after.act.kind) {
    case "accept":
      return after.span.state === "rejected"
        ? t("%(name)s: rejected, %(reason)s", { name, reason: reasonText(scheme, after.span.reason) })
        : t("%(name)s: accepted %(label)s", { name, label });
    case "relabel":
      return `${name}: ${labelName(scheme, before.label)} → ${label}`;
    case "link":
      return "concept" in after.act
        ? t("%(name)s: linked to %(concept)s", { name, concept: after.span.concept?.code ?? t("no concept") })
        : t("%(name)s: linked %(label)s", { name: isolate(nameOf(item, after.span)), label });
    case "move":
      return isPlaced(before)
        ? `${isolate(surfaceOf(item, before))} → ${isolate(surfaceOf(item, after.span))}`
        : t("%(name)s: marked %(text)s", { name, text: isolate(surfaceOf(item, after.span)) });
    case "reject":
      return t("%(name)s: rejected, %(reason)s", { name, reason: reasonText(scheme, after.span.reason) });
    default:
      return t("%(name)s: added %(label)s", { name, label });
  }
}

export function doneWords({ type, words }) {
  if (!words) return type === "undo" ? t("Undone.") : t("Redone.");
  return type === "undo" ? t("Undone: %(words)s", { words }) : t("Redone: %(words)s", { words });
}

export function stepWords(words) {
  if (words.length <= 3) return words.join("; ");
  const first = words.slice(0, 2).join("; ");
  return n("%(first)s; and %(n)s more", "%(first)s; and %(n)s more", words.length - 2, { first });
}

export function spanWords(item, span, scheme) {
  const label = labelOf(scheme, span.label);
  const name = isolate(nameOf(item, span));
  const words = { name, label: label?.name ?? t("no label") };
  if (isFound(item, span)) return t("%(name)s, %(label)s", words);
  if (kindOf(span) === "relation") return `${t("%(name)s, %(label)s", words)}, ${whyNotFound(item, span)}`;
  return t("%(name)s, %(label)s, not found in the translation", words);
}

export function enterHint(item, span, scheme, { isItemDone }) {
  if (span && needsLabel(item, span)) return t("waits for its label; a label accepts it");
  if (span && span.state === "undecided") {
    return isFound(item, span)
      ? t("accepts %(text)s as %(label)s", { text: isolate(nameOf(item, span)), label: labelName(scheme, span.label) })
      : t("confirms that %(text)s is not in the translation", { text: isolate(nameOf(item, span)) });
  }
  if (item.source_spans.length === 0 && !item.is_nothing) {
    return item.spans.length ? t("says that nothing else is here") : t("says that nothing is here");
  }
  return isItemDone ? t("goes to the next item") : t("goes to the next undecided span");
}

// Which span Enter puts at a marked place: the one that had none, or else the current one. "" for none.
export function placedName(item, span, mark, scheme) {
  const placed = mark?.span ? findSpan(item, mark.span) : span;
  if (!placed || kindOf(placed) !== "span") return "";
  const name = sourceOf(item, placed)?.surface ?? nameOf(item, placed);
  return `${isolate(name)} ${labelName(scheme, placed.label)}`;
}

// The same as the hint, short enough for the button.
export function buttonWords(item, span, { isItemDone, mode, mark, preview }) {
  if (mode === "mark") return mark.phase === "start" ? t("Starts here") : t("Ends here");
  if (mode === "pick") return mark.span || (span && kindOf(span) === "span") ? t("Put here") : t("Back");
  if (preview) return t("Accept instead");
  if (span?.state === "undecided") return isFound(item, span) ? t("Accept") : t("Not there");
  if (item.source_spans.length === 0 && !item.is_nothing) return item.spans.length ? t("Nothing else") : t("Nothing here");
  return isItemDone ? t("Next item") : t("Next");
}

// "Mira is reviewing this item until 14:05.", by the reader's own clock; "" where nobody else holds it.
export function heldWords({ claim }, userId) {
  const until = claim ? new Date(claim.until) : null;
  if (!claim || claim.user === userId || until <= new Date()) return "";
  const time = until.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
  return t("%(person)s is reviewing this item until %(time)s.", { person: isolate(claim.name), time });
}

export function minutesLeft(milliseconds) {
  const minutes = Math.round(milliseconds / 60000);
  if (minutes < 1) return t("under a minute left");
  return minutes < 90 ? t("%(n)s min left", { n: minutes }) : t("%(n)s h left", { n: Math.round(minutes / 60) });
}
