// Which command a key means. Letters are read by their place on the keyboard, so every layout works.

const PLAIN = {
  Enter: "accept",
  NumpadEnter: "accept",
  ArrowUp: "previousUndecided",
  ArrowDown: "nextUndecided",
  KeyA: "mark",
  KeyX: "reject",
  KeyE: "swapEdge",
  KeyL: "pinLinks",
  KeyH: "guideline",
  KeyV: "alternative",
  Period: "nextWord",
  Comma: "previousWord",
  PageDown: "nextItem",
  PageUp: "previousItem",
  Escape: "leave",
};

const MARKING = {
  Space: "setEnd",
  Enter: "setEnd",
  NumpadEnter: "setEnd",
  Escape: "leave",
};

const INTERACTIVE = "a[href], button, summary, input, select, textarea, [contenteditable='true']";
const TEXT_FIELD = "input:not([type='checkbox'], [type='radio'], [type='range'], [type='button']), textarea, select, [contenteditable='true']";

export function isTyping(event) {
  const at = event.target instanceof Element ? event.target : null;
  return event.isComposing || event.keyCode === 229 || Boolean(at?.closest(TEXT_FIELD)) || at?.type === "range";
}

// Enter and Space belong to a focused button or link.
function isForControl(event) {
  const at = event.target instanceof Element ? event.target : null;
  return ["Enter", "NumpadEnter", "Space"].includes(event.code) && Boolean(at?.closest(INTERACTIVE));
}

function digitOf(event) {
  const found = /^(?:Digit|Numpad)([0-9])$/.exec(event.code);
  return found ? Number(found[1]) : null;
}

function isUndoLetter(event, letter) {
  const key = event.key.toLowerCase();
  return /^[a-z]$/.test(key) ? key === letter : event.code === `Key${letter.toUpperCase()}`;
}

function withControl(event) {
  if (isUndoLetter(event, "z")) return { name: event.shiftKey ? "redo" : "undo" };
  if (isUndoLetter(event, "y") && !event.shiftKey) return { name: "redo" };
  return null;
}

// In text that runs from right to left, the left arrow goes forward.
function arrow(event, dir) {
  if (event.code !== "ArrowLeft" && event.code !== "ArrowRight") return null;
  return (event.code === "ArrowRight") !== (dir === "rtl");
}

function arrowCommand(event, mode, isForward) {
  const hasControl = event.ctrlKey || event.metaKey;
  if (mode === "mark" || mode === "pick") {
    return { name: "moveMark", isForward, unit: hasControl ? "grapheme" : "token" };
  }
  if (event.shiftKey) return { name: "nudge", isForward, unit: hasControl ? "grapheme" : "token" };
  return hasControl ? null : { name: isForward ? "nextSpan" : "previousSpan" };
}

function digitCommand(mode, digit) {
  if (mode === "reject") return digit ? { name: "rejectFor", key: String(digit) } : null;
  return digit ? { name: "label", key: String(digit) } : { name: "findLabel" };
}

// {name, ...} of the command, or null when the key is the browser's.
export function commandOf(event, { mode, dir }) {
  if (isTyping(event) || event.altKey || event.defaultPrevented) return null;
  const isForward = arrow(event, dir);
  if (isForward !== null) return arrowCommand(event, mode, isForward);
  if (event.ctrlKey || event.metaKey) return withControl(event);
  if (event.key === "?") return { name: "keys" };
  if (event.key === "/") return { name: "findLabel" };
  if (isForControl(event)) return null;
  const digit = digitOf(event);
  if (digit !== null) return digitCommand(mode, digit);
  return letterCommand(event, mode);
}

function letterCommand(event, mode) {
  if (mode === "reject" && PLAIN[event.code] === "accept") return { name: "rejectAgain" };
  if (mode === "mark" && MARKING[event.code]) return { name: MARKING[event.code] };
  if (event.shiftKey) return PLAIN[event.code] === "accept" ? { name: "acceptAll" } : null;
  return PLAIN[event.code] ? { name: PLAIN[event.code] } : null;
}
