// Concepts: the current span linked to an entry of the project's terminology (I).

import { t } from "../i18n.js";
import { make } from "./elements.js";
import { command, mode } from "./registry.js";
import { getText } from "./server.js";
import { isPlaced, layerOf, link, nameOf, refOf, sourceOf, surfaceOf } from "./state.js";
import { isolate } from "./words.js";

const WAIT_MS = 150;

// A field that asks the server, and the entries that it answers; arrows and Enter choose.
class ConceptSearch {
  constructor(app) {
    this.app = app;
    this.rows = [];
    this.at = 0;
    this.asked = 0;
    this.element = make("div", "find find-concept");
    this.field = Object.assign(make("input", "find-field"), { type: "text", autocomplete: "off", spellcheck: false });
    this.field.placeholder = t("Name or id");
    this.field.setAttribute("aria-label", t("Find a concept"));
    this.field.setAttribute("role", "combobox");
    this.field.setAttribute("aria-expanded", "true");
    this.field.setAttribute("aria-controls", "found-concepts");
    this.list = make("ul", "find-list");
    this.list.id = "found-concepts";
    this.list.setAttribute("role", "listbox");
    this.element.append(this.field, this.list);
    this.field.addEventListener("input", () => this.askSoon());
    this.field.addEventListener("keydown", (event) => this.press(event));
    this.list.addEventListener("pointerdown", (event) => {
      event.preventDefault();
      const row = event.target.closest("[data-at]");
      if (row) this.take(Number(row.dataset.at));
    });
    const { item, span } = app;
    // Terminologies have their names in the language of the source more often than in that of the translation.
    this.field.value = sourceOf(item, span)?.surface || surfaceOf(item, span);
    this.ask();
  }

  askSoon() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.ask(), WAIT_MS);
  }

  async ask() {
    const asked = ++this.asked;
    const query = new URLSearchParams({ q: this.field.value.trim() });
    try {
      const found = JSON.parse(await getText(`${this.app.config.urls.concepts}?${query}`));
      if (asked === this.asked) this.show(found.results);
    } catch (error) {
      if (!error.kind) throw error;
      if (asked === this.asked) this.list.replaceChildren(make("li", "muted", t("The search needs a connection.")));
    }
  }

  show(found) {
    this.rows = this.app.span?.concept ? [...found, null] : found;
    this.at = 0;
    this.draw();
    const count = found.length ? t("%(n)s found", { n: found.length }) : t("No concept is called that.");
    this.app.status.announce(count);
  }

  draw() {
    const rows = this.rows.map((concept, index) => {
      const row = make("li", "find-row");
      row.id = `found-concept-${index}`;
      row.dataset.at = index;
      row.setAttribute("role", "option");
      row.setAttribute("aria-selected", String(index === this.at));
      if (concept) row.append(make("bdi", "", concept.name), make("span", "muted", concept.code), make("bdi", "muted", concept.description ?? ""));
      else row.append(t("No concept"));
      return row;
    });
    this.list.replaceChildren(...(rows.length ? rows : [make("li", "muted", t("No concept is called that."))]));
    this.field.setAttribute("aria-activedescendant", rows[this.at]?.id ?? "");
  }

  press(event) {
    if (event.isComposing) return;
    const moves = { ArrowDown: 1, ArrowUp: -1 };
    if (moves[event.key]) {
      this.at = Math.max(0, Math.min(this.at + moves[event.key], this.rows.length - 1));
      this.draw();
    } else if (event.key === "Enter") this.take(this.at);
    else if (event.key === "Escape") this.app.tray.run({ name: "leave" });
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  take(at) {
    if (at in this.rows) setConcept(this.app, this.rows[at]);
  }
}

function setConcept(app, found) {
  const { item, span } = app;
  const concept = found && { id: found.id, code: found.code, name: found.name };
  app.mode = "normal";
  if ((concept?.id ?? null) === (span.concept?.id ?? null)) return app.say(t("It is linked to that already."));
  app.decide([link(item, span, { concept })]);
  app.update();
  const name = isolate(nameOf(app.item, app.span));
  const words = concept ? t("%(name)s: linked to %(concept)s", { name, concept: `${concept.name} (${concept.code})` }) : t("%(name)s: no concept", { name });
  return app.status.announce(words);
}

function open(app) {
  const { span } = app;
  if (!span || !layerOf(app.scheme, span).has_concepts) return app.say(t("Only spans of layers with concepts are linked to the terminology."));
  if (!isPlaced(span)) return app.say(t("It has no place yet. Press A to mark one."));
  app.mode = "concept";
  app.update();
  return app.tray.root.querySelector(".find-field")?.focus();
}

command({
  name: "concept",
  group: "decide",
  keys: ["KeyI"],
  title: () => t("Concept"),
  help: () => t("Link the span to a concept of the terminology"),
  run: open,
});
mode({
  name: "concept",
  commands: ["concept", "leave"],
  trayKey: (app) => (app.span ? refOf(app.span) : ""),
  tray: (app, tray) => [tray.title(t("Concept")), new ConceptSearch(app).element],
  hint: () => ["Enter", t("takes the concept")],
  enter: () => t("Take"),
});
