// Classes as chips: those of a text over it, those of the item at its head, grades in their order.

import { t } from "../i18n.js";
import { dress, make } from "./elements.js";
import { feature } from "./registry.js";
import { speak, targetMark } from "./spoken.js";
import { kindOf, labelOf, orderedSpans, refOf } from "./state.js";
import { reasonText } from "./words.js";

class ClassChips {
  constructor({ scheme }) {
    this.scheme = scheme;
    this.layers = scheme.layers.filter((layer) => layer.kind === "class");
  }

  // Before the marks are painted: chips take room, which moves the texts.
  draw(painter, item, view) {
    if (!this.layers.length) return;
    const spans = orderedSpans(item).filter((span) => kindOf(span) === "class");
    const sources = item.source_spans.filter((source) => kindOf(source) === "class");
    const isOfItem = (each) => this.layerOf(each).scope === "item";
    const head = painter.slot("classes-of-item", () => painter.element.querySelector(".sheet"), "before");
    fill(head, this.groups(item, sources.filter(isOfItem), spans.filter(isOfItem), view));
    for (const { cell, segment } of painter.cells.values()) {
      const isHere = (each) => each.segment === segment.id && !isOfItem(each);
      const row = painter.slot(`classes-of-${segment.id}`, () => cell.querySelector(".canvas"), "before");
      fill(row, segment.side === "source" ? this.groups(item, sources.filter(isHere), [], view) : this.groups(item, [], spans.filter(isHere), view));
    }
  }

  layerOf(each) {
    return this.layers.find((layer) => layer.id === each.layer);
  }

  groups(item, sources, spans, view) {
    return this.layers.flatMap((layer) => {
      const [from, to] = [sources, spans].map((all) => all.filter((each) => each.layer === layer.id));
      if (!from.length && !to.length) return [];
      const group = make("span", "class-group");
      group.append(make("span", "class-layer", layer.name));
      group.append(...from.map((source) => this.gold(source, to.length > 0)));
      group.append(...(layer.choice === "graded" ? this.grades(item, layer, to, view) : to.map((span) => this.chip(item, span, view))));
      return [group];
    });
  }

  gold(source, isBeside) {
    const label = labelOf(this.scheme, source.label);
    const chip = make("span", "chip gold", label?.name ?? "");
    dress(chip, label);
    if (isBeside) chip.append(make("span", "chip-arrow", "→"));
    return chip;
  }

  chip(item, span, view) {
    const label = labelOf(this.scheme, span.label);
    const isCurrent = view.cursor && refOf(view.cursor) === refOf(span);
    const who = span.state === "undecided" ? "machine" : "person";
    const chip = make("span", `chip ${span.state} ${who}${isCurrent ? " current" : ""}`);
    dress(chip, label);
    const mark = { accepted: "✓", rejected: "✕" }[span.state];
    if (mark) chip.append(make("b", "", mark));
    const was = span.machine && span.machine.label !== span.label ? `${labelOf(this.scheme, span.machine.label)?.name} → ` : "";
    chip.append(make("bdi", "", `${was}${label?.name ?? "?"}`));
    if (span.state === "rejected") chip.append(make("span", "chip-why", reasonText(this.scheme, span.reason)));
    speak(chip, targetMark(item, span, label), refOf(span), isCurrent);
    return chip;
  }

  // The whole scale, with the grade that is set: how far it is from the others is seen at once.
  grades(item, layer, spans, view) {
    const scale = layer.labels.map((label) => {
      const span = spans.find((each) => each.label === label.id);
      return span ? this.chip(item, span, view) : make("span", "chip grade", label.name);
    });
    return scale.length ? scale : [make("span", "", t("no label"))];
  }
}

function fill(slot, groups) {
  slot.className = "classes";
  slot.hidden = !groups.length;
  slot.replaceChildren(...groups);
}

feature({
  start(app) {
    app.painter.parts.push(new ClassChips(app));
  },
});
