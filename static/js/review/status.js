// The status line, the live region, the saved dot, the progress and the notices.

import { make } from "./paint.js";
import { covered, isPlaced, labelOf, nameOf, sourceOf, undecided } from "./state.js";
import { buttonWords, difference, enterHint, isolate, minutesLeft, origin, placedName, reasonText, whyUnprojected } from "./words.js";

const STATES = { undecided: "undecided", accepted: "accepted", rejected: "rejected" };

function othersButton(span) {
  const button = make("button", "button-quiet others", `Others (${span.others.length}) `);
  Object.assign(button, { type: "button", title: "What else the machine proposed" });
  button.dataset.command = "alternative";
  button.append(make("kbd", "", "V"));
  return button;
}

export class Status {
  constructor({ root, scheme }) {
    this.scheme = scheme;
    this.find = (name) => root.querySelector(`[data-part="${name}"]`);
    this.line = this.find("status");
    this.detail = this.find("detail");
    this.hint = this.find("hint");
    this.live = this.find("live");
    this.sync = this.find("sync");
    this.notice = this.find("notice");
    this.progress = this.find("progress");
    this.enterButton = this.find("accept") ?? make("span", "");
  }

  // A region that gets the same words twice stays silent, so they are made to differ.
  announce(words) {
    this.live.textContent = this.live.textContent === words ? `${words}\u00a0` : words;
  }

  draw(item, span, { isItemDone, canReview, reply, mode, mark, preview }) {
    this.line.replaceChildren(...(span ? this.spanParts(item, span) : [make("b", "", this.itemWords(item))]));
    const origins = span ? this.originWords(item, span) : [];
    this.detail.replaceChildren(...(reply ? [make("span", "reply", reply)] : origins.map((words) => make("span", "", words))));
    if (canReview && span?.others.length) this.detail.append(othersButton(span));
    this.hint.replaceChildren();
    if (!canReview) {
      this.hint.append("Your role reads only.");
      return;
    }
    const key = { mark: "Space", reject: "1 … 9" }[mode] ?? "Enter";
    this.hint.append(make("kbd", "", key), " ", this.hintWords(item, span, { isItemDone, mode, mark, preview }));
    this.enterButton.textContent = buttonWords(item, span, { isItemDone, mode, mark, preview });
  }

  hintWords(item, span, { isItemDone, mode, mark, preview }) {
    if (mode === "mark") return mark.phase === "start" ? "sets the first word" : "sets the last word";
    if (mode === "reject") return "rejects with that reason";
    if (mode === "find") return "takes the label";
    if (mode === "pick") {
      const name = placedName(item, span, mark, this.scheme);
      return name ? `puts ${name} here` : "leaves; a digit adds a new span";
    }
    if (preview) return `accepts ${isolate(covered(item, preview.segment, preview.intervals))} instead`;
    return enterHint(item, span, this.scheme, { isItemDone });
  }

  itemWords(item) {
    return item.is_nothing ? "Nothing to label here; confirmed." : "No label in the source sentence.";
  }

  spanParts(item, span) {
    const label = labelOf(this.scheme, span.label);
    const tag = make("span", "status-label", label?.name ?? "no label");
    if (label) tag.style.setProperty("--label", label.color);
    const parts = [make("bdi", "status-name", nameOf(item, span)), tag];
    const state = span.state === "rejected" ? `rejected: ${reasonText(this.scheme, span.reason)}` : STATES[span.state];
    parts.push(make("span", `state-${span.state}`, state));
    if (!isPlaced(span)) parts.push(make("span", "", `not found: ${whyUnprojected(span)}`));
    const change = difference(item, span, this.scheme);
    if (change) parts.push(make("span", "status-change", change));
    return parts;
  }

  originWords(item, span) {
    const source = sourceOf(item, span);
    const label = source ? (labelOf(this.scheme, source.label)?.name ?? "") : "";
    return [source ? `from ${isolate(source.surface)} ${label}` : "", origin(span)].filter(Boolean);
  }

  drawSync({ waiting, isOffline, isLoggedOut, isKept }, loginUrl) {
    if (!this.sync) return;
    const n = waiting.length;
    const state = isLoggedOut ? "logged-out" : isOffline ? "offline" : n ? "waiting" : "saved";
    const count = n === 1 ? "1 waiting" : `${n} waiting`;
    const words = {
      saved: "saved",
      waiting: count,
      offline: n ? `offline · ${count}` : "offline",
      "logged-out": `logged out · ${count}`,
    }[state];
    this.sync.dataset.state = state;
    this.sync.querySelector(".sync-words").textContent = words;
    const kept = isKept ? "Kept on this computer until they are saved." : "This browser keeps nothing over a reload.";
    this.sync.title = n ? kept : "";
    if (isLoggedOut) this.notify({ message: "You are logged out; nothing is lost.", link: ["Log in in a new tab", loginUrl], kind: "login" });
    else this.dismiss("login");
  }

  drawProgress({ nDone, nTotal, msLeft }) {
    if (!this.progress) return;
    const bar = this.progress.querySelector("progress");
    bar.max = Math.max(nTotal, 1);
    bar.value = nDone;
    const left = msLeft === null || nDone >= nTotal ? "" : `, ${minutesLeft(msLeft)}`;
    this.progress.querySelector(".progress-words").textContent = `${nDone} of ${nTotal}${left}`;
  }

  leftWords(item) {
    return `${undecided(item).length} left`;
  }

  // A line that stays until it is closed or its cause is gone.
  notify({ message, remedy = "", link = null, onOpen = null, kind = "problem" }) {
    const words = make("p", "notice-words");
    words.append(make("strong", "", message), remedy ? ` ${remedy}` : "");
    const parts = [words];
    if (link) parts.push(Object.assign(make("a", "", link[0]), { href: link[1], target: "_blank" }));
    if (onOpen) parts.push(this.action("Open the item", onOpen));
    parts.push(this.action("Close", () => this.dismiss()));
    this.notice.dataset.kind = kind;
    this.notice.replaceChildren(...parts);
    this.notice.hidden = false;
  }

  action(text, run) {
    const button = make("button", "button-quiet", text);
    button.type = "button";
    button.addEventListener("click", run);
    return button;
  }

  dismiss(kind = null) {
    if (kind && this.notice.dataset.kind !== kind) return;
    this.notice.hidden = true;
    this.notice.replaceChildren();
  }
}
