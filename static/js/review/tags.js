// The tags over spans: label, state and what else a span has, each as wide as the next one leaves room for.

import { dress, make } from "./elements.js";
import { speak } from "./spoken.js";

// Pixels between tags on the same line.
const GAP = 3;

// A sign for the eye, painted by the style sheet: the name of the element says more.
function sign(className, text) {
  const element = make("span", `tag-sign ${className}`);
  element.dataset.sign = text;
  return element;
}

export function drawTag(cell, rects, { text, mark = "", key = "", concept = "", flag = "", label, isCurrent, isQuiet, says, ref }) {
  if (!rects.length) return;
  const isRtl = cell.segment.dir === "rtl";
  const top = Math.min(...rects.map((rect) => rect.y));
  const firstLine = rects.filter((rect) => rect.y - top < rect.height / 2);
  const start = isRtl
    ? Math.max(...firstLine.map((rect) => rect.x + rect.width))
    : Math.min(...firstLine.map((rect) => rect.x));
  const element = make("span", `tag${isCurrent ? " current" : ""}${isQuiet ? " quiet" : ""}`);
  if (mark) element.append(sign("tag-mark", mark));
  if (key) element.append(sign("tag-key", key));
  element.append(make("span", "tag-name", text));
  if (concept) element.append(" ", make("bdi", "tag-concept", concept));
  if (flag) element.append(sign("tag-flag", flag));
  dress(element, label);
  speak(element, says, ref, isCurrent);
  element.style.top = `${top}px`;
  if (isRtl) element.style.right = `${cell.origin.width - start}px`;
  else element.style.left = `${start}px`;
  cell.tags.push({ element, top, start: isRtl ? -start : start, isCurrent });
}

// A tag ends where the next one on its line begins. The last one moves back into the cell; what is left is cut off.
export function spreadTags(cell) {
  const isRtl = cell.segment.dir === "rtl";
  const limit = isRtl ? 0 : cell.origin.width;
  for (const tag of cell.tags) tag.width = tag.element.offsetWidth;
  sideBySide(cell.tags, (tag) => moveTag(cell, tag));
  for (const tag of cell.tags) {
    const line = cell.tags.filter((other) => other !== tag && Math.abs(other.top - tag.top) < 4);
    const next = Math.min(...line.filter((other) => other.start > tag.start).map((other) => other.start - GAP), limit);
    if (tag.start + tag.width <= next) continue;
    if (next === limit) {
      const before = line.filter((other) => other.start <= tag.start).map((other) => other.start + other.width + GAP);
      tag.start = Math.min(tag.start, Math.max(limit - tag.width, ...before, isRtl ? -cell.origin.width : 0));
      moveTag(cell, tag);
    }
    tag.element.style.maxWidth = `${Math.max(next - tag.start, 12)}px`;
  }
}

function moveTag(cell, tag) {
  const isRtl = cell.segment.dir === "rtl";
  tag.element.style[isRtl ? "right" : "left"] = `${isRtl ? cell.origin.width + tag.start : tag.start}px`;
}

// Tags of spans that begin at the same place stand one after the other.
function sideBySide(tags, moved) {
  for (const [index, tag] of tags.entries()) {
    const before = tags.slice(0, index).filter((other) => Math.abs(other.top - tag.top) < 4 && Math.abs(other.start - tag.start) < 4);
    if (!before.length) continue;
    tag.start = Math.max(...before.map((other) => other.start + other.width + GAP));
    moved(tag);
  }
}
