// What is printed on keys, as the lists and buttons show it.

import { t } from "../i18n.js";
import { make } from "./elements.js";

export const SIGNS = {
  Comma: ",",
  Period: ".",
  Slash: "/",
  Semicolon: ";",
  Quote: "'",
  BracketLeft: "[",
  BracketRight: "]",
  Backslash: "\\",
  Minus: "-",
  Equal: "=",
  Backquote: "`",
};
const NAMES = { Escape: "Esc", PageUp: "Page ↑", PageDown: "Page ↓", ArrowUp: "↑", ArrowDown: "↓", Back: "←", Forward: "→" };

// Keys that belong together are shown as one.
const SHOWN = {
  label: [["1", "…", "9"]],
  nudge: [["Shift", "←", "→"]],
  findLabel: [["0"], ["/"]],
  keys: [["?"]],
};

// Letters as the keyboard at hand prints them, where the browser tells.
let printed = null;

export async function readLayout() {
  printed = (await navigator.keyboard?.getLayoutMap?.().catch(() => null)) ?? null;
}

// Whether some letter stands elsewhere than on a US keyboard.
export function differsFromUsual() {
  return [...(printed ?? [])].some(([code]) => /^Key/.test(code) && capOf(code) !== code.slice(3));
}

// What is printed on the keys: ["Shift", "L"].
export function keyCaps(key) {
  if (key.length === 1) return [key];
  const parts = key.split("+");
  const code = parts.pop();
  return [...parts, capOf(code)];
}

function capOf(code) {
  const known = printed?.get(code);
  // Keyboards of other scripts print the Latin letter too.
  if (known && /^Key/.test(code) && /^[a-z]$/i.test(known)) return known.toUpperCase();
  if (known && (code in SIGNS || code === "IntlBackslash")) return known;
  return SIGNS[code] ?? NAMES[code] ?? code.replace(/^(?:Key|Digit|Numpad(?=\d))/, "").replace(/^NumpadEnter$/, "Enter");
}

// Names of the keys of a command, each in a kbd.
export function keyElements(app, known) {
  const own = app.keymap.keysOf(known);
  const isUsual = own === known.keys;
  const usual = isUsual ? SHOWN[known.name] : null;
  const all = usual ?? own.filter(([key]) => !key.includes("Numpad")).map(([key]) => keyCaps(key));
  return all.flatMap((caps, index) => [
    ...(index ? [t("or"), " "] : []),
    ...caps.flatMap((cap) => [cap === "…" ? cap : make("kbd", "", cap), " "]),
  ]);
}
