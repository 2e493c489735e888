// What mouse, pen and finger do in the texts: light words, choose spans, mark.

import { run } from "./dispatch.js";
import { fromSelection, setAt } from "./marking.js";
import { tokenAt } from "./offsets.js";
import { useMark } from "./placing.js";
import { findSpan, kindOf, markLayer, refOf, segmentOf } from "./state.js";

export function followPointer(app) {
  let frame = 0;
  app.stage.addEventListener("pointermove", (event) => {
    if (event.pointerType === "touch" || event.buttons || !app.item) return;
    cancelAnimationFrame(frame);
    frame = requestAnimationFrame(() => app.item && hover(app, wordOf(app, event.target) ?? app.painter.locate(event.clientX, event.clientY)));
  });
  app.stage.addEventListener("pointerleave", () => {
    cancelAnimationFrame(frame);
    if (app.item) hover(app, null);
  });

  app.stage.addEventListener("pointerup", (event) => {
    if (!app.item || event.button !== 0) return;
    // The browser settles the selection after this event.
    setTimeout(() => released(app, event), 0);
  });

  // A screen reader presses a highlight without any pointer.
  app.stage.addEventListener("click", (event) => {
    const pressed = event.detail === 0 && app.item ? event.target.closest("[data-ref]") : null;
    if (pressed) choose(app, findSpan(app.item, pressed.dataset.ref));
  });
}

function spanAt(app, { segment, point }) {
  const covers = (each) => each.segment === segment.id && each.intervals.some(([start, end]) => start <= point && point < end);
  const isMarked = (each) => ["span", "token"].includes(kindOf(each)) && covers(each);
  const inner = (found) => found.sort((one, two) => width(one) - width(two))[0];
  const source = inner(app.item.source_spans.filter(isMarked));
  if (source) return app.item.spans.find((span) => span.source_span === source.id) ?? null;
  // Where spans lie in one another, each click goes to the next wider one.
  const found = app.item.spans.filter(isMarked).sort((one, two) => width(one) - width(two));
  return found[(found.findIndex((span) => span === app.span) + 1) % found.length] ?? null;
}

function width({ intervals }) {
  return intervals.at(-1)[1] - intervals[0][0];
}

function hover(app, found) {
  const token = found ? tokenAt(found.segment.tokens, found.point) : -1;
  const interval = found?.segment.tokens[token];
  const isOn = Boolean(interval && interval[0] <= found.point && found.point < interval[1]);
  const key = isOn ? `${found.segment.id}:${token}` : "";
  if (key === (app.hovered?.key ?? "")) return;
  app.hovered = isOn ? { segment: found.segment.id, token, key } : null;
  app.update();
}

// The word that an element stands for, such as its reading in Latin letters.
function wordOf(app, target) {
  const { wordSegment, wordToken } = target instanceof Element ? (target.closest("[data-word-token]")?.dataset ?? {}) : {};
  const segment = wordSegment ? segmentOf(app.item, Number(wordSegment)) : null;
  return segment ? { segment, point: segment.tokens[Number(wordToken)][0] } : null;
}

function released(app, event) {
  if (!app.item) return;
  const row = event.target instanceof Element ? event.target.closest("[data-ref]") : null;
  if (row) {
    app.setCursor(row.dataset.ref);
    return;
  }
  const mark = app.canReview ? fromSelection(app.item, app.painter, isExact(app, event), app.span) : null;
  if (mark) {
    useMark(app, mark);
    return;
  }
  const found = app.painter.locate(event.clientX, event.clientY);
  if (!found) return;
  if (app.mode === "mark") useMark(app, setAt(app.item, app.mark, found.segment, found.point));
  else choose(app, spanAt(app, found));
}

// Whole words, unless Ctrl is held or the layer is one of single characters.
function isExact(app, event) {
  const hasControl = event.ctrlKey || event.metaKey;
  return Boolean(markLayer(app.scheme, app.span)?.is_by_character) !== hasControl;
}

function choose(app, span) {
  if (!span) return;
  if (app.mode !== "normal") run(app, { name: "leave" });
  app.reply = "";
  app.setCursor(refOf(span));
}
