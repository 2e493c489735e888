// What the review screen can be told to do: one table of commands, from which keys, buttons, the list behind "?" and the
// dialog of changeable keys all read. A feature is a file that registers here and is listed in features.js:
//
//   command({
//     name: "flag",               // data-command of its buttons; kept with people's own keys, so it never changes
//     group: "decide",            // where the list of keys shows it: decide, place, go or look
//     keys: ["KeyF"],             // none for a command that has only buttons
//     title: () => t("…"),        // optional: words of its button, where the row under the texts offers it
//     help: () => t("…"),         // what it does, in one line
//     run(app, given) {},         // `given` is {name}, with the arguments of the key or data-key and data-id of the button
//     needs: "decide",            // "decide": an item, and a role that decides (taken when left out); "item": an item;
//                                 // "page": nothing
//     isShown: (app) => true,     // optional: false leaves its key to the browser and it out of the list
//     isFixed: true,              // optional: people cannot change its keys; "off": they can only switch them off
//     isOnce: true,               // optional: a key held down runs it once
//     keepsMode: true,            // optional: does not end marking, rejecting and the like
//   });
//
// A key is a place on the keyboard as KeyboardEvent.code names it ("KeyF", "Comma", "Enter"), after "Shift+", "Ctrl+" or
// "Ctrl+Shift+" where they belong to it; or one sign as it is typed ("/", "?"). "Forward" and "Back" are the arrows
// in reading direction. [key, {…}] gives the command arguments. Digits 1 to 9 are for labels and modes.
//
// A mode takes keys for something that was begun, such as choosing a reason; app.mode is its name, and Esc ends it:
//
//   mode({
//     name: "flag",
//     keys: [["Enter", "flagAgain"]],   // keys that mean another command here, as [key, name, {arguments}]
//     digits: "flagFor",                // optional: the command of 1 to 9, which gets {key: "3"}
//     letters: "jumpTo",                // optional: the command of typed letters, which gets {letter: "ß"}
//     commands: ["flag", "flagFor"],    // what runs without ending the mode; any other command ends it first
//     tray: (app, tray) => [nodes],     // optional: the row under the texts; tray.button(…) makes its buttons
//     trayKey: (app) => "",             // optional: the row is drawn anew when this string changes
//     hint: (app) => ["1 … 9", "…"],    // optional: the key that matters and what it does
//     enter: (app) => "…",              // optional: words of the Enter button
//     leave(app) {},                    // optional: clears what the mode kept
//   });
//
// What a feature does at certain moments; each is optional:
//
//   feature({ start(app) {}, shown(app, entry) {}, updated(app) {}, decided(app, op) {},
//             posted(app, op, answer) {}, confirmed(app, op, answer) {}, refused(app, op) {} });

const commands = new Map();
const modes = new Map();
const features = [];

export const GROUPS = ["decide", "place", "go", "look"];

export function command(given) {
  if (commands.has(given.name)) throw new Error(`two commands are called ${given.name}`);
  if (!GROUPS.includes(given.group)) throw new Error(`${given.name}: no group is called ${given.group}`);
  const keys = (given.keys ?? []).map((key) => (Array.isArray(key) ? key : [key, {}]));
  for (const [key] of keys) {
    const other = [...commands.values()].find((each) => each.keys.some(([taken]) => taken === key));
    if (other) throw new Error(`${key} is the key of ${other.name} and of ${given.name}`);
  }
  commands.set(given.name, { needs: "decide", isFixed: false, keepsMode: false, isShown: () => true, ...given, keys });
}

export function mode(given) {
  if (modes.has(given.name)) throw new Error(`two modes are called ${given.name}`);
  modes.set(given.name, { keys: [], digits: null, commands: [], ...given });
}

export function feature(given) {
  features.push(given);
}

export function commandNamed(name) {
  return commands.get(name) ?? null;
}

export function listCommands() {
  return [...commands.values()];
}

export function modeNamed(name) {
  return modes.get(name) ?? null;
}

// Calls one moment of every feature.
export function tell(moment, ...given) {
  for (const each of features) each[moment]?.(...given);
}
