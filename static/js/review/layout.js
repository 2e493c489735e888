// How marks lie in the texts, and what parts keep of an item's element.

// The slots that an element has already, when it is shown again.
const slotMaps = new WeakMap();

export function slotsOf(element) {
  if (!slotMaps.has(element)) slotMaps.set(element, new Map());
  return slotMaps.get(element);
}

// How many spans of the same text lie within one, one in the other.
export function nesting(span, others) {
  const within = (inner) =>
    inner !== span &&
    inner.segment === span.segment &&
    inner.intervals[0][0] >= span.intervals[0][0] &&
    inner.intervals.at(-1)[1] <= span.intervals.at(-1)[1] &&
    size(inner) < size(span);
  const inside = others.filter(within);
  return inside.length ? 1 + Math.max(...inside.map((inner) => nesting(inner, inside))) : 0;
}

function size({ intervals }) {
  return intervals.at(-1)[1] - intervals[0][0];
}

// Rectangles that touch on the same line are one.
export function merge(rects) {
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
