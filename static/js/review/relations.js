// Relations: rows under the texts, arcs between their ends, and drawing new ones (D).

import { t } from "../i18n.js";
import { leave } from "./dispatch.js";
import { dress, make } from "./elements.js";
import { newId } from "./outbox.js";
import { command, feature, mode } from "./registry.js";
import { speak, targetMark } from "./spoken.js";
import {
  add,
  endsOf,
  findSpan,
  isFound,
  isJoinable,
  isPlaced,
  kindOf,
  labelOf,
  layerOf,
  link,
  LIVE,
  nameOf,
  orderedSpans,
  overlapping,
  refOf,
  relabel,
  segmentOf,
  sourceOf,
} from "./state.js";
import { isolate, labelName, reasonText, whyNotFound } from "./words.js";

const SVG = "http://www.w3.org/2000/svg";
// More arcs than this at once are a tangle: then only the current one is drawn.
const MOST_ARCS = 12;

class RelationList {
  constructor(app) {
    this.app = app;
    this.scheme = app.scheme;
    this.isOn = app.scheme.layers.some((layer) => layer.kind === "relation");
  }

  draw(painter, item, view) {
    if (!this.isOn) return;
    const relations = orderedSpans(item).filter((span) => kindOf(span) === "relation");
    const list = painter.slot("relations", () => painter.element.querySelector(".sheet"), "after", "ol");
    list.className = "relations";
    list.hidden = !relations.length;
    list.setAttribute("aria-label", t("Relations"));
    const groups = new Map();
    for (const span of relations) {
      const key = `${span.layer} ${span.head}`;
      groups.set(key, [...(groups.get(key) ?? []), span]);
    }
    list.replaceChildren(...[...groups.values()].map((group) => this.group(item, group, view)));
  }

  // "head —LABEL→ tail", or "predicate (ROLE argument, ROLE argument)" where one head has several.
  group(item, relations, view) {
    const isTuple = relations.length > 1 || this.scheme.template === "open-ie";
    const row = make("li", `relation-group${isTuple ? " tuple" : ""}`);
    const parts = relations.flatMap((span, index) => [...(index && isTuple ? [make("span", "tuple-sign", ",")] : []), this.relation(item, span, view, isTuple)]);
    const [head] = endsOf(item, relations[0]);
    row.append(this.end(item, relations[0], head, 0));
    row.append(...(isTuple ? [make("span", "tuple-sign", "("), ...parts, make("span", "tuple-sign", ")")] : parts));
    return row;
  }

  relation(item, span, view, isTuple) {
    const label = labelOf(this.scheme, span.label);
    const isCurrent = Boolean(view.cursor && refOf(view.cursor) === refOf(span));
    const chip = make("span", `relation ${span.state}${isCurrent ? " current" : ""}`);
    dress(chip, label);
    const mark = { accepted: "✓", rejected: "✕" }[span.state];
    if (mark) chip.append(make("b", "relation-mark", mark));
    const source = sourceOf(item, span);
    const was = source && source.label !== span.label ? `${labelName(this.scheme, source.label)} → ` : "";
    chip.append(make("span", "relation-label", isTuple ? `${was}${label?.name ?? "?"}` : `—${was}${label?.name ?? "?"}→`), " ");
    chip.append(this.end(item, span, endsOf(item, span)[1], 1));
    const why = span.state === "rejected" ? reasonText(this.scheme, span.reason) : isFound(item, span) ? "" : whyNotFound(item, span);
    if (why) chip.append(" ", make("span", "relation-why", why));
    speak(chip, targetMark(item, span, label), refOf(span), isCurrent);
    return chip;
  }

  end(item, relation, end, at) {
    const segment = end && isPlaced(end) ? segmentOf(item, end.segment) : null;
    const words = make("bdi", `relation-end${isJoinable(end) ? "" : " lost"}`, end ? nameOf(item, end) : "?");
    if (segment) words.lang = segment.lang;
    words.dataset.end = ["head", "tail"][at];
    return words;
  }

  // The end that is being chosen.
  mark(painter, item) {
    const { relating } = this.app;
    const chosen = relating ? findSpan(item, relating.chosen) : null;
    if (chosen) painter.boxes(painter.cells.get(chosen.segment), chosen.intervals, "mark", null);
  }

  // Arcs from head to tail over the lines of text.
  paint(painter, item, view) {
    if (!this.isOn) return;
    const svg = painter.slot("arcs", () => painter.element.querySelector(".sheet .links"), "before", "svg", SVG);
    svg.setAttribute("class", "arcs");
    svg.setAttribute("aria-hidden", "true");
    svg.replaceChildren();
    const frame = svg.getBoundingClientRect();
    const shown = this.shown(item, view);
    for (const { ends, isCurrent, color } of shown) {
      const rects = ends.map(({ segment, intervals }) => firstRect(painter, segment, intervals, frame));
      if (!rects.includes(null)) svg.append(...arc(rects, isCurrent, color));
    }
  }

  shown(item, view) {
    const { relating } = this.app;
    if (relating) {
      const ends = endsOf(item, this.drawn(item, relating));
      return ends.every(isJoinable) ? [{ ends, isCurrent: true, color: null }] : [];
    }
    const relations = item.spans.filter((span) => kindOf(span) === "relation" && span.state !== "rejected" && isFound(item, span));
    const current = view.cursor && kindOf(view.cursor) === "relation" ? refOf(view.cursor) : null;
    const drawn = relations
      .filter((span) => relations.length <= MOST_ARCS || refOf(span) === current)
      .map((span) => ({ ends: endsOf(item, span), isCurrent: refOf(span) === current, color: labelOf(this.scheme, span.label)?.color }));
    const source = current ? sourceOf(item, view.cursor) : null;
    const own = (id) => item.source_spans.find((each) => each.id === id);
    if (source) drawn.push({ ends: [own(source.head), own(source.tail)], isCurrent: true, color: labelOf(this.scheme, source.label)?.color });
    return drawn;
  }

  drawn(item, { fixed, chosen, isReversed }) {
    return isReversed ? { head: chosen, tail: fixed } : { head: fixed, tail: chosen };
  }
}

function firstRect(painter, segmentId, intervals, frame) {
  const cell = painter.cells.get(segmentId);
  const [rect] = cell && intervals.length ? painter.rects(cell, ...intervals[0]) : [];
  return rect ? { x: rect.x + cell.origin.x - frame.x + rect.width / 2, y: rect.y + cell.origin.y - frame.y } : null;
}

function arc([from, to], isCurrent, color) {
  const height = Math.min(12 + Math.abs(to.x - from.x) / 10, 30);
  const [line, tip] = ["path", "path"].map((tag) => document.createElementNS(SVG, tag));
  line.setAttribute("d", `M${from.x} ${from.y} C${from.x} ${from.y - height} ${to.x} ${to.y - height} ${to.x} ${to.y - 2}`);
  tip.setAttribute("d", `M${to.x - 4} ${to.y - 7} L${to.x} ${to.y - 1} L${to.x + 4} ${to.y - 7}`);
  for (const path of [line, tip]) {
    path.setAttribute("class", isCurrent ? "current" : "");
    if (color) path.style.setProperty("--label", color);
  }
  return [line, tip];
}

// ----------------------------------------------------------------------------------------------------------- drawing

// D begins at the current span, or at the tail of the current relation; pressed again it turns the direction (of a
// relation: goes to its other end).
function begin(app) {
  const { item, span, scheme } = app;
  if (app.mode === "relate") return turn(app);
  const isRelation = span && kindOf(span) === "relation";
  const layer = isRelation ? layerOf(scheme, span) : scheme.layers.find((each) => each.kind === "relation");
  if (!isRelation && !isJoinable(span)) return app.say(t("Go to a span that is found and not rejected first."));
  const relating = isRelation
    ? { relation: refOf(span), fixed: span.head, chosen: span.tail, isReversed: false }
    : { relation: null, fixed: refOf(span), chosen: null, isReversed: false };
  const others = joinable(item, relating.fixed);
  if (!others.length) return app.say(t("There is no other span to join."));
  if (!others.some((each) => refOf(each) === relating.chosen)) {
    const order = orderedSpans(item).map(refOf);
    const after = others.find((each) => order.indexOf(refOf(each)) > order.indexOf(relating.fixed));
    relating.chosen = refOf(after ?? others[0]);
  }
  app.relating = relating;
  app.mode = "relate";
  app.naming = { layer, use: (label) => finish(app, label) };
  return tell(app);
}

function joinable(item, but) {
  return orderedSpans(item).filter((span) => ["span", "token"].includes(kindOf(span)) && isJoinable(span) && refOf(span) !== but);
}

function turn(app) {
  const { relating } = app;
  relating.isReversed = !relating.isReversed;
  if (relating.relation) [relating.fixed, relating.chosen] = [relating.chosen, relating.fixed];
  return tell(app);
}

function moveEnd(app, { isForward }) {
  const { item, relating } = app;
  const others = joinable(item, relating.fixed);
  const at = others.findIndex((span) => refOf(span) === relating.chosen);
  relating.chosen = refOf(others[(at + (isForward ? 1 : -1) + others.length) % others.length]);
  return tell(app);
}

function tell(app) {
  app.update();
  app.painter.reveal(app.controls.offsetHeight);
  return app.status.announce(endWords(app));
}

function endsNow({ item, relating }) {
  const refs = relating.isReversed ? [relating.chosen, relating.fixed] : [relating.fixed, relating.chosen];
  return { head: refs[0], tail: refs[1], names: refs.map((ref) => isolate(nameOf(item, findSpan(item, ref)))) };
}

function endWords(app) {
  const [head, tail] = endsNow(app).names;
  return t("from %(head)s to %(tail)s", { head, tail });
}

// Enter: the ends as they are, with the label that the relation has, or the only one that there is.
function take(app) {
  const { item, scheme, relating, naming } = app;
  const known = relating.relation ? findSpan(item, relating.relation) : null;
  const label = known ? labelOf(scheme, known.label) : naming.layer.labels.length === 1 ? naming.layer.labels[0] : null;
  return label ? finish(app, label) : app.say(t("Press the digit of its label."));
}

function finish(app, label) {
  const { item, scheme, relating, naming } = app;
  const { head, tail, names } = endsNow(app);
  const known = relating.relation ? findSpan(item, relating.relation) : null;
  const wanted = { layer: naming.layer.id, label: label.id, head, tail, ref: relating.relation, states: LIVE };
  if (overlapping(item, scheme, wanted).length) return app.say(t("They are joined by %(label)s already.", { label: label.name }));
  const changes = known ? changed(item, known, { head, tail }, label) : [add(item, { id: newId(), layer: naming.layer.id, label: label.id, head, tail })];
  leave(app);
  if (!changes.length) return undefined;
  app.decide(changes);
  app.setCursor(changes[0].ref);
  return app.status.announce(t("%(head)s → %(tail)s, %(label)s", { head: names[0], tail: names[1], label: label.name }));
}

function changed(item, known, { head, tail }, label) {
  const linked = { ...(head === known.head ? {} : { head }), ...(tail === known.tail ? {} : { tail }) };
  const changes = Object.keys(linked).length ? [link(item, known, linked)] : [];
  return label.id === known.label ? changes : [...changes, relabel(item, changes[0]?.span ?? known, label.id)];
}

const hasRelations = (app) => app.scheme.layers.some((layer) => layer.kind === "relation");

command({
  name: "relate",
  group: "place",
  keys: ["KeyD"],
  title: () => t("Relation"),
  isShown: hasRelations,
  help: () => t("Draw a relation from the current span: arrows choose the other end, D turns it, a digit labels it"),
  run: begin,
});
command({ name: "moveEnd", group: "place", run: moveEnd });
command({ name: "takeEnds", group: "place", isOnce: true, run: take });
mode({
  name: "relate",
  keys: [
    ["Enter", "takeEnds"],
    ["NumpadEnter", "takeEnds"],
    ...["Forward", "ArrowDown"].map((key) => [key, "moveEnd", { isForward: true }]),
    ...["Back", "ArrowUp"].map((key) => [key, "moveEnd", { isForward: false }]),
  ],
  digits: "label",
  commands: ["relate", "moveEnd", "takeEnds", "label", "findLabel", "leave"],
  trayKey: (app) => JSON.stringify(app.relating),
  tray: (app, tray) => [
    tray.title(endWords(app)),
    ...tray.labelButtons(app.naming.layer),
    tray.button("moveEnd", { shown: "→", text: t("other end") }),
    tray.button("relate", { shown: "D", text: app.relating.relation ? t("change the head") : t("turn") }),
    tray.button("leave", { shown: "Esc", text: t("Back") }),
  ],
  hint: () => ["1 … 9", t("labels the relation")],
  enter: () => t("Join"),
});

feature({
  start(app) {
    app.relating = null;
    app.painter.parts.push(new RelationList(app));
  },
});
