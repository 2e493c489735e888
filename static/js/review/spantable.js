// The item as a table (G): everything that the painted texts show and the keys do, as text and buttons.

import { t } from "../i18n.js";
import { run } from "./dispatch.js";
import { make } from "./elements.js";
import { newId } from "./outbox.js";
import { nudgeEdge } from "./placing.js";
import {
  add,
  covered,
  isFound,
  isJoinable,
  isPlaced,
  isToken,
  kindOf,
  labelOf,
  layerOf,
  markLayer,
  nameOf,
  offsets,
  orderedSpans,
  overlapping,
  refOf,
  sourceName,
  sourceOf,
  surfaceOf,
  targetFor,
} from "./state.js";
import { difference, isolate, labelName, origin, reasonText, stateWords, sureness, whyNotFound } from "./words.js";

const EDGES = [
  ["start", false, () => t("Start back"), "⇤−"],
  ["start", true, () => t("Start forward"), "⇤+"],
  ["end", false, () => t("End back"), "⇥−"],
  ["end", true, () => t("End forward"), "⇥+"],
];

class SpanTable {
  constructor(app) {
    this.app = app;
    this.element = make("section", "span-table");
    this.element.dataset.part = "spans";
    this.element.setAttribute("aria-label", t("Labels of the item"));
    this.element.addEventListener("click", (event) => this.click(event.target.closest("button[data-do]")));
    this.element.addEventListener("change", (event) => this.change(event.target));
    this.element.addEventListener("focusin", (event) => this.follow(event.target));
    app.root.querySelector(".controls").before(this.element);
  }

  // Whoever works in a row works on its span: the cursor follows the focus.
  follow(target) {
    const ref = target.closest("tr[data-row]")?.dataset.row;
    if (ref && ref !== this.app.queue.current?.cursor && !this.isDrawing) this.app.setCursor(ref);
  }

  // Built anew only when something in it has changed, so that a press on a button is never cut in two.
  draw() {
    const { app } = this;
    const { item } = app;
    this.element.hidden = !app.settings.values.shows_table || !item;
    if (this.element.hidden || this.isDrawing) return;
    const text = targetFor(item, markLayer(app.scheme, app.span), app.span).id;
    const wanted = JSON.stringify([item.id, item.spans, app.lastReason, text]);
    if (wanted !== this.shown) this.build(wanted);
    this.markCurrent();
  }

  build(wanted) {
    const { app } = this;
    const focused = this.element.contains(document.activeElement) ? this.keyOf(document.activeElement) : null;
    const isOpen = this.element.querySelector("details")?.open ?? false;
    if (this.itemId !== app.item.id) this.first = this.last = undefined;
    this.itemId = app.item.id;
    this.shown = wanted;
    this.isDrawing = true;
    this.element.replaceChildren(this.table(), ...(app.canReview ? [this.below(), this.adding(isOpen)] : []));
    this.markCurrent();
    if (focused) this.focus(focused);
    this.isDrawing = false;
  }

  markCurrent() {
    const { app } = this;
    for (const row of this.element.querySelectorAll("tr[data-row]")) {
      const isCurrent = Boolean(app.span) && refOf(app.span) === row.dataset.row;
      row.classList.toggle("current", isCurrent);
      if (isCurrent) row.setAttribute("aria-current", "true");
      else row.removeAttribute("aria-current");
    }
    const go = this.element.querySelector("[data-name='go']");
    if (!go) return;
    go.textContent = app.status.enterButton.textContent;
    go.hidden = app.span?.state === "undecided";
  }

  keyOf(control) {
    return { row: control.closest("[data-row]")?.dataset.row ?? "", name: control.dataset.name ?? "" };
  }

  // After a decision the focus goes on with the cursor; where a control has gone, to its neighbour, then to what ends
  // the item.
  focus({ row, name }) {
    const { app } = this;
    const goesOn = ["accept", "reject", "propose"].includes(name);
    const wanted = goesOn && app.span ? refOf(app.span) : row;
    const line = [...this.element.querySelectorAll("tr[data-row]")].find((each) => each.dataset.row === wanted);
    const places = [line?.querySelector(`[data-name="${name}"]:enabled`), row ? null : this.element.querySelector(`[data-name="${name}"]:enabled`)];
    const found = places.find(Boolean) ?? line?.querySelector(":enabled:is(button, select)") ?? this.element.querySelector("[data-name='go']");
    found?.focus({ preventScroll: false });
  }

  table() {
    const table = make("table", "table table-stack");
    const heads = [t("Text"), t("Label"), t("State"), t("Score"), t("Source"), ...(this.app.canReview ? [t("Do")] : [])];
    const head = make("tr", "");
    head.append(...heads.map((words) => Object.assign(make("th", "", words), { scope: "col" })));
    const rows = orderedSpans(this.app.item).map((span) => this.row(span, heads));
    table.append(make("caption", "visually-hidden", t("Labels of the item")), wrap("thead", [head]), wrap("tbody", rows));
    return table;
  }

  row(span, heads) {
    const { app } = this;
    const { item, scheme, canReview } = app;
    const row = make("tr", "");
    row.dataset.row = refOf(span);
    const source = sourceOf(item, span);
    const name = Object.assign(make("th", ""), { scope: "row" });
    const isInText = isPlaced(span) && kindOf(span) !== "class";
    if (isInText) name.append(this.words(span.segment, surfaceOf(item, span)));
    else name.append(...(kindOf(span) === "span" ? [] : [make("bdi", "", nameOf(item, span)), " "]), isFound(item, span) ? "" : whyNotFound(item, span));
    if (span.concept) name.append(" ", make("bdi", "muted", `${span.concept.name} (${span.concept.code})`));
    const change = difference(item, span, scheme);
    if (change) name.append(" ", make("span", "muted", `(${change})`));
    const cells = [
      canReview ? this.labels(span) : [labelName(scheme, span.label)],
      [span.state === "rejected" ? `${stateWords("rejected")}: ${reasonText(scheme, span.reason)}` : stateWords(span.state)],
      [span.machine && isFound(item, span) ? sureness(span.machine) : origin(span)],
      source ? [this.words(source.segment, sourceName(item, source)), ` ${labelName(scheme, source.label)}`] : [t("none")],
      ...(canReview ? [this.actions(span)] : []),
    ].map((content) => {
      const cell = make("td", "");
      cell.append(...content);
      return cell;
    });
    cells.forEach((cell, index) => (cell.dataset.label = heads[index + 1]));
    row.append(name, ...cells);
    return row;
  }

  words(segmentId, text) {
    const segment = this.app.item.segments.find((each) => each.id === segmentId);
    return Object.assign(make("bdi", "", text), { lang: segment.lang, dir: segment.dir });
  }

  labels(span) {
    const options = layerOf(this.app.scheme, span).labels.map((label) => [label.id, label.name]);
    // Not at once on a change: in a closed list each arrow key is one.
    const box = make("div", "span-label");
    box.append(this.select("label", t("Label"), options, span.label), this.button("relabel", t("Set"), t("Set the label")));
    return [box];
  }

  select(name, title, options, value) {
    const select = make("select", "");
    select.dataset.name = name;
    select.setAttribute("aria-label", title);
    select.append(...options.map(([id, words]) => new Option(words, id)));
    select.value = value;
    return select;
  }

  actions(span) {
    const box = make("div", "span-actions");
    const { item } = this.app;
    const isSpan = kindOf(span) === "span";
    const name = isolate(nameOf(item, span));
    box.setAttribute("role", "group");
    box.setAttribute("aria-label", name);
    const accept = this.button("accept", isFound(item, span) ? t("Accept") : t("Not there"));
    accept.disabled = span.state !== "undecided";
    const reasons = this.app.scheme.reasons.map(({ code, text }) => [code, text]);
    const reason = this.select("reason", t("Reason"), reasons, this.app.lastReason || reasons[0]?.[0]);
    box.append(accept, reason, this.button("reject", t("Reject")));
    if (isSpan && isPlaced(span)) box.append(...EDGES.map(([edge, isForward, words, sign]) => this.edge(edge, isForward, words(), sign)));
    if (isSpan && span.source_span !== null) box.append(this.button("propose", t("By links"), t("Place by links")));
    const canJoin = kindOf(span) === "relation" || (this.hasLayer("relation") && ["span", "token"].includes(kindOf(span)) && isJoinable(span));
    if (canJoin) box.append(this.button("relate", t("Join"), kindOf(span) === "relation" ? t("Change the ends") : t("Draw a relation")));
    if (layerOf(this.app.scheme, span).has_concepts) box.append(this.button("concept", t("Concept"), t("Find a concept")));
    return [box];
  }

  hasLayer(kind) {
    return this.app.scheme.layers.some((layer) => layer.kind === kind);
  }

  edge(edge, isForward, words, sign) {
    const button = this.button(`${edge}${isForward ? "+" : "-"}`, sign, words);
    Object.assign(button.dataset, { edge, forward: isForward ? "yes" : "" });
    return button;
  }

  button(name, words, title = "") {
    const button = make("button", "", words);
    button.type = "button";
    Object.assign(button.dataset, { do: name, name });
    if (title) {
      button.title = title;
      // The name begins with the words that are seen; signs are no words.
      button.setAttribute("aria-label", /\p{L}/u.test(words) && !title.includes(words) ? `${words}: ${title}` : title);
    }
    return button;
  }

  // What is about the item as a whole.
  below() {
    const box = make("div", "span-actions");
    const go = this.button("go", "");
    const all = this.button("acceptAll", t("Accept all"));
    all.disabled = !this.app.item.spans.some((span) => span.state === "undecided" && isFound(this.app.item, span));
    if (this.hasLayer("class")) box.append(this.button("classify", t("Add a class")));
    box.append(all, go, this.button("undo", t("Undo")), this.button("previousItem", t("Item before")), this.button("nextItem", t("Item after")));
    return box;
  }

  // A new span by its first and last word and its label, in the text of the current row.
  adding(isOpen) {
    const { scheme, item, span } = this.app;
    const marked = scheme.layers.filter((layer) => ["span", "token"].includes(layer.kind));
    const target = targetFor(item, markLayer(scheme, span), span);
    const words = target.tokens.map((token, index) => [index, `${index + 1} ${offsets(target).slice(...token)}`]);
    const box = make("details", "span-adding");
    box.open = isOpen;
    const form = make("div", "span-actions");
    const labels = marked.flatMap((layer) => layer.labels).map((label) => [label.id, label.name]);
    box.hidden = !labels.length;
    form.append(
      this.select("first", t("First word"), words, this.first ?? 0),
      this.select("last", t("Last word"), words, this.last ?? this.first ?? 0),
      this.select("new-label", t("Label of the new span"), labels, this.newLabel ?? labels[0]?.[0]),
      this.button("add", t("Add")),
    );
    box.append(make("summary", "", t("Add a span")), form);
    return box;
  }

  click(button) {
    if (!button) return;
    const { app } = this;
    const { do: name, edge, forward } = button.dataset;
    const ref = button.closest("tr[data-row]")?.dataset.row;
    // Some browsers give a button that is clicked no focus.
    if (ref && ref !== app.queue.current.cursor) app.setCursor(ref);
    const chosen = (field) => button.closest("tr").querySelector(`[data-name="${field}"]`).value;
    if (edge) {
      app.edge = edge;
      nudgeEdge(app, { isForward: Boolean(forward), unit: "token" });
    } else if (name === "relabel") run(app, { name: "label", id: Number(chosen("label")) });
    else if (name === "reject") run(app, { name: "rejectFor", code: chosen("reason") });
    else if (name === "add") this.add();
    else run(app, { name: name === "go" ? "accept" : name });
  }

  change({ dataset: { name }, value }) {
    if (name === "first" || name === "last") this[name] = Number(value);
    else if (name === "new-label") this.newLabel = Number(value);
  }

  add() {
    const { app } = this;
    const value = (name) => Number(this.element.querySelector(`[data-name="${name}"]`).value);
    const { tokens, id } = targetFor(app.item, markLayer(app.scheme, app.span), app.span);
    const [from, to] = [value("first"), value("last")].sort((one, two) => one - two);
    const label = labelOf(app.scheme, value("new-label"));
    const layer = app.scheme.layers.find((each) => each.labels.includes(label));
    const intervals = [[tokens[from][0], tokens[to][1]]];
    if (layer.kind === "token" && !isToken(app.item, id, intervals[0])) return app.say(t("A tag covers exactly one word."));
    const others = overlapping(app.item, app.scheme, { layer: layer.id, label: label.id, segment: id, intervals, states: ["undecided", "accepted"] });
    if (others.length) return app.say(t("It would overlap %(other)s.", { other: isolate(surfaceOf(app.item, others[0])) }));
    const change = add(app.item, { id: newId(), layer: layer.id, label: label.id, segment: id, intervals });
    app.decide([change]);
    app.setCursor(change.ref);
    return app.say(t("added %(words)s, %(label)s", { words: isolate(covered(app.item, id, intervals)), label: label.name }));
  }
}

function wrap(tag, children) {
  const element = make(tag, "");
  element.append(...children);
  return element;
}

function tableOf(app) {
  app.table ??= new SpanTable(app);
  return app.table;
}

export function toggleTable(app) {
  const isShown = !app.settings.values.shows_table;
  const table = tableOf(app);
  const hadFocus = table.element.contains(document.activeElement);
  app.settings.set("shows_table", isShown);
  table.draw();
  if (isShown) table.focus({ row: app.span ? refOf(app.span) : "", name: "accept" });
  else if (hadFocus) document.activeElement?.blur?.();
  app.status.announce(isShown ? t("Table of %(n)s labels", { n: app.item.spans.length }) : t("The table is closed"));
}

export function updated(app) {
  tableOf(app).draw();
}
