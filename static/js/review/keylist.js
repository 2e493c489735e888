// The list behind "?": every command that has a key, as the registry knows it, with a person's own keys. Each can be
// pressed as a button too, for those without a keyboard or with its single keys switched off.

import { t } from "../i18n.js";
import { run } from "./dispatch.js";
import { make } from "./elements.js";
import { keyElements } from "./keycaps.js";
import { editKeys } from "./keyeditor.js";
import { openDialog } from "./panel.js";
import { commandNamed, GROUPS, listCommands } from "./registry.js";

const TITLES = {
  decide: () => t("Deciding"),
  place: () => t("Places in the text"),
  go: () => t("Going about"),
  look: () => t("Looking"),
};

// What needs to know which key was pressed is no button.
const KEYS_ONLY = ["label", "nudge", "leave", "keys"];

function groupList(app, group) {
  const list = make("dl", "key-list");
  const known = listCommands().filter((each) => each.group === group && each.help && each.keys.length && each.isShown(app));
  for (const each of known) {
    const keys = make("dt", "");
    keys.append(...keyElements(app, each));
    list.append(keys, helpOf(app, each));
  }
  const box = make("section", "key-group");
  box.append(make("h3", "", TITLES[group]()), list);
  return box;
}

function helpOf(app, known) {
  const cell = make("dd", "");
  if (KEYS_ONLY.includes(known.name) || (known.needs === "decide" && !app.canReview)) {
    cell.textContent = known.help();
    return cell;
  }
  const button = make("button", "key-run", known.help());
  button.type = "button";
  button.dataset.runs = known.name;
  cell.append(button);
  return cell;
}

export function openKeys(app) {
  const columns = make("div", "key-columns");
  columns.append(...GROUPS.map((group) => groupList(app, group)).filter((box) => box.querySelector("dt")));
  const change = make("button", "", t("Change keys"));
  change.type = "button";
  const note = t("Letters count by their place on the keyboard. In right-to-left text the left arrow goes forward.");
  const foot = make("div", "dialog-foot");
  foot.append(make("p", "muted", note), change);
  const dialog = openDialog(app, { name: "keys", title: t("Keys"), content: [columns, foot], isWide: true });
  if (!dialog) return;
  change.addEventListener("click", () => editKeys(app, dialog));
  columns.addEventListener("click", (event) => {
    const name = event.target.closest("[data-runs]")?.dataset.runs;
    if (!name) return;
    dialog.close();
    run(app, { name, ...commandNamed(name).keys[0][1] });
  });
}
