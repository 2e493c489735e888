// Two people decided on the same span: mine, theirs and the machine's side by side, told in words; 1, 2 or 3 chooses.
// Whatever is chosen, what the other has decided stays in the history: a choice is one more decision.

import { t } from "../i18n.js";
import { make } from "./elements.js";
import { openDialog } from "./panel.js";
import { accept, findSpan, isPlaced, move, reject, relabel, surfaceOf } from "./state.js";
import { isolate, labelName, reasonText, sameIntervals } from "./words.js";

const CODES = ["changed-elsewhere", "changed-since", "span-differs"];

export function isConflict(op, problem) {
  return CODES.includes(problem.code) && Boolean(op.item) && op.type !== "redo";
}

// Shows the choice for the span of a refused step; false where there is nothing to choose. What else waits on the item is
// refused like this step: it belongs to mine, and the choice comes after it.
export function showConflict(app, op, problem) {
  const kept = app.conflict?.op.item === op.item ? app.conflict : { op, problem, patches: [] };
  kept.patches.push(...(op.patch?.spans ?? []));
  app.conflict = kept;
  return isWaiting(app, op) || settleConflict(app);
}

// Shows a choice that was put off, once nothing waits on its item.
export function settleConflict(app) {
  const kept = app.conflict;
  if (!kept || isWaiting(app, kept.op)) return false;
  app.conflict = null;
  return openConflict(app, kept);
}

function isWaiting(app, op) {
  return app.outbox.waiting.some((each) => each.item === op.item);
}

function openConflict(app, { op, problem, patches }) {
  const entry = app.queue.current;
  if (app.isAtEnd || entry?.id !== op.item) return false;
  const ref = patches.map((each) => each.ref).find((each) => findSpan(entry.base, each)) ?? null;
  const theirs = ref ? findSpan(entry.base, ref) : null;
  if (!theirs) return false;
  const mine = patches.filter((each) => each.ref === ref).at(-1).span;
  const sides = listSides(app, { mine, theirs });
  if (sides.length < 2) return false;
  app.setCursor(ref);
  const dialog = openDialog(app, {
    name: "conflict",
    title: t("Two decisions on one span"),
    content: [make("p", "", problem.message), list(app, sides, theirs, (side) => choose(app, dialog, ref, side))],
  });
  dialog?.element.addEventListener("keydown", (event) => {
    const side = sides[Number(/^(?:Digit|Numpad)([1-3])$/.exec(event.code)?.[1] ?? 0) - 1];
    if (!side) return;
    event.preventDefault();
    choose(app, dialog, ref, side);
  });
  return Boolean(dialog);
}

function listSides(app, { mine, theirs }) {
  const { machine } = theirs;
  const proposed = machine?.intervals.length
    ? { ...theirs, state: "accepted", label: machine.label, segment: machine.segment, intervals: machine.intervals, reason: "" }
    : null;
  return [
    mine ? { name: t("Mine"), span: mine } : null,
    { name: t("Theirs"), span: theirs, isKept: true },
    proposed ? { name: t("The machine's"), span: proposed } : null,
  ].filter(Boolean);
}

function list(app, sides, theirs, onChoose) {
  const choices = make("ol", "conflict-sides");
  choices.append(
    ...sides.map((side, index) => {
      const row = make("li", "");
      const button = make("button", "conflict-side");
      button.type = "button";
      if (index === 0) button.dataset.first = "";
      const words = sayDifference(app, side.span, theirs);
      button.append(make("kbd", "", String(index + 1)), make("b", "", side.name), make("span", "", describe(app, side.span)));
      if (!side.isKept) button.append(make("small", "", words));
      button.addEventListener("click", () => onChoose(side));
      row.append(button);
      return row;
    }),
  );
  return choices;
}

function describe(app, span) {
  if (span.state === "rejected") return t("rejected, %(reason)s", { reason: reasonText(app.scheme, span.reason) });
  const label = span.label === null ? t("no label") : labelName(app.scheme, span.label);
  const text = isPlaced(span) ? isolate(surfaceOf(app.item, span)) : t("not found in the translation");
  return `${text}, ${label}`;
}

// In words, not by colour: what a side has otherwise than theirs.
function sayDifference(app, span, theirs) {
  const words = [];
  if ((span.state === "rejected") !== (theirs.state === "rejected")) {
    words.push(span.state === "rejected" ? t("rejected instead of kept") : t("kept instead of rejected"));
  }
  if (span.label !== theirs.label) {
    words.push(`${labelName(app.scheme, theirs.label)} → ${labelName(app.scheme, span.label)}`);
  }
  if (!sameIntervals(span.intervals, theirs.intervals)) {
    words.push(`${isolate(surfaceOf(app.item, theirs))} → ${isolate(surfaceOf(app.item, span))}`);
  }
  return words.join("; ") || t("the same label and place");
}

function choose(app, dialog, ref, side) {
  dialog.close();
  app.status.dismiss();
  if (side.isKept) {
    app.say(t("Theirs stays."));
    return;
  }
  const changes = stepsTo(app.item, findSpan(app.item, ref), side.span);
  if (changes.length) app.decide(changes);
  app.setCursor(ref);
  app.say(t("%(side)s is taken.", { side: side.name }));
}

// The acts that make a span what a side has.
function stepsTo(item, span, wanted) {
  if (wanted.state === "rejected") return [reject(item, span, wanted.reason)];
  const changes = [];
  let now = span;
  const take = (change) => {
    changes.push(change);
    now = change.span;
  };
  if (wanted.label !== null && wanted.label !== now.label) take(relabel(item, now, wanted.label));
  if (isPlaced(wanted) && !sameIntervals(wanted.intervals, now.intervals)) take(move(item, now, wanted.segment, wanted.intervals));
  if (wanted.state === "accepted" && isPlaced(now)) take(accept(item, now));
  return changes;
}
