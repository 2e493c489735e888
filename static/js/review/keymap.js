// Which key means which command: the keys of the registry, with a person's own changes on top.

import { SIGNS } from "./keycaps.js";
import { listCommands } from "./registry.js";

const DIGIT = /^(?:Shift\+)?(?:Digit|Numpad)([1-9])$/;
const OWN_KEY = /^(?:Shift\+)?(?:Key[A-Z]|F[1-9]|F1[0-2]|IntlBackslash|PageUp|PageDown)$/;

export class Keymap {
  // `changes` is {command: key}, "" for a key that is switched off.
  constructor(changes) {
    this.change(changes ?? {});
  }

  change(changes) {
    this.changes = changes;
    this.commands = new Map();
    // What a person chose wins over a key that a new command came with.
    const isChanged = (command) => command.name in changes;
    for (const command of [...listCommands()].sort((one, two) => isChanged(one) - isChanged(two))) {
      for (const [key, given] of this.keysOf(command)) this.commands.set(key, { command, given });
    }
  }

  // [key, arguments] of a command as they stand for this person.
  keysOf(command) {
    const changed = this.changes[command.name];
    if (changed === undefined || command.isFixed === true) return command.keys;
    if (changed === "") return [];
    return command.isFixed ? command.keys : [[changed, command.keys[0]?.[1] ?? {}]];
  }

  isOff(command) {
    return command.keys.length > 0 && this.keysOf(command).length === 0;
  }

  // {name, …arguments} of a key, or null when it means nothing.
  find(key, app) {
    const found = this.commands.get(key);
    return found && found.command.isShown(app) ? { name: found.command.name, ...found.given } : null;
  }

  get isChanged() {
    return Object.keys(this.changes).length > 0;
  }

  // Digits, whether of labels or of reasons, can be switched off as one.
  get hasDigits() {
    return this.changes.label !== "";
  }

  // The command that has one of these keys already, other than the one that wants it.
  holder(keys, wanting) {
    for (const key of keys) {
      const found = this.commands.get(key)?.command;
      if (found && found.name !== wanting) return found;
    }
    return null;
  }
}

// Whether a person may give this key to a command. Digits are for labels; Enter, Esc, Tab and the arrows stay.
export function isOwnKey(key) {
  return OWN_KEY.test(key) || Object.keys(SIGNS).includes(key.replace("Shift+", ""));
}

export function digitOf(key) {
  const found = DIGIT.exec(key);
  return found ? found[1] : null;
}
