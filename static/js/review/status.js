// The status line, the live region, the saved dot, the progress and the notices.

import { n, t } from "../i18n.js";
import { dress, make } from "./elements.js";
import { flagOf } from "./notes.js";
import { modeNamed } from "./registry.js";
import { covered, isFound, labelOf, nameOf, refOf, sourceName, sourceOf, undecided } from "./state.js";
import { proposalsOf } from "./votes.js";
import {
  buttonWords,
  difference,
  enterHint,
  flagWords,
  isolate,
  labelName,
  minutesLeft,
  origin,
  placedName,
  reasonText,
  sourceless,
  stateWords,
  whyNotFound,
} from "./words.js";

function othersButton(span) {
  const button = make("button", "button-quiet others", `${t("Others (%(n)s)", { n: proposalsOf(span).length })} `);
  Object.assign(button, { type: "button", title: t("What else the machines proposed") });
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

  draw(item, span, { isItemDone, canReview, reply, mode, mark, preview, app }) {
    this.line.replaceChildren(...(span ? this.spanParts(item, span) : [make("b", "", this.itemWords(item))]));
    const origins = span ? this.originWords(item, span) : [];
    this.detail.replaceChildren(...(reply ? [make("span", "reply", reply)] : origins.map((words) => make("span", "", words))));
    if (canReview && span && proposalsOf(span).length) this.detail.append(othersButton(span));
    this.hint.replaceChildren();
    if (!canReview) {
      this.hint.append(t("Your role reads only."));
      return;
    }
    const shown = { isItemDone, mode, mark, preview };
    const own = modeNamed(mode);
    const usual = { mark: "Space", reject: "1 … 9" }[mode] ?? "Enter";
    const [key, words] = own?.hint?.(app) ?? [usual, this.hintWords(item, span, shown)];
    this.hint.append(make("kbd", "", key), " ", words);
    this.enterButton.textContent = own?.enter?.(app) ?? buttonWords(item, span, shown);
  }

  hintWords(item, span, { isItemDone, mode, mark, preview }) {
    if (mode === "mark") return mark.phase === "start" ? t("sets the first word") : t("sets the last word");
    if (mode === "reject") return t("rejects with that reason");
    if (mode === "find") return t("takes the label");
    if (mode === "pick") {
      const name = placedName(item, span, mark, this.scheme);
      return name ? t("puts %(name)s here", { name }) : t("leaves; a digit adds a new span");
    }
    if (preview) {
      const about = { text: isolate(covered(item, preview.segment, preview.intervals)), label: labelName(this.scheme, preview.label) };
      return preview.label === span.label ? t("accepts %(text)s instead", about) : t("accepts %(text)s as %(label)s instead", about);
    }
    return enterHint(item, span, this.scheme, { isItemDone });
  }

  itemWords(item) {
    return item.is_nothing ? t("Nothing to label here; confirmed.") : t("No label in the source sentence.");
  }

  spanParts(item, span) {
    const label = labelOf(this.scheme, span.label);
    const tag = make("span", "status-label", label?.name ?? t("no label"));
    dress(tag, label);
    const parts = [make("bdi", "status-name", nameOf(item, span)), tag];
    const isRejected = span.state === "rejected";
    const state = isRejected ? t("rejected: %(reason)s", { reason: reasonText(this.scheme, span.reason) }) : stateWords(span.state);
    parts.push(make("span", `state-${span.state}`, state));
    if (span.concept) parts.push(make("bdi", "status-concept", `${span.concept.name} (${span.concept.code})`));
    if (!isFound(item, span)) parts.push(make("span", "", whyNotFound(item, span)));
    const flag = flagOf(item, refOf(span));
    if (flag) parts.push(make("span", "status-flag", flagWords(flag, this.scheme)));
    const change = difference(item, span, this.scheme);
    if (change) parts.push(make("span", "status-change", change));
    return parts;
  }

  originWords(item, span) {
    const source = sourceOf(item, span);
    const label = source ? (labelOf(this.scheme, source.label)?.name ?? "") : "";
    const name = source ? sourceName(item, source) : "";
    const text = name && isolate(name);
    return [source ? (text ? t("from %(text)s %(label)s", { text, label }) : t("from %(label)s", { label })) : sourceless(span), origin(span)].filter(Boolean);
  }

  drawSync({ waiting, isOffline, isLoggedOut, isKept }, loginUrl) {
    if (!this.sync) return;
    const nWaiting = waiting.length;
    const state = isLoggedOut ? "logged-out" : isOffline ? "offline" : nWaiting ? "waiting" : "saved";
    const count = n("%(n)s waiting", "%(n)s waiting", nWaiting);
    const words = {
      saved: t("saved"),
      waiting: count,
      offline: nWaiting ? `${t("offline")} · ${count}` : t("offline"),
      "logged-out": `${t("logged out")} · ${count}`,
    }[state];
    this.sync.dataset.state = state;
    this.sync.querySelector(".sync-words").textContent = words;
    const kept = isKept ? t("Kept on this computer until they are saved.") : t("This browser keeps nothing over a reload.");
    this.sync.title = nWaiting ? kept : "";
    if (isLoggedOut) {
      const link = [t("Log in in a new tab"), loginUrl];
      this.notify({ message: t("You are logged out; nothing is lost."), link, kind: "login" });
    } else this.dismiss("login");
  }

  drawProgress({ nDone, nTotal, msLeft }) {
    if (!this.progress) return;
    const bar = this.progress.querySelector("progress");
    bar.max = Math.max(nTotal, 1);
    bar.value = nDone;
    const left = msLeft === null || nDone >= nTotal ? "" : `, ${minutesLeft(msLeft)}`;
    this.progress.querySelector(".progress-words").textContent = `${t("%(done)s of %(total)s", { done: nDone, total: nTotal })}${left}`;
  }

  leftWords(item) {
    return n("%(n)s left", "%(n)s left", undecided(item).length);
  }

  // A line that stays until it is closed or its cause is gone.
  notify({ message, remedy = "", link = null, onOpen = null, kind = "problem", actions = [] }) {
    const words = make("p", "notice-words");
    words.append(make("strong", "", message), remedy ? ` ${remedy}` : "");
    const parts = [words];
    if (link) parts.push(Object.assign(make("a", "", link[0]), { href: link[1], target: "_blank" }));
    if (onOpen) parts.push(this.action(t("Open the item"), onOpen));
    parts.push(...actions.map(([text, run]) => this.action(text, run)));
    if (!actions.length) parts.push(this.action(t("Close"), () => this.dismiss()));
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
