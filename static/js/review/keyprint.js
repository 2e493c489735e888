// Keys as they are printed on the buttons of the screen.

import { differsFromUsual, keyCaps, readLayout } from "./keycaps.js";
import { commandNamed, feature } from "./registry.js";

// The keys printed on buttons, where a person or their keyboard has others than usual.
function printKeys(app) {
  if (!app.keymap.isChanged && !differsFromUsual()) return;
  for (const cap of app.root.querySelectorAll("button[data-command] kbd")) {
    const { command: name } = cap.parentElement.dataset;
    const known = commandNamed(name);
    const isDigit = /^[1-9]$/.test(cap.textContent);
    if (isDigit) cap.hidden = !app.keymap.hasDigits;
    else if (known?.keys.length && known.isFixed !== true) {
      const [key] = app.keymap.keysOf(known)[0] ?? [null];
      cap.hidden = key === null;
      if (key !== null) cap.textContent = keyCaps(key).join(" ");
    }
  }
}

feature({
  start: (app) => readLayout().then(() => printKeys(app)),
  updated: printKeys,
});
