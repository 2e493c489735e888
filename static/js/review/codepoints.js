// Characters that are not seen: marks for them in the texts (under View), and the code points of a span or word (U).

import { t } from "../i18n.js";
import { make } from "./elements.js";
import { wordOf } from "./links.js";
import { intervalOf } from "./marking.js";
import { openPanel } from "./panel.js";
import { post } from "./server.js";
import { covered, offsets, segmentOf, surfaceOf } from "./state.js";

const MOST = 200;
const SIGNS = new Map([
  [0x00a0, "NBSP"],
  [0x00ad, "SHY"],
  [0x061c, "ALM"],
  [0x200b, "ZWSP"],
  [0x200c, "ZWNJ"],
  [0x200d, "ZWJ"],
  [0x200e, "LRM"],
  [0x200f, "RLM"],
  [0x202f, "NNBSP"],
  [0x2060, "WJ"],
  [0x2066, "LRI"],
  [0x2067, "RLI"],
  [0x2068, "FSI"],
  [0x2069, "PDI"],
  [0xfeff, "BOM"],
]);

// ------------------------------------------------------------------------------------------------------------ marks

function drawMarks(app) {
  if (!app.settings.values.shows_marks || !app.item || !app.painter.cells) return;
  for (const cell of app.painter.cells.values()) {
    const { segment, text, paint } = cell;
    const points = offsets(segment);
    [...segment.text].forEach((character, point) => {
      const name = SIGNS.get(character.codePointAt(0));
      const rect = name && placeOf(text.firstChild, points.toUnit(point), points.toUnit(point + 1));
      if (rect) paint.append(sign(name, rect, cell.origin));
    });
  }
}

// Most of them have no width: then the place between their neighbours is meant.
function placeOf(node, from, to) {
  const range = document.createRange();
  range.setStart(node, from);
  range.setEnd(node, to);
  return [...range.getClientRects()].at(-1) ?? null;
}

function sign(name, rect, origin) {
  const mark = make("span", "sign", name);
  mark.style.left = `${rect.x + rect.width / 2 - origin.x}px`;
  mark.style.top = `${rect.bottom - origin.y}px`;
  return mark;
}

// ------------------------------------------------------------------------------------------------------ code points

let panel = null;
let shown = null;

// What is being marked, the word cursor, or the current span.
function textAtCursor(app) {
  const { item, mark, word, span } = app;
  if (!item) return "";
  const interval = mark ? intervalOf(item, mark) : null;
  if (interval) return covered(item, mark.segment, [interval]);
  if (word) return segmentOf(item, word.segment) ? wordOf(item, word.segment, word.token) : "";
  return span ? surfaceOf(item, span) : "";
}

export function openCodePoints(app) {
  shown = null;
  panel = openPanel(app, {
    name: "codepoints",
    title: t("Code points"),
    onClose: () => {
      panel = null;
    },
  });
  if (panel) list(app);
}

async function list(app) {
  const text = textAtCursor(app);
  if (text === shown) return;
  shown = text;
  const rows = [...text].slice(0, MOST).map((character) => ({ character, hex: hexOf(character), name: "" }));
  draw(rows, text);
  const names = await namesOf(app, text);
  if (names && panel && shown === text) draw(rows.map((row, index) => ({ ...row, name: names[index] ?? "" })), text);
}

function hexOf(character) {
  return `U+${character.codePointAt(0).toString(16).toUpperCase().padStart(4, "0")}`;
}

// The browser knows no names of characters; without a connection the numbers stand alone.
async function namesOf(app, text) {
  if (!text) return null;
  const asked = post(app.config.urls.characters, { text: [...text].slice(0, MOST).join("") });
  return asked.then(({ answer }) => answer?.names ?? null).catch(() => null);
}

function draw(rows, text) {
  if (!rows.length) {
    panel.setContent(make("p", "muted", t("The cursor is on no text.")));
    return;
  }
  const list = make("ol", "code-points");
  list.append(...rows.map(({ character, hex, name }) => row(character, hex, name)));
  const whole = make("p", "code-points-text");
  whole.append(make("bdi", "", text));
  panel.setContent(whole, list);
}

function row(character, hex, name) {
  const line = make("li", "");
  const isSeen = /[\p{L}\p{N}\p{P}\p{S}]/u.test(character);
  // A mark that belongs to the letter before it is shown on a dotted circle.
  const shownAs = /\p{M}/u.test(character) ? `\u25cc${character}` : isSeen ? character : (SIGNS.get(character.codePointAt(0)) ?? "");
  line.append(make("bdi", "code-point-sign", shownAs), " ", make("code", "", hex), " ", make("span", "", name));
  return line;
}

export function updated(app) {
  drawMarks(app);
  if (panel) list(app);
}
