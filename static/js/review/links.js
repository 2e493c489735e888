// Which words of the other side belong to a word or a span.

import { t } from "../i18n.js";
import { isPlaced, kindOf, nameOf, offsets, segmentOf, sourceOf } from "./state.js";
import { tokensIn } from "./offsets.js";
import { isolate } from "./words.js";

function flatten(alignment) {
  return alignment.links.map(([srcToken, tgtToken, probability]) => ({
    src: alignment.src,
    tgt: alignment.tgt,
    srcToken,
    tgtToken,
    probability,
  }));
}

export function flatLinks(item) {
  return item.links.flatMap(flatten);
}

export function wordOf(item, segmentId, token) {
  const segment = segmentOf(item, segmentId);
  return segment ? offsets(segment).slice(...segment.tokens[token]) : "";
}

export function linksOfWord(item, segmentId, token) {
  return flatLinks(item).filter((link) =>
    link.src === segmentId ? link.srcToken === token : link.tgt === segmentId && link.tgtToken === token,
  );
}

// Links that leave a span or its source span.
export function linksOfSpan(item, span) {
  if (!["span", "token"].includes(kindOf(span))) return [];
  const source = sourceOf(item, span);
  const from = source ? tokensIn(segmentOf(item, source.segment).tokens, source.intervals) : [];
  const to = isPlaced(span) ? tokensIn(segmentOf(item, span.segment).tokens, span.intervals) : [];
  return flatLinks(item).filter(
    (link) =>
      (source && link.src === source.segment && from.includes(link.srcToken)) ||
      (isPlaced(span) && link.tgt === span.segment && to.includes(link.tgtToken)),
  );
}

// "Bundestag, linked to: parliament, house" for the live region.
export function linkWords(item, segmentId, token, links) {
  const others = links.map((link) =>
    link.src === segmentId ? wordOf(item, link.tgt, link.tgtToken) : wordOf(item, link.src, link.srcToken),
  );
  const word = wordOf(item, segmentId, token);
  return linkedTo(word, others);
}

// The same for a whole span: what its own words are linked to, or where its source leads when it has no place.
export function spanLinkWords(item, span, links) {
  const isIn = (link) => tokensIn([segmentOf(item, link.tgt).tokens[link.tgtToken]], span.intervals).length > 0;
  const words = isPlaced(span)
    ? links.filter((link) => link.tgt === span.segment && isIn(link)).map((link) => wordOf(item, link.src, link.srcToken))
    : links.map((link) => wordOf(item, link.tgt, link.tgtToken));
  return linkedTo(nameOf(item, span), words);
}

function linkedTo(name, words) {
  const parts = { name: isolate(name), words: [...new Set(words)].map(isolate).join(", ") };
  return words.length ? t("%(name)s, linked to: %(words)s", parts) : t("%(name)s, linked to nothing", parts);
}
