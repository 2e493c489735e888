// What opens on demand. Its commands are known at once; its file comes in the first idle moment after the page stands, or
// with the first use. files.js says where each file is, so that everything here can be served in one piece.

import { t } from "../i18n.js";
import { run } from "./dispatch.js";
import { command, feature } from "./registry.js";

const IDLE_MS = 2000;

let files = {};
const loaded = new Map();
const loading = new Map();

// `given` is {name: () => import("./name.js")}.
export function useFiles(given) {
  files = given;
}

function load(name) {
  if (!loading.has(name)) {
    const coming = files[name]()
      .then((file) => loaded.set(name, file))
      .finally(() => loading.delete(name));
    loading.set(name, coming);
  }
  return loading.get(name);
}

// Everything that is not here yet, so that no key depends on a connection later on.
function loadAll() {
  const missing = Object.keys(files).filter((name) => !loaded.has(name));
  return Promise.all(missing.map((name) => load(name).catch(() => null)));
}

// In idle time; what a cut connection left out comes when it is back.
export function loadWhenIdle(root) {
  const idle = window.requestIdleCallback ?? ((task) => setTimeout(task, 200));
  const begin = async () => {
    performance.mark("review-idle");
    await loadAll();
    root.dataset.files = loaded.size === Object.keys(files).length ? "all" : "some";
  };
  idle(begin, { timeout: IDLE_MS });
  window.addEventListener("online", begin);
}

// Runs what a file exports; where it has to come first, the command runs anew, since the screen may have changed.
function from(name, act) {
  return (app, given) => {
    const file = loaded.get(name);
    if (file) return file[act](app, given);
    return load(name).then(
      () => run(app, given),
      () => app.say(t("This cannot be opened without a connection.")),
    );
  };
}

// Files that follow the screen: from their first use, or at once where a person's settings want them.
const FOLLOWING = {
  spantable: ({ values }) => values.shows_table,
  codepoints: ({ values }) => values.shows_marks,
};

feature({
  updated(app) {
    for (const [name, isWanted] of Object.entries(FOLLOWING)) {
      const file = loaded.get(name);
      if (file) file.updated(app);
      else if (isWanted(app.settings) && !app.outbox.isOffline) load(name).then(() => app.update(), () => null);
    }
  },
});

command({
  name: "matrix",
  group: "look",
  needs: "item",
  keys: ["Shift+KeyL"],
  help: () => t("All links of the sentence as a table"),
  run: from("matrix", "openMatrix"),
});
command({
  name: "table",
  group: "look",
  needs: "item",
  keys: ["KeyG"],
  help: () => t("The item as a table, with buttons for everything"),
  run: from("spantable", "toggleTable"),
});
command({
  name: "codePoints",
  group: "look",
  needs: "item",
  keys: ["KeyU"],
  keepsMode: true,
  help: () => t("Code points of the span or word"),
  run: from("codepoints", "openCodePoints"),
});
command({
  name: "translation",
  group: "look",
  needs: "item",
  keys: ["KeyT"],
  help: () => t("Mark or correct the translation"),
  run: from("translation", "openTranslation"),
});
command({
  name: "keys",
  group: "look",
  needs: "page",
  keys: ["?", "Shift+Slash"],
  keepsMode: true,
  help: () => t("These keys, and changing them"),
  run: from("keylist", "openKeys"),
});
