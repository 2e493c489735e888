// The link matrix (Shift and L): source words down, target words across, each link as strong as it is probable.

import { t } from "../i18n.js";
import { make } from "./elements.js";
import { wordOf } from "./links.js";
import { tokensIn } from "./offsets.js";
import { openDialog } from "./panel.js";
import { isPlaced, labelOf, nameOf, refOf, segmentOf, sourceOf } from "./state.js";
import { isolate, labelName } from "./words.js";

const MOVES = { ArrowDown: [1, 0], ArrowUp: [-1, 0], ArrowRight: [0, 1], ArrowLeft: [0, -1] };

class Matrix {
  constructor(app, alignment) {
    this.app = app;
    this.item = app.item;
    this.source = segmentOf(this.item, alignment.src);
    this.target = segmentOf(this.item, alignment.tgt);
    this.links = new Map(alignment.links.map(([src, tgt, probability]) => [`${src}:${tgt}`, probability]));
    this.areas = this.item.spans.map((span) => this.areaOf(span)).filter(Boolean);
    this.element = this.build();
  }

  // The rows and columns of a span with a place in both texts.
  areaOf(span) {
    const source = sourceOf(this.item, span);
    if (!source || !isPlaced(span) || source.segment !== this.source.id || span.segment !== this.target.id) return null;
    const rows = tokensIn(this.source.tokens, source.intervals);
    const columns = tokensIn(this.target.tokens, span.intervals);
    const color = labelOf(this.app.scheme, span.label)?.color ?? "";
    return { span, rows, columns, color, isCurrent: this.app.span === span };
  }

  build() {
    const table = make("table", "matrix");
    table.setAttribute("role", "grid");
    table.dir = this.target.dir;
    table.setAttribute("aria-label", t("Source words down, target words across"));
    const head = make("tr", "");
    head.append(make("td", "matrix-corner"), ...this.target.tokens.map((_, column) => this.header("col", this.target, column)));
    table.append(wrap("thead", [head]), wrap("tbody", this.source.tokens.map((_, row) => this.row(row))));
    table.addEventListener("keydown", (event) => this.press(event));
    table.addEventListener("click", (event) => event.target.closest("td[data-row]")?.focus());
    table.addEventListener("dblclick", (event) => this.choose(event.target.closest("td[data-row]")));
    table.addEventListener("focusin", (event) => this.light(event.target));
    this.cells = [...table.tBodies[0].rows].map((row) => [...row.querySelectorAll("td")]);
    const start = this.areas.find((area) => area.isCurrent);
    const first = this.cells[start?.rows[0] ?? 0]?.[start?.columns[0] ?? 0];
    if (first) Object.assign(first, { tabIndex: 0 }).dataset.first = "";
    return table;
  }

  header(scope, segment, token) {
    const cell = make("th", scope === "col" ? "matrix-column" : "matrix-row");
    cell.scope = scope;
    const word = make("bdi", "", wordOf(this.item, segment.id, token));
    Object.assign(word, { lang: segment.lang, dir: segment.dir });
    cell.append(word);
    return cell;
  }

  row(row) {
    const line = make("tr", "");
    line.append(this.header("row", this.source, row), ...this.target.tokens.map((_, column) => this.cell(row, column)));
    return line;
  }

  cell(row, column) {
    const probability = this.links.get(`${row}:${column}`);
    const cell = make("td", "", probability === undefined ? "" : probability.toFixed(2));
    Object.assign(cell.dataset, { row, column });
    cell.tabIndex = -1;
    if (probability !== undefined) {
      cell.classList.add("is-linked");
      cell.style.setProperty("--strength", String(Math.max(0.08, probability)));
    }
    const area = this.areas.find((each) => each.rows.includes(row) && each.columns.includes(column));
    if (area) this.outline(cell, area, row, column);
    cell.setAttribute("aria-label", this.words(row, column, probability, area));
    return cell;
  }

  outline(cell, { rows, columns, color, isCurrent }, row, column) {
    cell.classList.add("in-span");
    cell.classList.toggle("in-current", isCurrent);
    if (color) cell.style.setProperty("--label", color);
    cell.classList.toggle("is-top", !rows.includes(row - 1));
    cell.classList.toggle("is-bottom", !rows.includes(row + 1));
    cell.classList.toggle("is-start", !columns.includes(column - 1));
    cell.classList.toggle("is-end", !columns.includes(column + 1));
  }

  words(row, column, probability, area) {
    const pair = {
      source: isolate(wordOf(this.item, this.source.id, row)),
      target: isolate(wordOf(this.item, this.target.id, column)),
      probability: probability?.toFixed(2),
    };
    const link = probability === undefined ? t("%(source)s, %(target)s: no link", pair) : t("%(source)s, %(target)s: %(probability)s", pair);
    if (!area) return link;
    const span = { link, span: isolate(nameOf(this.item, area.span)), label: labelName(this.app.scheme, area.span.label) };
    return t("%(link)s, in %(span)s, %(label)s", span);
  }

  press(event) {
    const at = event.target.closest("td[data-row]");
    if (!at || event.altKey) return;
    const [row, column] = [Number(at.dataset.row), Number(at.dataset.column)];
    const next = this.next(event, row, column);
    if (event.key === "Enter") this.choose(at);
    else if (next) this.cells[next[0]]?.[next[1]]?.focus();
    else return;
    event.preventDefault();
  }

  // Arrows go by what is seen, so in a table that runs from right to left they swap. Where they end they stay.
  next(event, row, column) {
    const [nRows, nColumns] = [this.cells.length, this.cells[0].length];
    const isAll = event.ctrlKey || event.metaKey;
    if (event.key === "Home") return [isAll ? 0 : row, 0];
    if (event.key === "End") return [isAll ? nRows - 1 : row, nColumns - 1];
    const move = MOVES[event.key];
    if (!move) return null;
    const across = this.target.dir === "rtl" ? -move[1] : move[1];
    return [clamp(row + move[0], nRows), clamp(column + across, nColumns)];
  }

  light(cell) {
    if (!cell.dataset.row) return;
    for (const each of this.element.querySelectorAll(".is-lit, td[tabindex='0']")) {
      each.classList.remove("is-lit");
      if (each.tabIndex === 0) each.tabIndex = -1;
    }
    cell.tabIndex = 0;
    cell.parentElement.firstElementChild.classList.add("is-lit");
    this.element.tHead.rows[0].cells[Number(cell.dataset.column) + 1].classList.add("is-lit");
    this.onLight?.(cell.getAttribute("aria-label"));
  }

  // Enter goes to the span that the cell belongs to.
  choose(cell) {
    const area = cell && this.areas.find((each) => each.rows.includes(Number(cell.dataset.row)) && each.columns.includes(Number(cell.dataset.column)));
    if (area) this.onChoose?.(refOf(area.span));
  }
}

function wrap(tag, children) {
  const element = make(tag, "");
  element.append(...children);
  return element;
}

function clamp(value, n) {
  return Math.max(0, Math.min(value, n - 1));
}

export function openMatrix(app) {
  const alignments = app.item.links.filter((each) => segmentOf(app.item, each.src) && segmentOf(app.item, each.tgt));
  if (!alignments.length) return app.say(t("This item has no links."));
  // The one that the current span is about comes first.
  const source = app.span ? sourceOf(app.item, app.span)?.segment : null;
  alignments.sort((one, two) => (two.src === source) - (one.src === source));
  const line = make("p", "matrix-line");
  const scroller = make("div", "matrix-scroller");
  const matrices = alignments.map((alignment) => new Matrix(app, alignment));
  scroller.append(...matrices.map((matrix) => matrix.element));
  const help = make("p", "muted", t("Arrows go from cell to cell, Enter goes to the span."));
  const dialog = openDialog(app, { name: "matrix", title: t("Links"), content: [scroller, line, help], isWide: true });
  for (const matrix of matrices) {
    matrix.onLight = (words) => line.replaceChildren(words);
    matrix.onChoose = (ref) => {
      dialog.close();
      app.setCursor(ref);
    };
  }
  keepHeadsClear(scroller, matrices[0].element);
  return dialog;
}

// A cell that gets the focus is never scrolled under a head.
function keepHeadsClear(scroller, table) {
  scroller.dir = table.dir;
  scroller.style.scrollPaddingBlockStart = `${table.tHead.offsetHeight}px`;
  scroller.style.scrollPaddingInlineStart = `${table.tHead.rows[0].cells[0].offsetWidth}px`;
  table.querySelector("td[tabindex='0']")?.scrollIntoView({ block: "nearest", inline: "nearest" });
}
