// What each machine says about the current span: chips under its name, and V, which goes through what differs from it.

import { t } from "../i18n.js";
import { make } from "./elements.js";
import { command, feature } from "./registry.js";
import { alternativesOf, covered, isChoice, kindOf, refOf } from "./state.js";
import { isolate, labelName, sameIntervals, sureness } from "./words.js";

function isSame(span, vote) {
  if (kindOf(span) === "relation") return vote.unprojected ? !isJoined(span) : isJoined(span) && vote.label === span.label;
  if (!vote.intervals.length) return !span.intervals.length;
  return vote.label === span.label && vote.segment === span.segment && sameIntervals(vote.intervals, span.intervals);
}

function isJoined(span) {
  return Boolean(span.head && span.tail);
}

function isSamePlace(span, vote) {
  return vote.segment === span.segment && sameIntervals(vote.intervals, span.intervals);
}

// Proposals that differ from the span, those of the machine that is shown first; `others` are its alternatives.
export function proposalsOf(span) {
  const isOther = (vote) => vote.intervals.length && !isSame(span, vote) && (!isChoice(span) || vote.label !== span.label);
  const voted = kindOf(span) === "relation" ? [] : (span.votes ?? []).filter(isOther);
  const kept = [...alternativesOf(span)];
  for (const vote of voted) if (!kept.some((each) => isSame(each, vote))) kept.push(vote);
  return kept;
}

// How a vote differs from the span, in words.
export function voteWords(item, span, vote, scheme) {
  if (isSame(span, vote)) return t("the same");
  if (vote.unprojected) return t("found nothing: %(reason)s", { reason: vote.unprojected });
  const words = [];
  if (!isSamePlace(span, vote) && !isChoice(span)) words.push(isolate(covered(item, vote.segment, vote.intervals)));
  if (vote.label !== span.label) {
    words.push(t("%(label)s instead of %(before)s", { label: labelName(scheme, vote.label), before: labelName(scheme, span.label) }));
  }
  return [...words, sureness(vote)].join(", ");
}

function chip(app, vote, index) {
  const { item, span, scheme } = app;
  const isAgreeing = isSame(span, vote);
  const button = make("button", `vote ${isAgreeing ? "vote-same" : "vote-other"}`);
  const sign = make("span", "vote-sign", isAgreeing ? "●" : "○");
  sign.setAttribute("aria-hidden", "true");
  button.type = "button";
  button.dataset.command = "vote";
  button.dataset.id = String(index);
  button.dataset.words = voteWords(item, span, vote, scheme);
  const shown = vote.is_active ? [" ", make("span", "vote-shown", t("shown"))] : [];
  button.append(sign, make("bdi", "", vote.name), ...shown);
  button.setAttribute("aria-label", `${vote.name}${vote.is_active ? ` ${t("shown")}` : ""}: ${button.dataset.words}`);
  return button;
}

function drawVotes(app) {
  const part = app.root.querySelector("[data-part='votes']");
  if (!part) return;
  const { item, span } = app;
  // The row stays for the whole item, so that nothing jumps from span to span.
  part.hidden = !item?.spans.some((each) => each.votes?.length > 1);
  const votes = span?.votes ?? [];
  const key = JSON.stringify([item?.id, span && refOf(span), span?.label, span?.segment, span?.intervals, votes.map((vote) => vote.candidate)]);
  if (part.hidden || key === part.dataset.key) return;
  part.dataset.key = key;
  const words = make("span", "vote-words");
  const show = (event) => {
    words.textContent = event.target.closest("button")?.dataset.words ?? "";
  };
  const chips = votes.map((vote, index) => chip(app, vote, index));
  for (const each of chips) {
    for (const kind of ["focus", "pointerenter"]) each.addEventListener(kind, show);
    for (const kind of ["blur", "pointerleave"]) each.addEventListener(kind, () => (words.textContent = ""));
  }
  const title = make("span", "vote-title", votes.length ? t("Machines") : t("No machine has voted on this one."));
  part.replaceChildren(title, ...chips, words);
}

// A click on a chip shows its proposal as V does.
function showVote(app, { id }) {
  const { item, span, scheme } = app;
  const vote = span?.votes?.[Number(id)];
  if (!vote) return;
  if (!proposalsOf(span).some((each) => isSame(each, vote))) {
    app.say(`${vote.name}: ${voteWords(item, span, vote, scheme)}`);
    return;
  }
  app.preview = proposalsOf(span).find((each) => isSame(each, vote));
  app.say(proposalWords(app));
}

// "Instead: Ada, LOC, by hmm, score 0.40. Enter accepts it."
export function proposalWords(app) {
  const { item, span, scheme, preview } = app;
  const words = { text: isolate(covered(item, preview.segment, preview.intervals)), sureness: sureness(preview) };
  const isRelabelled = preview.label !== span.label;
  const parts = isChoice(span) ? [] : [words.text];
  if (isRelabelled) parts.push(labelName(scheme, preview.label));
  if (preview.name) parts.push(t("by %(machine)s", { machine: isolate(preview.name) }));
  return t("Instead: %(text)s, %(sureness)s. Enter accepts it.", { ...words, text: parts.join(", ") });
}

command({ name: "vote", group: "look", needs: "item", keepsMode: true, run: showVote });
feature({ updated: drawVotes });
