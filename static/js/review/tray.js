// The row under the texts: labels, reject reasons, or type-ahead, as the mode asks.

import { t } from "../i18n.js";
import { dress, make } from "./elements.js";
import { keyCaps } from "./keycaps.js";
import { commandNamed, modeNamed } from "./registry.js";
import { layerOf, markLayer, refOf } from "./state.js";
import { placedName } from "./words.js";

const EXTRAS = {
  span: ["concept", "addPiece", "relate"],
  token: ["relate", "tagCounts"],
  class: ["classify"],
  relation: ["relate"],
};

export class Tray {
  constructor({ root, scheme, run }) {
    Object.assign(this, { root, scheme, run });
    this.root.addEventListener("click", (event) => this.click(event));
    this.shownFor = "";
  }

  click(event) {
    const button = event.target.closest("button[data-command]");
    if (!button) return;
    // Once drawn anew, the button is in no tray any more, and the page would run its command a second time.
    event.stopPropagation();
    if (event.detail > 0) button.blur();
    this.run({ name: button.dataset.command, key: button.dataset.key, id: Number(button.dataset.id) });
  }

  draw({ item, mode, span, lastReason, canReview, mark, app }) {
    if (!canReview) return;
    const own = modeNamed(mode);
    // Type-ahead keeps its field while the rest of the screen is drawn anew.
    const wanted = JSON.stringify([own?.trayKey?.(app), item.id, mode, span?.layer, span?.label, span && refOf(span), lastReason, mark?.phase, mark?.span]);
    if (wanted === this.shownFor) return;
    this.shownFor = wanted;
    if (own?.tray) {
      this.root.replaceChildren(...own.tray(app, this));
      this.root.querySelector("input")?.focus();
    }
    else if (mode === "reject") this.root.replaceChildren(...this.reasons(lastReason));
    else if (mode === "find") this.root.replaceChildren(this.search(this.searched(span, mark, app.naming)));
    else if (mode === "mark") this.root.replaceChildren(...this.markHints(mark));
    else if (mode === "pick") this.root.replaceChildren(...this.places(item, span, mark));
    else this.root.replaceChildren(this.title(this.layerName(span)), ...this.labels(span), ...this.extras(app, span));
    if (mode === "find") this.root.querySelector("input").focus();
    this.bringIntoSight(this.root.querySelector("[aria-pressed='true']"));
  }

  // Sideways within the row only; the page stays where it is.
  bringIntoSight(button) {
    const middle = button ? button.offsetLeft - this.root.offsetLeft + button.offsetWidth / 2 : 0;
    this.root.scrollLeft = Math.max(0, middle - this.root.clientWidth / 2);
  }

  button(command, { key = "", id = "", text, shown = key, label = null, isPressed = null }) {
    const button = make("button", "choice");
    button.type = "button";
    Object.assign(button.dataset, { command, key, id });
    if (shown) button.append(make("kbd", "", shown));
    if (label) {
      dress(button, label);
      button.append(make("span", "swatch"));
    }
    button.append(make("bdi", "", text));
    if (isPressed !== null) button.setAttribute("aria-pressed", String(isPressed));
    return button;
  }

  title(words) {
    return make("span", "tray-title", words);
  }

  // The layer is named where there are several to mix up.
  layerName(span) {
    return span && this.scheme.layers.length > 1 ? layerOf(this.scheme, span).name : t("Label");
  }

  labels(span, { isPick = false } = {}) {
    const layer = isPick ? markLayer(this.scheme, span) : span ? layerOf(this.scheme, span) : this.scheme.layers[0];
    const buttons = this.labelButtons(layer, isPick || !span ? null : span.label);
    for (const button of buttons) button.disabled = !span && !isPick;
    return buttons;
  }

  // What else can be done to a label of its kind.
  extras(app, span) {
    const layer = span && layerOf(this.scheme, span);
    const isMeant = { concept: layer?.has_concepts, addPiece: layer?.allows_discontinuous };
    const names = (EXTRAS[layer?.kind] ?? []).filter((name) => isMeant[name] ?? true);
    return names
      .map(commandNamed)
      .filter((known) => known?.isShown(app))
      .map((known) => {
        const [key] = app.keymap.keysOf(known)[0] ?? [""];
        return this.button(known.name, { shown: key && keyCaps(key).join(" "), text: known.title() });
      });
  }

  labelButtons(layer, current = null) {
    const keyed = (layer?.labels ?? []).filter((label) => label.key);
    const buttons = keyed.map((label) =>
      this.button("label", {
        key: label.key,
        id: label.id,
        text: label.name,
        label,
        isPressed: current === null ? null : label.id === current,
      }),
    );
    return [...buttons, this.button("findLabel", { shown: "0", text: t("Find label") })];
  }

  // Labels that type-ahead goes through: those of the layer, while marking those of all layers that can be marked.
  searched(span, mark, naming) {
    if (naming) return naming.layer.labels;
    const marked = this.scheme.layers.filter((layer) => ["span", "token"].includes(layer.kind));
    return mark ? marked.flatMap((layer) => layer.labels) : ((span && layerOf(this.scheme, span))?.labels ?? []);
  }

  // A marked place: for the span that was meant, or for a new one.
  places(item, span, mark) {
    const name = placedName(item, span, mark, this.scheme);
    const labels = this.labels(span, { isPick: true });
    const back = this.button("leave", { shown: "Esc", text: t("Back") });
    if (!name) return [make("span", "tray-title", t("Label of the new span")), ...labels, back];
    const first = this.button("accept", { shown: "Enter", text: t("put %(name)s here", { name }) });
    first.classList.add("choice-first");
    return [first, make("span", "tray-title", t("or a new span:")), ...labels, back];
  }

  reasons(lastReason) {
    const last = this.scheme.reasons.find((reason) => reason.code === lastReason);
    const buttons = this.scheme.reasons.map((reason) =>
      this.button("rejectFor", { key: reason.key, text: reason.text }),
    );
    if (last) buttons.unshift(this.button("rejectAgain", { shown: "Enter", text: t("again: %(reason)s", { reason: last.text }) }));
    return [make("span", "tray-title", t("Reject, because")), ...buttons, this.button("leave", { shown: "Esc", text: t("Back") })];
  }

  markHints(mark) {
    const isStart = mark.phase === "start";
    return [
      make("span", "tray-title", isStart ? t("First word of the span") : t("Last word of the span")),
      this.button("setEnd", { shown: "Space", text: isStart ? t("starts here") : t("ends here") }),
      this.button("leave", { shown: "Esc", text: t("Back") }),
    ];
  }

  search(labels) {
    const box = make("div", "find");
    const field = make("input", "find-field");
    Object.assign(field, { type: "text", placeholder: t("Label"), autocomplete: "off", spellcheck: false });
    field.setAttribute("role", "combobox");
    field.setAttribute("aria-label", t("Find label"));
    field.setAttribute("aria-expanded", "true");
    field.setAttribute("aria-controls", "found-labels");
    const list = make("ul", "find-list");
    list.id = "found-labels";
    list.setAttribute("role", "listbox");
    box.append(make("span", "tray-title", t("Label")), field, list);
    new Finder({ field, list, labels, onChoose: (id) => this.choose(id) });
    return box;
  }

  choose(id) {
    this.run(id === null ? { name: "leave" } : { name: "label", id });
  }
}

// A field and the labels that match it, best first; arrows and Enter choose.
class Finder {
  constructor({ field, list, labels, onChoose }) {
    Object.assign(this, { field, list, labels, onChoose });
    this.at = 0;
    field.addEventListener("input", () => this.draw(0));
    field.addEventListener("keydown", (event) => this.press(event));
    field.addEventListener("blur", () => setTimeout(() => field.isConnected && onChoose(null), 150));
    list.addEventListener("pointerdown", (event) => {
      event.preventDefault();
      const row = event.target.closest("[data-id]");
      if (row) onChoose(Number(row.dataset.id));
    });
    this.draw(0);
  }

  get found() {
    const wanted = this.field.value.trim().toLocaleLowerCase();
    const names = (label) => [label.name, label.description, ...Object.values(label.names)].map((name) => name.toLocaleLowerCase());
    const starts = this.labels.filter((label) => names(label).some((name) => name.startsWith(wanted)));
    const holds = this.labels.filter((label) => !starts.includes(label) && names(label).some((name) => name.includes(wanted)));
    return [...starts, ...holds].slice(0, 8);
  }

  draw(at) {
    const found = this.found;
    this.at = Math.max(0, Math.min(at, found.length - 1));
    const rows = found.map((label, index) => {
      const row = make("li", "find-row");
      row.id = `found-${label.id}`;
      row.dataset.id = label.id;
      row.setAttribute("role", "option");
      row.setAttribute("aria-selected", String(index === this.at));
      dress(row, label);
      row.append(make("span", "swatch"), make("bdi", "", label.name), make("span", "muted", label.description));
      return row;
    });
    this.list.replaceChildren(...(rows.length ? rows : [make("li", "muted", t("No label is called that."))]));
    this.field.setAttribute("aria-activedescendant", rows[this.at]?.id ?? "");
  }

  press(event) {
    if (event.isComposing) return;
    const moves = { ArrowDown: 1, ArrowUp: -1 };
    if (moves[event.key]) this.draw(this.at + moves[event.key]);
    else if (event.key === "Enter") this.onChoose(this.found[this.at]?.id ?? null);
    else if (event.key === "Escape") this.onChoose(null);
    else return;
    event.preventDefault();
    event.stopPropagation();
  }
}

export function labelByKey(layer, key) {
  return layer?.labels.find((label) => label.key === key) ?? null;
}
