// Marks are painted on a layer under the text. The text stays one plain node, so letters join and order is kept.

import { isPlaced, labelOf, offsets, orderedSpans, refOf, segmentOf, sourceOf } from "./state.js";
import { reasonText, sameIntervals, whyUnprojected } from "./words.js";

const SVG = "http://www.w3.org/2000/svg";
const GAP = 3;
const EDGE_WIDTH = 9;

export function make(tag, className, text = "") {
  const element = document.createElement(tag);
  element.className = className;
  if (text) element.textContent = text;
  return element;
}

export class Painter {
  constructor({ scheme }) {
    this.scheme = scheme;
  }

  // Takes the element of an item; from here on its marks follow `draw`.
  attach(element, item) {
    this.element = element;
    this.cells = new Map();
    for (const cell of element.querySelectorAll("[data-segment]")) {
      const segment = segmentOf(item, Number(cell.dataset.segment));
      const text = cell.querySelector(".text");
      // HTML turns carriage returns into line feeds, which would shift every offset after them.
      if (text.textContent !== segment.text) text.textContent = segment.text;
      this.cells.set(segment.id, { cell, text, segment, paint: cell.querySelector(".paint") });
    }
    this.links = element.querySelector(".links");
    this.unplaced = element.querySelector(".unplaced");
  }

  // Everything at once: a few dozen boxes, well under a frame.
  draw(item, view) {
    const current = view.cursor;
    for (const cell of this.cells.values()) {
      cell.origin = cell.paint.getBoundingClientRect();
      cell.boxes = [];
      cell.tags = [];
    }
    for (const source of item.source_spans) this.drawSource(item, source, current);
    for (const span of orderedSpans(item)) if (isPlaced(span)) this.drawTarget(item, span, view);
    if (view.mark) this.drawMark(view.mark);
    for (const cell of this.cells.values()) {
      cell.paint.replaceChildren(...cell.boxes, ...cell.tags.map((tag) => tag.element));
      this.spreadTags(cell);
    }
    this.drawUnplaced(item, view);
    this.drawLinks(item, view);
  }

  // Scrolls only when the current span, or what is being marked, is out of sight.
  reveal(coveredBelow) {
    const current = this.element.querySelector(".box.mark") ?? this.element.querySelector(".cell-target .box.current, .unplaced .current");
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

  boxes(cell, intervals, className, color) {
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
        place(box, rect);
        if (color) box.style.setProperty("--label", color);
        cell.boxes.push(box);
      }
    }
    return pieces.flat();
  }

  drawSource(item, source, current) {
    const cell = this.cells.get(source.segment);
    const isCurrent = current && sourceOf(item, current)?.id === source.id;
    const label = labelOf(this.scheme, source.label);
    const rects = this.boxes(cell, source.intervals, isCurrent ? "gold current" : "gold", label?.color);
    this.tag(cell, rects, { text: label?.name ?? "", color: label?.color, isCurrent });
  }

  drawTarget(item, span, view) {
    const cell = this.cells.get(span.segment);
    const isCurrent = view.cursor && refOf(view.cursor) === refOf(span);
    const label = labelOf(this.scheme, span.label);
    const machine = span.machine;
    if (machine?.intervals.length && !sameIntervals(machine.intervals, span.intervals)) {
      this.boxes(this.cells.get(machine.segment), machine.intervals, "ghost", null);
    }
    const who = span.state === "undecided" && !isChanged(span) ? "machine" : "person";
    const className = `${span.state} ${who}${isCurrent ? " current" : ""}`;
    const rects = this.boxes(cell, span.intervals, className, label?.color);
    const isMovable = view.canReview && span.state !== "rejected" && !view.preview && !view.mark;
    if (isCurrent && isMovable) this.drawEdge(cell, rects, view.edge);
    if (isCurrent && view.preview) this.boxes(cell, view.preview.intervals, "preview", label?.color);
    this.tag(cell, rects, { ...this.tagOf(span, label), color: label?.color, isCurrent });
  }

  tagOf(span, label) {
    if (span.state === "rejected") return { text: reasonText(this.scheme, span.reason), mark: "✕", isQuiet: true };
    const was = span.machine && span.machine.label !== span.label ? labelOf(this.scheme, span.machine.label) : null;
    const name = label?.name ?? "?";
    return {
      text: was ? `${was.name} → ${name}` : name,
      mark: span.state === "accepted" ? "✓" : "",
      key: span.state === "undecided" ? (label?.key ?? "") : "",
    };
  }

  tag(cell, rects, { text, mark = "", key = "", color, isCurrent, isQuiet }) {
    if (!rects.length) return;
    const isRtl = cell.segment.dir === "rtl";
    const top = Math.min(...rects.map((rect) => rect.y));
    const firstLine = rects.filter((rect) => rect.y - top < rect.height / 2);
    const start = isRtl
      ? Math.max(...firstLine.map((rect) => rect.x + rect.width))
      : Math.min(...firstLine.map((rect) => rect.x));
    const element = make("span", `tag${isCurrent ? " current" : ""}${isQuiet ? " quiet" : ""}`);
    if (mark) element.append(make("b", "tag-mark", mark));
    if (key) element.append(make("span", "tag-key", key));
    element.append(make("span", "tag-name", text));
    if (color) element.style.setProperty("--label", color);
    element.style.top = `${top}px`;
    if (isRtl) element.style.right = `${cell.origin.width - start}px`;
    else element.style.left = `${start}px`;
    cell.tags.push({ element, top, start: isRtl ? -start : start, isCurrent });
  }

  // A tag ends where the next one on its line begins. The last one moves back into the cell; what is left is cut off.
  spreadTags(cell) {
    const isRtl = cell.segment.dir === "rtl";
    const limit = isRtl ? 0 : cell.origin.width;
    for (const tag of cell.tags) tag.width = tag.element.offsetWidth;
    for (const tag of cell.tags) {
      const line = cell.tags.filter((other) => other !== tag && Math.abs(other.top - tag.top) < 4);
      const next = Math.min(...line.filter((other) => other.start > tag.start).map((other) => other.start - GAP), limit);
      if (tag.start + tag.width <= next) continue;
      if (next === limit) {
        const before = line.filter((other) => other.start <= tag.start).map((other) => other.start + other.width + GAP);
        tag.start = Math.min(tag.start, Math.max(limit - tag.width, ...before, isRtl ? -cell.origin.width : 0));
        tag.element.style[isRtl ? "right" : "left"] = `${isRtl ? cell.origin.width + tag.start : tag.start}px`;
      }
      tag.element.style.maxWidth = `${Math.max(next - tag.start, 12)}px`;
    }
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

  drawMark({ segment, intervals }) {
    this.boxes(this.cells.get(segment), intervals, "mark", null);
  }

  drawUnplaced(item, view) {
    const spans = orderedSpans(item).filter((span) => !isPlaced(span));
    this.unplaced.replaceChildren(...spans.map((span) => this.unplacedRow(item, span, view)));
    this.unplaced.hidden = spans.length === 0;
    // That something was not found is why the item stands here; no longer once it has a place.
    const why = this.element.querySelector(".pair-place[data-missing]");
    if (why) why.hidden = spans.length === 0;
  }

  unplacedRow(item, span, view) {
    const label = labelOf(this.scheme, span.label);
    const isCurrent = view.cursor && refOf(view.cursor) === refOf(span);
    const row = make("li", `${span.state}${isCurrent ? " current" : ""}`);
    row.dataset.ref = refOf(span);
    if (label) row.style.setProperty("--label", label.color);
    const why = span.state === "rejected" ? reasonText(this.scheme, span.reason) : `not found: ${whyUnprojected(span)}`;
    row.append(
      make("bdi", "unplaced-name", sourceOf(item, span)?.surface ?? "span"),
      make("span", "unplaced-label", label?.name ?? ""),
      make("span", "unplaced-why", `${span.state === "rejected" ? "✕ " : ""}${why}`),
    );
    return row;
  }

  // Lines between linked words, as strong as the link is probable. They run between the lines of text and in the
  // gutter between the columns, so that they cross no word.
  drawLinks(item, view) {
    this.links.replaceChildren();
    if (!view.links.length) return;
    const frame = this.links.getBoundingClientRect();
    const words = new Map();
    view.links.forEach((link, index) => {
      const ends = [this.word(link.src, link.srcToken, link.probability, words), this.word(link.tgt, link.tgtToken, link.probability, words)];
      if (ends.includes(null)) return;
      const path = document.createElementNS(SVG, "path");
      const [from, to] = ends.map((rect) => ({ ...rect, x: rect.x - frame.x, y: rect.y - frame.y }));
      path.setAttribute("d", this.isStacked() ? curve(from, to) : route(from, to, frame.width / 2, index));
      path.style.opacity = strength(link.probability);
      this.links.append(path);
    });
  }

  isStacked() {
    const [first, second] = [...this.cells.values()].map((cell) => cell.cell.getBoundingClientRect());
    return Boolean(second) && Math.abs(first.x - second.x) < 5;
  }

  word(segmentId, token, probability, words) {
    const key = `${segmentId}:${token}`;
    const cell = this.cells.get(segmentId);
    if (!cell || !cell.segment.tokens[token]) return null;
    if (!words.has(key)) {
      const rects = this.rects(cell, ...cell.segment.tokens[token]);
      if (!rects.length) return null;
      const box = make("div", "box word");
      place(box, rects[0]);
      box.style.setProperty("--strength", strength(probability));
      cell.paint.append(box);
      const { x, y, width, height } = rects[0];
      words.set(key, { x: x + cell.origin.x, y: y + cell.origin.y, width, height });
    }
    return words.get(key);
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

export function isChanged(span) {
  if (!span.machine) return true;
  return span.machine.label !== span.label || !sameIntervals(span.machine.intervals, span.intervals);
}

function isWithin(value, start, size) {
  return value >= start - 1 && value <= start + size + 1;
}

function place(element, { x, y, width, height }) {
  element.style.left = `${x}px`;
  element.style.top = `${y}px`;
  element.style.width = `${width}px`;
  element.style.height = `${height}px`;
}

// Rectangles that touch on the same line are one.
function merge(rects) {
  const merged = [];
  for (const rect of [...rects].sort((one, two) => one.y - two.y || one.x - two.x)) {
    const last = merged.at(-1);
    if (last && Math.abs(last.y - rect.y) < 3 && rect.x <= last.x + last.width + 1.5) {
      last.width = Math.max(last.width, rect.x + rect.width - last.x);
      last.height = Math.max(last.height, rect.height);
    } else merged.push({ x: rect.x, y: rect.y, width: rect.width, height: rect.height });
  }
  return merged;
}

function strength(probability) {
  return String(0.25 + 0.75 * Math.max(0, Math.min(1, probability)));
}

function curve(from, to) {
  const [x1, y1, x2, y2] = [from.x + from.width / 2, from.y + from.height, to.x + to.width / 2, to.y];
  const bend = (y2 - y1) / 2;
  return `M${x1} ${y1} C${x1} ${y1 + bend} ${x2} ${y2 - bend} ${x2} ${y2}`;
}

// Down from the word, along the gap under its line, up or down the gutter, and back the same way at the other word.
function route(from, to, middle, index) {
  const lane = (index % 4) * 3;
  const gutter = middle + lane - 4;
  const [x1, y1] = [from.x + from.width / 2, from.y + from.height];
  const [x2, y2] = [to.x + to.width / 2, to.y + to.height];
  const [gap1, gap2] = [y1 + 3 + lane / 2, y2 + 3 + lane / 2];
  return `M${x1} ${y1} V${gap1} H${gutter} V${gap2} H${x2} V${y2}`;
}
