// Going about and looking: from span to span, word to word, item to item; links and guidelines.

import { t } from "../i18n.js";
import { linksOfSpan, linksOfWord, linkWords, spanLinkWords } from "./links.js";
import { labelOf, orderedSpans, refOf, segmentOf, step, targetOf } from "./state.js";
import { spanWords, stateWords } from "./words.js";

export function goTo(app, spans, direction) {
  const next = step(spans, orderedSpans(app.item), app.queue.current.cursor, direction);
  if (!next) return;
  app.reply = "";
  app.setCursor(refOf(next));
  app.status.announce(`${spanWords(app.item, next, app.scheme)}, ${stateWords(next.state)}`);
}

// Goes from word to word, in the text that has the focus (else the target), and says what each is linked to.
export function goToWord(app, direction) {
  const { item } = app;
  const segment = focusedSegment(item) ?? targetOf(item);
  const at = app.word?.segment === segment.id ? app.word.token + direction : direction > 0 ? 0 : segment.tokens.length - 1;
  if (!segment.tokens[at]) return;
  setWord(app, { segment: segment.id, token: at });
}

function focusedSegment(item) {
  return segmentOf(item, Number(document.activeElement?.closest?.("[data-segment]")?.dataset.segment));
}

// The word cursor, with its links lit and told.
export function setWord(app, { segment, token }) {
  const { item } = app;
  app.word = { segment, token };
  const words = linkWords(item, segment, token, linksOfWord(item, segment, token));
  app.reply = words;
  app.update();
  app.status.announce(words);
}

export function pinLinks(app) {
  app.isPinned = !app.isPinned;
  app.update();
  const { item, span } = app;
  const words = app.isPinned && span ? spanLinkWords(item, span, linksOfSpan(item, span)) : t("Links are hidden");
  app.status.announce(words);
}

export function findLabel(app) {
  if (!app.span && !app.mark) return;
  app.mode = "find";
  app.update();
}

export function shiftItem(app, direction) {
  if (!app.queue.current) return;
  if (!app.config.can_review) app.browse(direction);
  else if (app.queue.shift(direction)) app.show(app.queue.current);
  else if (direction > 0) app.goOn();
  else app.say(t("This is the first item of this session."));
}

function showDialog(app, name) {
  const dialog = app.root.querySelector(`dialog[data-part="${name}"]`);
  if (dialog.open) dialog.close();
  else dialog.showModal();
}

export function guideline(app) {
  const label = app.span ? labelOf(app.scheme, app.span.label) : null;
  const title = app.root.querySelector("[data-part='guideline-title']");
  const text = app.root.querySelector("[data-part='guideline-text']");
  title.textContent = label ? label.name : t("Guidelines");
  text.textContent = label?.description || (label ? t("Nothing is written about this label yet.") : "");
  showDialog(app, "guideline");
}
