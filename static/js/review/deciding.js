// Accepting, rejecting, naming: what settles a span. basics.js says which keys it has.

import { n, t } from "../i18n.js";
import { clashes, refuseOverlap } from "./clashes.js";
import { leave } from "./dispatch.js";
import { goTo } from "./going.js";
import { addSpan } from "./placing.js";
import {
  accept,
  isChoice,
  isDone,
  isFound,
  kindOf,
  labelOf,
  layerOf,
  LIVE,
  markLayer,
  move,
  needsLabel,
  overlapping,
  refOf,
  reject,
  relabel,
  reopenedBy,
  surfaceOf,
  undecided,
  waiting,
} from "./state.js";
import { labelByKey } from "./tray.js";
import { proposalsOf, proposalWords } from "./votes.js";
import { isolate, labelName, sameIntervals } from "./words.js";

const NEEDS_OTHER_WORDS = ["wrong-words", "boundary-beyond-repair"];

export function acceptOne(app) {
  const { item, span } = app;
  if (app.preview) return takePreview(app);
  if (!span || span.state !== "undecided") return goAhead(app);
  if (needsLabel(item, span)) return app.say(t("This item is reviewed blind: set the label, that accepts it."));
  const others = isFound(item, span) ? clashes(app, span, span.intervals, ["accepted"]) : [];
  if (others.length) return refuseOverlap(app, others);
  const change = accept(item, span);
  const words = app.acceptWords(span) + reopenWords(item, change);
  app.decide([change]);
  return app.goOnFrom(change.ref, words);
}

// What else a rejection does, in words: relations that rest on the span are open again.
function reopenWords(item, change) {
  const nOpen = reopenedBy(item, [change]).length;
  return nOpen ? `, ${n("%(n)s relation is open again", "%(n)s relations are open again", nOpen)}` : "";
}

// Enter where nothing is to be accepted: the next undecided span, "nothing here", or the next item.
function goAhead(app) {
  const { item } = app;
  if (waiting(item).length) return goTo(app, waiting(item), 1);
  if (isDone(item) || undecided(item).length) return app.goOn();
  const words = t("nothing here");
  app.decide([], { isNothing: true, words });
  if (app.settings.values.auto_advance) return app.goOn(words);
  app.status.announce(words);
  return app.update();
}

// Accepts what was found. What was not found, or overlaps what is accepted, is left to be looked at: nothing is
// rejected unseen.
export function acceptAll(app) {
  const { item } = app;
  const open = undecided(item);
  if (!open.length) return goAhead(app);
  const changes = [];
  let after = item;
  for (const span of open) {
    const place = { ...span, ref: refOf(span), states: ["accepted"] };
    if (!isFound(after, span) || needsLabel(after, span)) continue;
    if (overlapping(after, app.scheme, place).length) continue;
    const change = accept(item, span);
    changes.push(change);
    after = { ...after, spans: after.spans.map((each) => (refOf(each) === change.ref ? change.span : each)) };
  }
  const left = leftWords(after, undecided(after));
  if (!changes.length) {
    if (app.span?.state !== "undecided") goTo(app, open, 1);
    return app.say(left);
  }
  app.decide(changes);
  const done = { n: changes.length };
  app.goOnFrom(changes.at(-1).ref, left ? t("accepted %(n)s", done) : t("accepted all %(n)s", done));
  return left ? app.say(`${t("Accepted %(n)s.", done)} ${left}`) : undefined;
}

// "1 not found is left to you." Of spans that Shift and Enter does not accept.
function leftWords(item, spans) {
  const nMissing = spans.filter((span) => !isFound(item, span)).length;
  const nBlind = spans.filter((span) => needsLabel(item, span)).length;
  const nOverlaps = spans.length - nMissing - nBlind;
  const words = [];
  if (nBlind) words.push(n("%(n)s without a label is left to you.", "%(n)s without a label are left to you.", nBlind));
  if (nOverlaps) {
    words.push(n("%(n)s overlapping an accepted one is left to you.", "%(n)s overlapping accepted ones are left to you.", nOverlaps));
  }
  if (nMissing) words.push(n("%(n)s not found is left to you.", "%(n)s not found are left to you.", nMissing));
  return words.join(" ");
}

function takePreview(app) {
  const { item, span, preview } = app;
  if (isChoice(span)) return app.chooseLabel(labelOf(app.scheme, preview.label));
  const others = clashes(app, span, preview.intervals, LIVE, preview.segment);
  if (others.length) return refuseOverlap(app, others);
  const changes = preview.label === span.label ? [] : [relabel(item, span, preview.label)];
  const isElsewhere = preview.segment !== span.segment || !sameIntervals(preview.intervals, span.intervals);
  if (isElsewhere) changes.push(move(item, changes[0]?.span ?? span, preview.segment, preview.intervals));
  const settled = accept(item, changes.at(-1).span);
  // Which proposal was taken is kept as the cause of the decisions.
  app.decide([...changes, settled].map((each) => ({ ...each, act: { ...each.act, candidate: preview.candidate } })));
  const words = { text: isolate(surfaceOf(item, settled.span)), label: labelName(app.scheme, settled.span.label) };
  return app.goOnFrom(settled.ref, t("accepted %(text)s, %(label)s", words));
}

// V shows what else the machine thought of; Enter takes it.
export function alternative(app) {
  const { span } = app;
  const others = span ? proposalsOf(span) : [];
  if (!others.length) return app.say(t("The machines proposed nothing else."));
  app.preview = others[others.indexOf(app.preview) + 1] ?? null;
  return app.say(app.preview ? proposalWords(app) : t("The first proposal again."));
}

export function setLabel(app, { key, id }) {
  const { item, span } = app;
  const layer = app.naming?.layer ?? (app.mark ? markLayer(app.scheme, span) : span && layerOf(app.scheme, span));
  const label = id ? labelOf(app.scheme, id) : labelByKey(layer, key);
  if (app.naming) return label ? app.naming.use(label) : undefined;
  if (app.mark) return label ? addSpan(app, label) : undefined;
  app.mode = "normal";
  if (!label || !span) {
    return app.say(span ? t("No label has the key %(key)s.", { key }) : t("There is no span to label."));
  }
  if (isChoice(span)) return app.chooseLabel(label);
  if (label.id === span.label) return app.say(t("It is %(label)s already.", { label: label.name }));
  const changes = [relabel(item, span, label.id)];
  const isAsked = app.settings.values.relabel_accepts || item.is_blind;
  const accepts = isAsked && span.state === "undecided" && isFound(item, span);
  if (accepts) changes.push(accept(item, changes[0].span));
  app.decide(changes);
  if (accepts) return app.goOnFrom(refOf(span), app.acceptWords(changes[1].span));
  app.update();
  return app.status.announce(t("%(before)s is now %(label)s", { before: labelName(app.scheme, span.label), label: label.name }));
}

export function openReject(app) {
  if (app.mode === "reject") return leave(app);
  if (!app.span) return undefined;
  app.mode = "reject";
  app.update();
  const reasons = app.scheme.reasons.map(({ key, text }) => `${key} ${text}`).join(", ");
  return app.status.announce(t("Reject, because: %(reasons)s", { reasons }));
}

export function rejectFor(app, code) {
  const { item, span } = app;
  if (!code || !span) return app.say(t("There is no such reason."));
  app.mode = "normal";
  app.lastReason = code;
  const change = reject(item, span, code);
  const words = app.rejectWords(code) + reopenWords(item, change);
  app.decide([change]);
  // The right words may stand elsewhere in this sentence, so the last of its spans does not lead away from it.
  const isFinal = !NEEDS_OTHER_WORDS.includes(code) || kindOf(span) !== "span";
  if (isFinal || undecided(app.item).length) return app.goOnFrom(change.ref, words);
  return app.say(`${words}. ${t("A: mark the right words, Enter: next item.")}`);
}
