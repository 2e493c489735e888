// Tags of words as a grid: each word of the translation with its tag, over it the source word that the tag comes from.
// How often the current word got which tag so far is one key away.

import { t } from "../i18n.js";
import { dress, make } from "./elements.js";
import { isOpen, openPanel } from "./panel.js";
import { useMark } from "./placing.js";
import { command, feature } from "./registry.js";
import { getText } from "./server.js";
import { speak, targetMark } from "./spoken.js";
import { isPlaced, kindOf, labelOf, offsets, refOf, sourceOf, surfaceOf } from "./state.js";
import { sourceless } from "./words.js";

class TokenGrid {
  constructor(app) {
    this.app = app;
    this.scheme = app.scheme;
    this.isOn = app.scheme.layers.some((layer) => layer.kind === "token");
  }

  draw(painter, item, view) {
    if (!this.isOn) return;
    const tags = item.spans.filter((span) => kindOf(span) === "token" && isPlaced(span));
    for (const { cell, segment } of painter.cells.values()) {
      if (segment.side !== "target") continue;
      const own = tags.filter((span) => span.segment === segment.id);
      const slot = painter.slot(`tokens-of-${segment.id}`, () => cell.querySelector(".canvas"), "after", "ol");
      slot.className = "tokens";
      slot.hidden = !own.length;
      Object.assign(slot, { lang: segment.lang, dir: segment.dir });
      slot.setAttribute("aria-label", t("Tags of the words"));
      slot.replaceChildren(...(own.length ? segment.tokens.map((token, index) => this.cell(item, segment, index, own, view)) : []));
    }
  }

  cell(item, segment, index, tags, view) {
    const [start, end] = segment.tokens[index];
    const own = tags.filter((span) => span.intervals[0][0] === start && span.intervals[0][1] === end);
    const isCurrent = own.some((span) => view.cursor && refOf(view.cursor) === refOf(span));
    const cell = make("li", `token${isCurrent ? " current" : ""}`);
    const sources = own.map((span) => sourceOf(item, span)).filter(Boolean);
    const source = make("span", "token-source");
    if (sources[0]) source.append(make("bdi", "", sources[0].surface), " ", make("span", "token-gold", labelOf(this.scheme, sources[0].label)?.name ?? ""));
    else source.append(own.map(sourceless).find(Boolean) ?? "");
    cell.append(source, make("bdi", "token-word", offsets(segment).slice(start, end)));
    cell.append(...own.map((span) => this.tag(item, span, view)));
    if (!own.length) cell.append(make("span", "token-tag token-none", "–"));
    cell.dataset.token = `${segment.id}:${index}`;
    return cell;
  }

  tag(item, span, view) {
    const label = labelOf(this.scheme, span.label);
    const isCurrent = Boolean(view.cursor && refOf(view.cursor) === refOf(span));
    const tag = make("span", `token-tag ${span.state}${isCurrent ? " current" : ""}`);
    dress(tag, label);
    const mark = { accepted: "✓", rejected: "✕" }[span.state];
    if (mark) tag.append(make("b", "", mark));
    tag.append(make("bdi", "", label?.name ?? "?"));
    if (span.machine && span.machine.label !== span.label) tag.append(make("s", "", labelOf(this.scheme, span.machine.label)?.name ?? ""));
    speak(tag, targetMark(item, span, label), refOf(span), isCurrent);
    return tag;
  }

  // A click on a word without a tag marks it: a digit adds its tag.
  click(event) {
    const cell = event.target.closest?.("[data-token]");
    if (!cell || event.target.closest("[data-ref]") || !this.app.canReview) return;
    const [id, index] = cell.dataset.token.split(":").map(Number);
    const pressed = cell.querySelector("[data-ref]");
    if (pressed) {
      this.app.setCursor(pressed.dataset.ref);
      return;
    }
    const token = this.app.item.segments.find((segment) => segment.id === id).tokens[index];
    useMark(this.app, { segment: id, anchor: token, head: token, phase: "done", span: null, isMouse: true });
  }
}

// ------------------------------------------------------------------------------------------------------- consistency

async function showCounts(app) {
  const { span, item } = app;
  if (isOpen(app, "tag-counts")) return openPanel(app, { name: "tag-counts" });
  if (!span || kindOf(span) !== "token" || !isPlaced(span)) return app.say(t("Go to a word with a tag first."));
  const form = surfaceOf(item, span);
  const query = new URLSearchParams({ item: item.id, layer: span.layer, form });
  try {
    const counts = JSON.parse(await getText(`${app.config.urls.tag_counts}?${query}`));
    return openPanel(app, { name: "tag-counts", title: t("Tags of “%(form)s” so far", { form }), content: countRows(app, counts) });
  } catch (error) {
    if (!error.kind) throw error;
    return app.say(t("The counts need a connection."));
  }
}

function countRows(app, { people, machine, is_blind: isBlind }) {
  const used = layerLabels(app).filter(({ id }) => people[id] || machine[id]);
  if (!used.length) return [make("p", "muted", t("Nobody has tagged this word yet."))];
  const table = make("table", "table tag-counts");
  const head = make("tr", "");
  head.append(...[t("Tag"), isBlind ? t("You") : t("People"), ...(isBlind ? [] : [t("Machine")])].map((words) => heading(words, "col")));
  const rows = used.map((label) => {
    const row = make("tr", "");
    const numbers = [people[label.id] ?? 0, ...(isBlind ? [] : [machine[label.id] ?? 0])];
    row.append(heading(label.name, "row"), ...numbers.map((count) => make("td", "number", String(count))));
    return row;
  });
  const [thead, tbody] = [make("thead", ""), make("tbody", "")];
  thead.append(head);
  tbody.append(...rows);
  table.append(thead, tbody);
  return [table];
}

function layerLabels(app) {
  return app.scheme.layers.find((layer) => layer.id === app.span?.layer)?.labels ?? [];
}

function heading(words, scope) {
  return Object.assign(make("th", "", words), { scope });
}

command({
  name: "tagCounts",
  group: "look",
  needs: "item",
  keys: ["KeyY"],
  title: () => t("Counts"),
  isShown: (app) => app.scheme.layers.some((layer) => layer.kind === "token"),
  help: () => t("How often this word got which tag so far"),
  run: showCounts,
});

feature({
  start(app) {
    const grid = new TokenGrid(app);
    app.painter.parts.push(grid);
    if (grid.isOn) app.stage.addEventListener("click", (event) => grid.click(event));
  },
});
