// Which words of the other side belong to a word or a span.

import { isPlaced, nameOf, segmentOf, sourceOf, targetOf, offsets } from "./state.js";
import { tokensIn } from "./offsets.js";

function flatten(alignment) {
  return alignment.links.map(([srcToken, tgtToken, probability]) => ({
    src: alignment.src,
    tgt: alignment.tgt,
    srcToken,
    tgtToken,
    probability,
  }));
}

function wordOf(item, segmentId, token) {
  const segment = segmentOf(item, segmentId);
  return segment ? offsets(segment).slice(...segment.tokens[token]) : "";
}

export function linksOfWord(item, segmentId, token) {
  return item.links
    .flatMap(flatten)
    .filter((link) => (link.src === segmentId ? link.srcToken === token : link.tgt === segmentId && link.tgtToken === token));
}

// Links that leave a span or its source span.
export function linksOfSpan(item, span) {
  const source = sourceOf(item, span);
  const from = source ? tokensIn(segmentOf(item, source.segment).tokens, source.intervals) : [];
  const to = isPlaced(span) ? tokensIn(segmentOf(item, span.segment).tokens, span.intervals) : [];
  return item.links
    .flatMap(flatten)
    .filter(
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
  return others.length ? `${word}, linked to: ${[...new Set(others)].join(", ")}` : `${word}, linked to nothing`;
}

// The same for a whole span: the words of the other side that its own words are linked to.
export function spanLinkWords(item, span, links) {
  const target = targetOf(item);
  const words = links.map((link) => (isPlaced(span) ? wordOf(item, link.src, link.srcToken) : wordOf(item, link.tgt ?? target.id, link.tgtToken)));
  const unique = [...new Set(words)];
  return unique.length ? `${nameOf(item, span)}, linked to: ${unique.join(", ")}` : `${nameOf(item, span)}, linked to nothing`;
}
