// Which command a key means. Letters are read by their place on the keyboard, so every layout works.

import { digitOf } from "./keymap.js";
import { modeNamed } from "./registry.js";

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

// With Ctrl a Latin letter counts as typed, since browsers do the same with theirs; others by their place.
function codeOf(event, hasControl, dir) {
  // In text that runs from right to left, the left arrow goes forward.
  if (event.code === "ArrowLeft" || event.code === "ArrowRight") {
    return (event.code === "ArrowRight") === (dir === "rtl") ? "Back" : "Forward";
  }
  const letter = event.key.toLowerCase();
  return hasControl && /^[a-z]$/.test(letter) ? `Key${letter.toUpperCase()}` : event.code;
}

// The names under which the registry may know a key, the sign that it types first.
export function namesOf(event, dir) {
  const hasControl = event.ctrlKey || event.metaKey;
  const place = `${hasControl ? "Ctrl+" : ""}${event.shiftKey ? "Shift+" : ""}${codeOf(event, hasControl, dir)}`;
  const isSign = !hasControl && event.key.length === 1 && /[^\p{L}\p{N}\s]/u.test(event.key);
  return isSign ? [event.key, place] : [place];
}

// {name, ...} of the command, or null when the key is the browser's.
export function commandOf(event, app) {
  if (isTyping(event) || event.altKey || event.defaultPrevented || isForControl(event)) return null;
  const names = namesOf(event, app.dir);
  const mode = modeNamed(app.mode);
  return inMode(names, mode) ?? letterFor(event, mode) ?? inPage(names, app, mode);
}

function letterFor(event, mode) {
  const isLetter = !event.ctrlKey && !event.metaKey && /^[\p{L}\p{M}]+$/u.test(event.key) && [...event.key].length === 1;
  return mode?.letters && isLetter ? { name: mode.letters, letter: event.key } : null;
}

function inMode(names, mode) {
  const found = mode?.keys.find(([key]) => names.includes(key));
  return found ? { name: found[1], ...found[2] } : null;
}

function inPage(names, app, mode) {
  const { keymap } = app;
  const digit = digitOf(names.at(-1));
  if (mode?.digits && ["Digit0", "Numpad0"].includes(names.at(-1))) return null;
  if (digit && mode?.digits) return keymap.hasDigits ? { name: mode.digits, key: digit } : null;
  for (const name of names) {
    const found = keymap.find(name, app);
    if (found) return found;
  }
  // Where digits are typed with Shift, the key without it counts too.
  return digit ? keymap.find(`Digit${digit}`, app) : null;
}
