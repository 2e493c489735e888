// A Latin reading under texts in other scripts, word by word: the n-th reading belongs to the n-th word, and lights up with it.

import { t } from "../i18n.js";
import { make } from "./elements.js";
import { command, feature } from "./registry.js";

function draw(app, entry) {
  for (const line of entry.element.querySelectorAll(".roman")) line.remove();
  if (!app.settings.values.shows_roman) return;
  for (const segment of entry.item.segments) {
    if (!segment.roman?.some(Boolean)) continue;
    const cell = entry.element.querySelector(`[data-segment="${segment.id}"]`);
    const line = make("p", "roman");
    line.lang = `${segment.lang}-Latn`;
    line.dir = "ltr";
    line.append(...segment.roman.flatMap((reading, index) => [word(segment, reading, index), " "]));
    cell.append(line);
  }
}

function word(segment, reading, index) {
  const element = make("span", "roman-word", reading);
  Object.assign(element.dataset, { wordSegment: segment.id, wordToken: index });
  return element;
}

// The reading of the word under the pointer or the word cursor.
function light(app) {
  const at = app.hovered ?? app.word;
  for (const element of app.stage.querySelectorAll(".roman-word")) {
    const { wordSegment, wordToken } = element.dataset;
    element.classList.toggle("current", at?.segment === Number(wordSegment) && at?.token === Number(wordToken));
  }
}

feature({ shown: draw, updated: light });

command({
  name: "roman",
  group: "look",
  needs: "item",
  keys: ["KeyO"],
  help: () => t("Show or hide the Latin reading of other scripts"),
  run(app) {
    app.settings.set("shows_roman", !app.settings.values.shows_roman);
    draw(app, app.queue.current);
    app.say(app.settings.values.shows_roman ? t("Latin reading shown") : t("Latin reading hidden"));
  },
});
