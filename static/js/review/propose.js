// Proposing a place through the links: for the current span (P), or for a source word that has no label at all.

import { t } from "../i18n.js";
import { clashes, refuseOverlap } from "./clashes.js";
import { setWord } from "./going.js";
import { flatLinks, linksOfWord } from "./links.js";
import { tokensIn } from "./offsets.js";
import { useMark } from "./placing.js";
import { command } from "./registry.js";
import {
  findSpan,
  isPlaced,
  kindOf,
  LIVE,
  move,
  offsets,
  refOf,
  segmentOf,
  sourceOf,
  surfaceOf,
  targetOf,
} from "./state.js";
import { isolate, sameIntervals } from "./words.js";

// Unlinked words that may stand between two linked ones of the same place.
const GAP = 2;

// {segment, interval} to which the source words lead, or null where no link leaves them. Of several places the one with
// the most probable links is taken; signs do not stretch it.
export function linkedPlace(item, sourceSegment, intervals) {
  const source = segmentOf(item, sourceSegment);
  const from = tokensIn(source.tokens, intervals);
  const leaving = flatLinks(item).filter((link) => link.src === source.id && from.includes(link.srcToken));
  const runs = [...new Set(leaving.map((link) => link.tgt))].flatMap((id) => runsOf(item, id, leaving));
  if (!runs.length) return null;
  const best = runs.reduce((one, two) => (two.weight > one.weight ? two : one));
  const { tokens } = segmentOf(item, best.segment);
  return { segment: best.segment, interval: [tokens[best.first][0], tokens[best.last][1]] };
}

function runsOf(item, segment, leaving) {
  const weights = new Map();
  for (const { tgt, tgtToken, probability } of leaving) {
    if (tgt === segment) weights.set(tgtToken, (weights.get(tgtToken) ?? 0) + probability);
  }
  const isWord = (token) => /[\p{L}\p{N}]/u.test(offsets(segmentOf(item, segment)).slice(...segmentOf(item, segment).tokens[token]));
  const all = [...weights.keys()].sort((one, two) => one - two);
  const words = all.filter(isWord);
  const runs = [];
  for (const token of words.length ? words : all) {
    const last = runs.at(-1);
    if (last && token - last.last <= GAP + 1) Object.assign(last, { last: token, weight: last.weight + weights.get(token) });
    else runs.push({ segment, first: token, last: token, weight: weights.get(token) });
  }
  return runs;
}

function propose(app) {
  const { item, word } = app;
  const source = word ? segmentOf(item, word.segment) : null;
  if (source?.side === "source") return proposeForWord(app, source, word.token);
  if (!app.span) return app.say(t("There is no span. Put the cursor on a source word first: %(key)s.", { key: "W" }));
  return proposeForSpan(app, app.span);
}

function proposeForWord(app, source, token) {
  const { item } = app;
  const covering = item.source_spans.find((each) => each.segment === source.id && tokensIn([source.tokens[token]], each.intervals).length);
  const span = covering ? findSpan(item, `s${covering.id}`) : null;
  if (span) return proposeForSpan(app, span);
  const place = linkedPlace(item, source.id, [source.tokens[token]]);
  if (!place) return app.say(noLinks(offsets(source).slice(...source.tokens[token])));
  const { segment, interval } = place;
  return useMark(app, { segment, anchor: interval, head: interval, phase: "done", span: null });
}

function proposeForSpan(app, span) {
  const { item } = app;
  if (kindOf(span) !== "span") return app.say(t("Only spans are placed by the links."));
  if (app.span !== span) app.setCursor(refOf(span));
  const source = sourceOf(item, span);
  if (!source) return app.say(t("It was added by hand and has no source span."));
  const place = linkedPlace(item, source.segment, source.intervals);
  if (!place) return app.say(noLinks(source.surface));
  const intervals = [place.interval];
  const isSame = isPlaced(span) && span.segment === place.segment && sameIntervals(span.intervals, intervals);
  if (isSame && span.state !== "rejected") return app.say(t("The links lead to the same words."));
  const others = clashes(app, span, intervals, LIVE, place.segment);
  if (others.length) return refuseOverlap(app, others);
  app.decide([move(item, span, place.segment, intervals)]);
  app.setCursor(refOf(span));
  app.edge = "end";
  const words = { source: isolate(source.surface), target: isolate(surfaceOf(app.item, app.span)) };
  return app.say(t("%(source)s leads to %(target)s. Enter accepts, Shift with an arrow moves the end.", words));
}

function noLinks(name) {
  return t("No link leaves %(name)s. A marks its place by hand.", { name: isolate(name) });
}

// To the word on the other side that is linked best; from no word, to the first one of the current source span.
function crossOver(app) {
  const { item, word } = app;
  if (!word) return goToText(app, firstWord(app));
  const links = linksOfWord(item, word.segment, word.token);
  if (!links.length) return goToText(app, otherSide(item, word.segment));
  const best = links.reduce((one, two) => (two.probability > one.probability ? two : one));
  return goToText(app, best.src === word.segment ? { segment: best.tgt, token: best.tgtToken } : { segment: best.src, token: best.srcToken });
}

function firstWord(app) {
  const source = app.span ? sourceOf(app.item, app.span) : null;
  const segment = source ? segmentOf(app.item, source.segment) : app.item.segments.find((each) => each.side === "source");
  const token = source ? tokensIn(segment.tokens, source.intervals)[0] : 0;
  return segment ? { segment: segment.id, token: token ?? 0 } : null;
}

function otherSide(item, segment) {
  const isSource = segmentOf(item, segment).side === "source";
  const other = isSource ? targetOf(item) : item.segments.find((each) => each.side === "source");
  return other ? { segment: other.id, token: 0 } : null;
}

// The text gets the focus too, so that comma and period go on there.
function goToText(app, at) {
  if (!at || !segmentOf(app.item, at.segment).tokens.length) return app.say(t("The other side has no words."));
  app.painter.cells.get(at.segment)?.text.focus({ preventScroll: true });
  return setWord(app, at);
}

command({
  name: "propose",
  group: "place",
  keys: ["KeyP"],
  help: () => t("Propose the place to which the links of the source span lead; on a source word without label, a new span"),
  run: propose,
});
command({
  name: "crossOver",
  group: "look",
  needs: "item",
  keys: ["KeyW"],
  help: () => t("To the linked word on the other side"),
  run: crossOver,
});
