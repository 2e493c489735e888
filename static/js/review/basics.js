// The commands for spans and items: their names, keys and what each does, in one line. Others register in files of
// their own.

import { t } from "../i18n.js";
import { acceptAll, acceptOne, alternative, openReject, rejectFor, setLabel } from "./deciding.js";
import { leave } from "./dispatch.js";
import { findLabel, goTo, goToWord, guideline, pinLinks, shiftItem } from "./going.js";
import { markToEdge, markToLetter, moveMark } from "./marking.js";
import { nudgeEdge, placeMark, setEnd, showMark, startMark, swapEdge, unitOf } from "./placing.js";
import { command, mode } from "./registry.js";
import { redo, undo } from "./reversal.js";
import { markLayer, undecided } from "./state.js";

const DIGITS = ["1", "2", "3", "4", "5", "6", "7", "8", "9"];
const FORWARD = { isForward: true };
const BACK = { isForward: false };
const STEPS = { token: "", grapheme: "Ctrl+" };

// Both arrows, with Shift where `shift` says so, by word and (with Ctrl) by character.
function arrows(shift, ...more) {
  return Object.entries(STEPS).flatMap(([unit, control]) => [
    [`${control}${shift}Forward`, ...more, { ...FORWARD, unit }],
    [`${control}${shift}Back`, ...more, { ...BACK, unit }],
  ]);
}

// --------------------------------------------------------------------------------------------------------- deciding

command({
  name: "accept",
  group: "decide",
  isOnce: true,
  keys: ["Enter", "NumpadEnter"],
  isFixed: true,
  help: () => t("Accept the current span and go on"),
  run: (app) => (app.mode === "pick" ? placeMark(app) : app.mode === "mark" ? setEnd(app) : acceptOne(app)),
});
command({
  name: "acceptAll",
  group: "decide",
  isOnce: true,
  keys: ["Shift+Enter", "Shift+NumpadEnter"],
  isFixed: true,
  help: () => t("Accept all that were found here"),
  run: acceptAll,
});
command({
  name: "label",
  group: "decide",
  keys: ["Digit", "Numpad"].flatMap((row) => DIGITS.map((key) => [`${row}${key}`, { key }])),
  isFixed: "off",
  help: () => t("Set the label"),
  run: setLabel,
});
command({
  name: "findLabel",
  group: "decide",
  keys: ["Digit0", "Numpad0", "/", "Slash"],
  help: () => t("Find a label by name"),
  run: findLabel,
});
command({
  name: "reject",
  group: "decide",
  keys: ["KeyX"],
  help: () => t("Reject; then the digit of the reason, or Enter for the last one"),
  run: openReject,
});
command({ name: "rejectFor", group: "decide", run: (app, { key, code }) => rejectFor(app, code ?? app.scheme.reasons.find((reason) => reason.key === key)?.code) });
command({ name: "rejectAgain", group: "decide", isOnce: true, run: (app) => rejectFor(app, app.lastReason) });
command({
  name: "alternative",
  group: "decide",
  keys: ["KeyV"],
  help: () => t("Show what else the machines proposed; Enter accepts it"),
  run: alternative,
});
command({
  name: "undo",
  group: "decide",
  needs: "page",
  keys: ["Ctrl+KeyZ"],
  isFixed: true,
  isShown: (app) => app.canReview,
  help: () => t("Undo"),
  run: undo,
});
command({
  name: "redo",
  group: "decide",
  needs: "page",
  keys: ["Ctrl+Shift+KeyZ", "Ctrl+KeyY"],
  isFixed: true,
  isShown: (app) => app.canReview,
  help: () => t("Redo"),
  run: redo,
});

// ------------------------------------------------------------------------------------------------------- the places

command({
  name: "mark",
  group: "place",
  keys: ["KeyA"],
  help: () => t("Mark words: arrows, Home, End or first letters of words, Space at both ends, or drag. Enter puts the current span there, a digit adds one"),
  run: startMark,
});
command({ name: "setEnd", group: "place", run: setEnd });
command({
  name: "moveMark",
  group: "place",
  run: (app, { isForward, unit }) => showMark(app, moveMark(app.item, app.mark, isForward, unitOf(markLayer(app.scheme, app.span), unit))),
});
command({ name: "markToEdge", group: "place", run: (app, { isForward }) => showMark(app, markToEdge(app.item, app.mark, isForward)) });
command({ name: "markToLetter", group: "place", run: (app, { letter }) => showMark(app, markToLetter(app.item, app.mark, letter)) });
command({
  name: "nudge",
  group: "place",
  keys: arrows("Shift+"),
  isFixed: true,
  help: () => t("Move the edge by a word, in reading direction; with Ctrl by a character"),
  run: nudgeEdge,
});
command({ name: "swapEdge", group: "place", keys: ["KeyE"], help: () => t("Change to the other edge"), run: swapEdge });

// ------------------------------------------------------------------------------------------------------ going about

command({
  name: "previousUndecided",
  group: "go",
  needs: "item",
  keys: ["ArrowUp"],
  isFixed: true,
  help: () => t("Undecided span before"),
  run: (app) => goTo(app, undecided(app.item), -1),
});
command({
  name: "nextUndecided",
  group: "go",
  needs: "item",
  keys: ["ArrowDown"],
  isFixed: true,
  help: () => t("Undecided span after"),
  run: (app) => goTo(app, undecided(app.item), 1),
});
command({
  name: "previousSpan",
  group: "go",
  needs: "item",
  keys: ["Back"],
  isFixed: true,
  help: () => t("Span before, in the text"),
  run: (app) => goTo(app, app.item.spans, -1),
});
command({
  name: "nextSpan",
  group: "go",
  needs: "item",
  keys: ["Forward"],
  isFixed: true,
  help: () => t("Span after, in the text"),
  run: (app) => goTo(app, app.item.spans, 1),
});
command({
  name: "previousItem",
  group: "go",
  needs: "page",
  keys: ["PageUp"],
  help: () => t("Item before"),
  run: (app) => (app.isAtEnd && app.queue.current ? app.show(app.queue.current) : shiftItem(app, -1)),
});
command({
  name: "nextItem",
  group: "go",
  needs: "page",
  keys: ["PageDown"],
  help: () => t("Item after"),
  run: (app) => shiftItem(app, 1),
});
command({ name: "leave", group: "go", needs: "item", keys: ["Escape"], isFixed: true, help: () => t("Back to the span"), run: leave });

// ---------------------------------------------------------------------------------------------------------- looking

command({
  name: "pinLinks",
  group: "look",
  needs: "item",
  keys: ["KeyL"],
  help: () => t("Keep the links of the current span visible"),
  run: pinLinks,
});
command({ name: "previousWord", group: "look", needs: "item", keys: ["Comma"], help: () => t("Word before, with its links"), run: (app) => goToWord(app, -1) });
command({ name: "nextWord", group: "look", needs: "item", keys: ["Period"], help: () => t("Word after, with its links"), run: (app) => goToWord(app, 1) });
command({ name: "guideline", group: "look", needs: "item", keys: ["KeyH"], help: () => t("Guideline of the label"), run: guideline });

// ------------------------------------------------------------------------------------------------------------ modes

mode({
  name: "reject",
  keys: ["Enter", "NumpadEnter", "Shift+Enter", "Shift+NumpadEnter"].map((key) => [key, "rejectAgain"]),
  digits: "rejectFor",
  commands: ["rejectFor", "rejectAgain", "reject", "leave"],
});
mode({
  name: "mark",
  keys: [
    ...["Space", "Enter", "NumpadEnter", "Shift+Enter", "Shift+NumpadEnter"].map((key) => [key, "setEnd"]),
    ...["", "Shift+"].flatMap((shift) => arrows(shift, "moveMark")),
    ["Home", "markToEdge", BACK],
    ["End", "markToEdge", FORWARD],
  ],
  letters: "markToLetter",
  commands: ["moveMark", "markToEdge", "markToLetter", "setEnd", "accept", "leave"],
});
mode({
  name: "pick",
  keys: ["", "Shift+"].flatMap((shift) => arrows(shift, "moveMark")),
  commands: ["label", "findLabel", "accept", "leave", "moveMark"],
});
mode({ name: "find", commands: ["label", "leave"] });
