// Marks are painted on a layer under the text. The text stays one plain node, so letters join and order is kept.

import { t } from "../i18n.js";
import { dress, make, place } from "./elements.js";
import { flagOf } from "./notes.js";
import { besideOf, isPlaced, kindOf, labelOf, offsets, orderedSpans, refOf, segmentOf, sourceOf } from "./state.js";
import { sourceMark, speak, targetMark } from "./spoken.js";
import { merge, nesting, slotsOf } from "./layout.js";
import { drawLinks } from "./linklines.js";
import { drawTag, spreadTags } from "./tags.js";
import { reasonText, sameIntervals, whyUnprojected } from "./words.js";

const NEST = 3;
const EDGE_WIDTH = 9;

export class Painter {
  constructor({ scheme }) {
    this.scheme = scheme;
    // Drawn with the item by other files: {draw(painter, item, view)} before the marks are measured, mark() among them,
    // paint() when they stand; each is optional but the first.
    this.parts = [];
  }

  // An element of the item that a part keeps for itself, made beside another one when it is first asked for.
  slot(name, beside, where = "after", tag = "div", namespace = null) {
    if (!this.slots.has(name)) {
      const made = namespace ? document.createElementNS(namespace, tag) : document.createElement(tag);
      beside()[where](made);
      this.slots.set(name, made);
    }
    return this.slots.get(name);
  }

  // Takes the element of an item; from here on its marks follow `draw`.
  attach(element, item) {
    if (this.element !== element) this.slots = slotsOf(element);
    this.element = element;
    this.cells = new Map();
    for (const cell of element.querySelectorAll("[data-segment]")) {
      const segment = segmentOf(item, Number(cell.dataset.segment));
      const text = cell.querySelector(".text");
      // HTML turns carriage returns into line feeds, which would shift every offset after them.
      if (text.textContent !== segment.text) text.textContent = segment.text;
      const [paint, unplaced] = [cell.querySelector(".paint"), cell.querySelector(".unplaced")];
      this.cells.set(segment.id, { cell, text, segment, paint, unplaced });
    }
    this.links = element.querySelector(".links");
  }

  // Everything at once: a few dozen boxes, well under a frame.
  draw(item, view) {
    const current = view.cursor;
    this.drawUnplaced(item, view);
    for (const part of this.parts) part.draw(this, item, view);
    for (const cell of this.cells.values()) {
      cell.origin = cell.paint.getBoundingClientRect();
      cell.boxes = [];
      cell.tags = [];
    }
    const isCurrent = (span) => current && refOf(current) === refOf(span);
    // Tags stand in a grid, so that of them only the current one is outlined in the texts; a class covers all of it.
    const isShown = (span) => kindOf(span) === "span" || (kindOf(span) === "token" && isCurrent(span));
    for (const source of item.source_spans) if (isShown({ ...source, source_span: source.id })) this.drawSource(item, source, current);
    const shown = orderedSpans(item).filter((span) => isPlaced(span) && isShown(span));
    for (const span of shown) this.drawTarget(item, span, view, nesting(span, shown));
    if (view.preview) this.drawPreview(view.preview);
    if (view.mark) this.drawMark(view.mark);
    for (const part of this.parts) part.mark?.(this, item, view);
    for (const cell of this.cells.values()) {
      cell.paint.replaceChildren(...cell.boxes, ...cell.tags.map((tag) => tag.element));
      spreadTags(cell);
    }
    drawLinks(this, view.links);
    for (const part of this.parts) part.paint?.(this, item, view);
  }

  // Scrolls only when the current span, or what is being marked, is out of sight.
  reveal(coveredBelow) {
    // Who works in the table stays there.
    if (document.activeElement?.closest(".span-table")) return;
    const current = this.element.querySelector(".box.mark") ?? this.element.querySelector(".token.current") ?? this.element.querySelector(".cell-target .box.current, .unplaced .current, .chip.current, .relation.current");
    if (!current) return;
    current.style.scrollMarginBlockEnd = `${coveredBelow + 16}px`;
    current.scrollIntoView({ block: "nearest" });
  }

  // Rectangles of an interval, one a line and direction, relative to the layer of its cell.
  rects(cell, start, end) {
    const node = cell.text.firstChild;
    if (!node) return [];
    const text = offsets(cell.segment);
    const range = document.createRange();
    range.setStart(node, text.toUnit(start));
    range.setEnd(node, text.toUnit(end));
    const rects = [...range.getClientRects()].filter((rect) => rect.width > 0.5);
    return merge(rects).map((rect) => ({
      x: rect.x - cell.origin.x,
      y: rect.y - cell.origin.y,
      width: rect.width,
      height: rect.height,
    }));
  }

  // `depth` is how many other spans lie within: the box keeps a distance from theirs.
  boxes(cell, intervals, className, label, depth = 0) {
    const pieces = intervals.map(([start, end]) => this.rects(cell, start, end));
    for (const rects of pieces) {
      const top = Math.min(...rects.map((rect) => rect.y));
      const bottom = Math.max(...rects.map((rect) => rect.y));
      for (const rect of rects) {
        const box = make("div", `box ${className}`);
        // A box that goes on in another line is open at that side.
        box.classList.toggle("from-before", rect.y > top + 3);
        box.classList.toggle("goes-on", rect.y < bottom - 3);
        box.dir = cell.segment.dir;
        place(box, depth ? { ...rect, y: rect.y - NEST * depth, height: rect.height + 2 * NEST * depth } : rect);
        dress(box, label);
        cell.boxes.push(box);
      }
    }
    return pieces.flat();
  }

  drawSource(item, source, current) {
    const cell = this.cells.get(source.segment);
    const isCurrent = current && sourceOf(item, current)?.id === source.id;
    const label = labelOf(this.scheme, source.label);
    const rects = this.boxes(cell, source.intervals, isCurrent ? "gold current" : "gold", label);
    const says = sourceMark(source, label);
    drawTag(cell, rects, { text: label?.name ?? "", label, isCurrent, says, ref: `s${source.id}` });
  }

  drawTarget(item, span, view, depth) {
    const cell = this.cells.get(span.segment);
    const isCurrent = view.cursor && refOf(view.cursor) === refOf(span);
    const label = labelOf(this.scheme, span.label);
    const machine = span.machine;
    if (machine?.intervals.length && !sameIntervals(machine.intervals, span.intervals)) {
      this.boxes(this.cells.get(machine.segment), machine.intervals, "ghost", null);
    }
    const who = span.state === "undecided" && !isChanged(span) ? "machine" : "person";
    const className = `${span.state} ${who}${isCurrent ? " current" : ""}`;
    const rects = this.boxes(cell, span.intervals, className, label, depth);
    const isMovable = view.canReview && kindOf(span) === "span" && span.state !== "rejected" && !view.preview && !view.mark;
    if (isCurrent && isMovable) this.drawEdge(cell, view.piece === null ? rects : this.rectsOf(cell, [span.intervals[view.piece]]), view.edge);
    const flag = flagOf(item, refOf(span)) ? "⚑" : "";
    const says = targetMark(item, span, label);
    drawTag(cell, rects, { ...this.tagOf(span, label), flag, label, isCurrent, says, ref: refOf(span) });
  }

  rectsOf(cell, intervals) {
    return intervals.flatMap(([start, end]) => this.rects(cell, start, end));
  }

  tagOf(span, label) {
    if (span.state === "rejected") return { text: reasonText(this.scheme, span.reason), mark: "✕", isQuiet: true };
    const was = span.machine && span.machine.label !== span.label ? labelOf(this.scheme, span.machine.label) : null;
    const name = label?.name ?? "?";
    return {
      text: was ? `${was.name} → ${name}` : name,
      mark: span.state === "accepted" ? "✓" : "",
      key: span.state === "undecided" ? (label?.key ?? "") : "",
      concept: span.concept?.name ?? "",
    };
  }

  drawEdge(cell, rects, edge) {
    if (!rects.length) return;
    const ys = rects.map((rect) => rect.y);
    const y = edge === "end" ? Math.max(...ys) : Math.min(...ys);
    const line = rects.filter((rect) => Math.abs(rect.y - y) < 3);
    const isRight = (edge === "end") !== (cell.segment.dir === "rtl");
    const x = isRight ? Math.max(...line.map((rect) => rect.x + rect.width)) : Math.min(...line.map((rect) => rect.x));
    // Ticks over and under the line, turned inwards: what stands beside the edge is never covered.
    const handle = make("div", `edge ${isRight ? "edge-right" : "edge-left"}`);
    const width = Math.min(EDGE_WIDTH, line[0].width);
    place(handle, { x: isRight ? x - width : x, y: line[0].y, width, height: line[0].height });
    cell.boxes.push(handle);
  }

  // A proposal may stand in another text than the span, which may have no place at all.
  drawPreview({ segment, intervals, label }) {
    const cell = this.cells.get(segment);
    if (cell) this.boxes(cell, intervals, "preview", labelOf(this.scheme, label));
  }

  drawMark({ segment, intervals }) {
    this.boxes(this.cells.get(segment), intervals, "mark", null);
  }

  drawUnplaced(item, view) {
    const spans = orderedSpans(item).filter((span) => !isPlaced(span) && kindOf(span) !== "relation");
    const lists = [...this.cells.values()].filter(({ unplaced }) => unplaced);
    // Beside its source where that text has a translation.
    const home = (span) => {
      const source = sourceOf(item, span);
      const beside = source && besideOf(item, source.segment);
      return lists.find(({ segment }) => segment.id === beside?.id) ?? lists[0];
    };
    for (const list of lists) {
      const own = spans.filter((span) => home(span) === list);
      list.unplaced.replaceChildren(...own.map((span) => this.unplacedRow(item, span, view)));
      list.unplaced.hidden = own.length === 0;
    }
    // That something was not found is why the item stands here; no longer once it has a place.
    const why = this.element.querySelector(".pair-place[data-missing]");
    if (why) why.hidden = spans.length === 0;
  }

  unplacedRow(item, span, view) {
    const label = labelOf(this.scheme, span.label);
    const isCurrent = view.cursor && refOf(view.cursor) === refOf(span);
    const row = make("li", `${span.state}${isCurrent ? " current" : ""}`);
    speak(row, targetMark(item, span, label), refOf(span), isCurrent);
    // What it shows says all of it.
    row.removeAttribute("aria-label");
    dress(row, label);
    const why = span.state === "rejected" ? reasonText(this.scheme, span.reason) : t("not found: %(reason)s", { reason: whyUnprojected(span) });
    row.append(
      make("bdi", "unplaced-name", sourceOf(item, span)?.surface ?? t("span")),
      make("span", "unplaced-label", label?.name ?? ""),
      make("span", "unplaced-why", `${span.state === "rejected" ? "✕ " : ""}${why}`),
    );
    return row;
  }

  // Where in a text a point of the page lies: {segment, point}, or null.
  locate(clientX, clientY) {
    const caret = document.caretPositionFromPoint?.(clientX, clientY);
    const range = caret ? null : document.caretRangeFromPoint?.(clientX, clientY);
    const node = caret?.offsetNode ?? range?.startContainer;
    const unit = caret?.offset ?? range?.startOffset;
    for (const cell of this.cells.values()) {
      if (node !== cell.text.firstChild) continue;
      return this.nearest(cell, offsets(cell.segment).toPoint(unit), clientX, clientY);
    }
    return null;
  }

  // A caret stands between two characters; the one under the pointer is meant, and none beside the line.
  nearest(cell, point, clientX, clientY) {
    cell.origin = cell.paint.getBoundingClientRect();
    for (const at of [point, point - 1]) {
      if (at < 0 || at >= offsets(cell.segment).length) continue;
      const hit = this.rects(cell, at, at + 1).some(
        (rect) => isWithin(clientX - cell.origin.x, rect.x, rect.width) && isWithin(clientY - cell.origin.y, rect.y, rect.height),
      );
      if (hit) return { segment: cell.segment, point: at };
    }
    return null;
  }
}

function isChanged(span) {
  if (!span.machine) return true;
  return span.machine.label !== span.label || !sameIntervals(span.machine.intervals, span.intervals);
}

function isWithin(value, start, size) {
  return value >= start - 1 && value <= start + size + 1;
}
