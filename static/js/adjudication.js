// Keys of the adjudication page: one key takes a side. Everything works with mouse and Tab alone, too.

const root = document.querySelector("[data-adjudication]");
const units = [...root.querySelectorAll("[data-unit]")];
const form = root.querySelector("#settle");
let at = Math.max(0, units.findIndex((unit) => !chosenOf(unit)));

function chosenOf(unit) {
  return unit.querySelector("input[type=radio]:checked");
}

function say(text) {
  root.querySelector("[data-live]").textContent = text;
}

function go(to, { isQuiet = false } = {}) {
  if (!units.length) return;
  at = Math.min(Math.max(to, 0), units.length - 1);
  for (const [n, unit] of units.entries()) unit.classList.toggle("is-current", n === at);
  if (isQuiet) return;
  units[at].focus({ preventScroll: true });
  units[at].scrollIntoView({ block: "nearest" });
}

function take(unit, key) {
  const side = unit.querySelector(`input[type=radio][value="${key}"]:not(:disabled)`);
  if (!side) return false;
  side.checked = true;
  say(side.closest("label").textContent.replace(/\s+/g, " ").trim());
  return true;
}

function takeHere(key) {
  if (!take(units[at], key)) return;
  const next = units.findIndex((unit) => !chosenOf(unit));
  if (next >= 0) go(next);
  else root.querySelector("[data-settle]").focus();
}

function takeAll(key) {
  for (const unit of units) take(unit, key);
  const next = units.findIndex((unit) => !chosenOf(unit));
  if (next >= 0) go(next);
  else root.querySelector("[data-settle]").focus();
}

function why(name) {
  const details = units[at].querySelector("details");
  details.open = true;
  const field = details.querySelector(`input[name^="${name}-"]`);
  if (name === "gap") field.checked = !field.checked;
  else field.focus();
}

function onCode(event) {
  const digit = /^(?:Digit|Numpad)([1-9])$/.exec(event.code)?.[1];
  if (digit || event.code === "KeyM") {
    const key = digit ?? "M";
    return () => (event.shiftKey ? takeAll(key) : takeHere(key));
  }
  if (event.shiftKey) return null;
  return {
    ArrowDown: () => go(at + 1),
    ArrowUp: () => go(at - 1),
    Enter: () => form.requestSubmit(root.querySelector("[data-settle]")),
    NumpadEnter: () => form.requestSubmit(root.querySelector("[data-settle]")),
    KeyE: () => form.requestSubmit(root.querySelector("[data-edit]")),
    KeyG: () => why("gap"),
    KeyR: () => why("reason"),
    PageDown: () => root.querySelector("[data-next]")?.click(),
  }[event.code];
}

document.addEventListener("keydown", (event) => {
  if (event.isComposing || event.altKey) return;
  const isTyping = event.target.matches("input:not([type=radio], [type=checkbox]), textarea, select");
  if ((event.ctrlKey || event.metaKey) && event.code === "KeyZ" && !event.shiftKey && !isTyping) {
    event.preventDefault();
    root.querySelector("[data-undo]").requestSubmit();
    return;
  }
  if (event.ctrlKey || event.metaKey) return;
  if (isTyping) {
    if (event.code === "Escape") go(at);
    return;
  }
  // Links, other buttons and folded parts keep their own Enter.
  const isOwn = event.target.closest("a, button:not([data-settle]), summary");
  const act = onCode(event);
  if (!act || (isOwn && /Enter$/.test(event.code))) return;
  event.preventDefault();
  act();
});

root.addEventListener("click", (event) => {
  const button = event.target.closest("[data-take-all]");
  if (button) takeAll(button.dataset.takeAll);
});
root.addEventListener("focusin", (event) => {
  const unit = event.target.closest("[data-unit]");
  if (unit && units[at] !== unit) go(units.indexOf(unit), { isQuiet: true });
});

go(at);
