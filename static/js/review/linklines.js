// Links as lines between the words of both sides.

import { make, place } from "./elements.js";

const SVG = "http://www.w3.org/2000/svg";

// Lines between linked words, as strong as the link is probable. They run between the lines of text and in the
// gutter between the columns, so that they cross no word.
export function drawLinks(painter, links) {
  painter.links.replaceChildren();
  if (!links.length) return;
  const frame = painter.links.getBoundingClientRect();
  const words = new Map();
  links.forEach((link, index) => {
    const ends = [wordBox(painter, link.src, link.srcToken, link.probability, words), wordBox(painter, link.tgt, link.tgtToken, link.probability, words)];
    if (ends.includes(null)) return;
    const path = document.createElementNS(SVG, "path");
    const [from, to] = ends.map((rect) => ({ ...rect, x: rect.x - frame.x, y: rect.y - frame.y }));
    path.setAttribute("d", isStacked(painter) ? curve(from, to) : route(from, to, frame.width / 2, index));
    path.style.opacity = strength(link.probability);
    painter.links.append(path);
  });
}

function isStacked({ cells }) {
  const [first, second] = [...cells.values()].map((cell) => cell.cell.getBoundingClientRect());
  return Boolean(second) && Math.abs(first.x - second.x) < 5;
}

// The box of a word, drawn once however many links it has.
function wordBox(painter, segmentId, token, probability, words) {
  const key = `${segmentId}:${token}`;
  const cell = painter.cells.get(segmentId);
  if (!cell || !cell.segment.tokens[token]) return null;
  if (!words.has(key)) {
    const rects = painter.rects(cell, ...cell.segment.tokens[token]);
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
