// Giving commands other keys, or none (WCAG 2.1.4): inside the dialog of keys.

import { t } from "../i18n.js";
import { keyCaps, keyElements } from "./keycaps.js";
import { isOwnKey } from "./keymap.js";
import { namesOf } from "./keys.js";
import { make } from "./elements.js";
import { listCommands } from "./registry.js";

export function editKeys(app, dialog) {
  const editor = new KeyEditor(app);
  dialog.setContent(editor.element);
  editor.element.querySelector("button").focus();
}

class KeyEditor {
  constructor(app) {
    this.app = app;
    this.asking = null;
    this.element = make("div", "key-editor");
    this.line = make("p", "key-editor-line");
    this.line.setAttribute("role", "status");
    this.body = make("tbody", "");
    const table = make("table", "table table-stack");
    table.append(this.body);
    const foot = make("div", "dialog-foot");
    foot.append(this.button(t("Usual keys"), "reset"), this.button(t("Switch all off"), "off"));
    const note = t("Enter, Esc, the arrows and keys with Ctrl stay. What is switched off is still in the list of keys, as a button.");
    this.element.append(make("p", "muted", note), this.line, table, foot);
    this.element.addEventListener("click", (event) => this.click(event.target.closest("button[data-do]")));
    this.element.addEventListener("keydown", (event) => this.press(event));
    this.draw();
  }

  get changeable() {
    return listCommands().filter((each) => each.help && each.keys.length && each.isFixed !== true && each.isShown(this.app));
  }

  button(words, name, command = null) {
    const button = make("button", "", words);
    button.type = "button";
    Object.assign(button.dataset, { do: name, ...(command ? { of: command.name } : {}) });
    if (command) button.setAttribute("aria-label", `${words}: ${command.help()}`);
    return button;
  }

  draw() {
    const { of, do: did } = document.activeElement?.dataset ?? {};
    this.body.replaceChildren(...this.changeable.map((command) => this.row(command)));
    const again = [...this.body.querySelectorAll("button")].filter((button) => button.dataset.of === of);
    (again.find((button) => button.dataset.do === did) ?? again[0])?.focus();
  }

  row(command) {
    const { keymap } = this.app;
    const row = make("tr", "");
    const name = Object.assign(make("th", "", command.help()), { scope: "row" });
    const keys = make("td", "");
    if (this.asking === command.name) keys.append(make("b", "", t("Press a key …")));
    else if (keymap.isOff(command)) keys.append(make("span", "muted", t("off")));
    else keys.append(...keyElements(this.app, command));
    const acts = make("td", "key-acts");
    if (command.isFixed !== "off") acts.append(this.button(t("Change"), "change", command), " ");
    acts.append(keymap.isOff(command) ? this.button(t("Switch on"), "usual", command) : this.button(t("Switch off"), "none", command));
    row.append(name, keys, acts);
    return row;
  }

  click(button) {
    if (!button) return;
    const { do: act, of: name } = button.dataset;
    this.asking = null;
    this.line.textContent = "";
    if (act === "change") {
      this.asking = name;
      this.line.textContent = t("Press the new key. Esc leaves it as it was.");
      this.draw();
    } else if (act === "reset") this.save({});
    else if (act === "off") this.save(Object.fromEntries(this.changeable.map((command) => [command.name, ""])));
    else if (act === "none") this.save({ ...this.app.keymap.changes, [name]: "" });
    else this.restore(name);
  }

  // Back to the usual key, unless another command has it by now.
  restore(name) {
    const command = this.changeable.find((each) => each.name === name);
    if (this.refusesTaken(command, command.keys.map(([key]) => key))) return;
    this.save(without(this.app.keymap.changes, name));
  }

  press(event) {
    if (!this.asking || event.isComposing) return;
    if (["Shift", "Control", "Alt", "Meta", "AltGraph", "CapsLock"].includes(event.key)) return;
    event.preventDefault();
    event.stopPropagation();
    const command = this.changeable.find((each) => each.name === this.asking);
    const names = namesOf(event, "ltr");
    if (["Escape", "Tab"].includes(event.key)) this.leave("");
    else if (/(?:Digit|Numpad)\d$/.test(names.at(-1))) this.line.textContent = t("Digits are for labels. Press another key.");
    else if (event.altKey || !isOwnKey(names.at(-1))) this.line.textContent = t("That key has a use already. Press another key.");
    else if (!this.refusesTaken(command, names)) this.take(command, names);
  }

  take(command, names) {
    const { changes } = this.app.keymap;
    const isUsual = command.keys.some(([key]) => names.includes(key));
    const words = { key: keyCaps(names.at(-1)).join(" "), command: command.help() };
    this.leave(t("%(key)s: %(command)s", words));
    this.save(isUsual ? without(changes, command.name) : { ...changes, [command.name]: names.at(-1) });
  }

  refusesTaken(command, names) {
    const holder = this.app.keymap.holder(names, command.name);
    if (holder) this.line.textContent = t("That is the key of: %(command)s. Change that one first, or press another key.", { command: holder.help() });
    return Boolean(holder);
  }

  leave(words) {
    this.asking = null;
    this.line.textContent = words;
    this.draw();
  }

  save(changes) {
    this.app.keymap.change(changes);
    this.app.settings.set("keys", changes);
    this.draw();
  }
}

function without(changes, name) {
  const { [name]: _, ...rest } = changes;
  return rest;
}
