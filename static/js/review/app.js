// The review screen: one item, one current span, and what happens when something is decided.

import { t } from "../i18n.js";
import { refill } from "./exchange.js";
import { linksOfSpan, linksOfWord } from "./links.js";
import { intervalOf } from "./marking.js";
import { newId } from "./outbox.js";
import { addParts } from "./parts.js";
import { fragment } from "./queue.js";
import { tell } from "./registry.js";
import { remember } from "./reversal.js";
import {
  findSpan,
  isDone,
  isFound,
  kindOf,
  orderedSpans,
  refOf,
  reopenedBy,
  reversePatch,
  step,
  targetOf,
  undecided,
  useScheme,
  waiting,
} from "./state.js";
import { readOnlyNotice } from "./tabs.js";
import { actWords, heldWords, isolate, labelName, reasonText, spanWords, stepWords } from "./words.js";

export class App {
  constructor(root, run) {
    this.root = root;
    this.config = JSON.parse(root.dataset.config);
    this.scheme = this.config.scheme;
    useScheme(this.scheme);
    this.stage = root.querySelector("[data-part='stage']");
    this.controls = root.querySelector(".controls");
    this.mode = "normal";
    this.edge = "end";
    // Of a span in several pieces, the one whose edge moves; null for the outer one.
    this.piece = null;
    // What the next label is for where it is no span: {layer, use(label)}.
    this.naming = null;
    this.isPinned = false;
    this.hovered = null;
    this.word = null;
    this.mark = null;
    this.preview = null;
    this.reply = "";
    this.lastReason = "";
    this.isAtEnd = false;
    this.nConfirmed = 0;
    this.counts = this.config.progress;
    this.canReview = this.config.can_review;
    this.isTaking = false;
    this.conflict = null;
    addParts(this, run);
  }

  async start() {
    tell("start", this);
    if (this.canReview && !(await this.tab.hold())) this.lookOnly();
    const waiting = this.canReview ? await this.outbox.open() : [];
    waiting.forEach((op) => remember(this, op));
    const element = this.stage.querySelector("[data-item]");
    if (element) {
      const entry = this.queue.adopt(element, waiting);
      this.queue.append(entry);
      this.show(entry);
    } else {
      this.isAtEnd = true;
      this.update();
    }
    this.drawSync();
    if (!this.canReview) return;
    // What was decided before is sent first, or the queue would hand the same items out again.
    await this.outbox.flush();
    await refill(this, waiting);
    const { current } = this.queue;
    if (!element || !current || !this.canReview) return;
    const isTaken = !this.config.is_asked && !this.hasMoved && !this.queue.isHeld(current) && !isDone(current.item);
    if (isTaken || (isDone(current.item) && waiting.length)) this.goOn();
  }

  // Another tab reviews for this person: this one shows, until it takes over.
  lookOnly() {
    this.canReview = false;
    this.root.classList.add("is-read-only");
    this.status.notify(readOnlyNotice(() => this.takeOver()));
    if (this.painter.cells) this.update();
  }

  async takeOver() {
    await this.tab.hold({ isTaking: true });
    this.isTaking = true;
    this.canReview = true;
    this.root.classList.remove("is-read-only");
    this.status.dismiss();
    const waiting = await this.outbox.open();
    waiting.forEach((op) => remember(this, op));
    await this.outbox.flush();
    if (this.queue.current) await this.reload(this.queue.current.id);
    await refill(this, waiting);
    this.update();
  }

  get item() {
    return this.isAtEnd ? null : (this.queue.current?.item ?? null);
  }

  get span() {
    const entry = this.queue.current;
    return this.item && entry.cursor ? findSpan(this.item, entry.cursor) : null;
  }

  get dir() {
    return this.item ? targetOf(this.item).dir : "ltr";
  }

  // --------------------------------------------------------------------------------------------------------- showing

  show(entry, ref = null) {
    this.hasMoved = Boolean(this.painter.cells);
    this.isAtEnd = false;
    this.mode = "normal";
    this.mark = this.preview = this.hovered = this.word = this.naming = this.relating = null;
    this.edge = "end";
    this.reply = "";
    if (this.stage.firstElementChild !== entry.element) this.stage.replaceChildren(entry.element);
    this.painter.attach(entry.element, entry.item);
    this.setCursor(ref ?? entry.cursor);
    this.pace.startItem(entry.item.lang);
    tell("shown", this, entry);
    this.warnHeld(entry.item);
    const address = new URL(window.location.href);
    address.searchParams.set("item", entry.id);
    window.history.replaceState(null, "", address);
    const print = this.root.querySelector("[data-part='print']");
    print.href = `${this.config.urls.item.replace("/0/", `/${entry.id}/`)}print/`;
    print.hidden = false;
  }

  warnHeld(item) {
    const message = this.canReview ? heldWords(item, this.config.user) : "";
    if (!message) this.status.dismiss("held");
    else this.status.notify({ message, remedy: t("What you decide here is not saved meanwhile."), kind: "held" });
  }

  setCursor(ref) {
    const { item } = this;
    const known = ref && findSpan(item, ref);
    const span = known ?? waiting(item)[0] ?? undecided(item)[0] ?? orderedSpans(item)[0] ?? null;
    const isOther = this.queue.current.cursor !== (span ? refOf(span) : null);
    this.queue.current.cursor = span ? refOf(span) : null;
    if (isOther) this.edge = "end";
    if (isOther) this.piece = null;
    this.preview = null;
    this.word = null;
    this.update();
    this.painter.reveal(this.controls.offsetHeight);
  }

  get links() {
    const at = this.hovered ?? this.word;
    if (at) return linksOfWord(this.item, at.segment, at.token);
    return this.isPinned && this.span ? linksOfSpan(this.item, this.span) : [];
  }

  update() {
    this.root.dataset.mode = this.mode;
    this.root.dataset.cursor = this.span ? refOf(this.span) : "";
    this.root.classList.toggle("is-at-end", this.isAtEnd);
    this.root.classList.toggle("has-past", Boolean(this.history.undoable));
    this.drawProgress();
    if (!this.item || !this.painter.cells) return;
    const { item, span } = this;
    const mark = this.mark ? { segment: this.mark.segment, intervals: [intervalOf(item, this.mark)].filter(Boolean) } : null;
    const view = { cursor: span, edge: this.edge, piece: this.piece, links: this.links, preview: this.preview, canReview: this.canReview, mark };
    this.painter.draw(item, view);
    const { mode, lastReason, canReview, preview } = this;
    const shown = { isItemDone: isDone(item), canReview, reply: this.reply, mode, mark: this.mark, preview, app: this };
    this.status.draw(item, span, shown);
    this.tray.draw({ item, mode, span, lastReason, canReview, mark: this.mark, app: this });
    for (const button of this.root.querySelectorAll("[data-needs]")) button.disabled = !span || (button.dataset.needs === "edge" && kindOf(span) !== "span");
    const pin = this.root.querySelector("[data-command='pinLinks']");
    pin?.setAttribute("aria-pressed", String(this.isPinned));
    // Another mode has another tray, and a higher one would cover what it is about.
    if (mode !== this.shownMode) this.painter.reveal(this.controls.offsetHeight);
    this.shownMode = mode;
    tell("updated", this);
  }

  say(words) {
    this.reply = words;
    this.status.announce(words);
    this.update();
  }

  drawSync() {
    this.status.drawSync(this.outbox, this.config.urls.login);
    this.drawProgress();
  }

  drawProgress() {
    if (!this.counts) return;
    const ahead = [...this.queue.entries.values()]
      .filter((entry) => entry.pending.length)
      .reduce((sum, entry) => sum + (isDone(entry.item) ? 1 : 0) - (isDone(entry.base) ? 1 : 0), 0);
    const nDone = this.counts.n_done + ahead;
    const nTotal = this.counts.n_total;
    this.status.drawProgress({ nDone, nTotal, msLeft: this.pace.estimate(nTotal - nDone) });
  }

  // -------------------------------------------------------------------------------------------------------- deciding

  // Does the acts at once and sends them; `changes` are {act, ref, span} of state.js.
  decide(changes, { isNothing = false, words = null } = {}) {
    const entry = this.queue.current;
    const { item } = entry;
    const spans = [...changes.map(({ ref, span }) => ({ ref, span })), ...reopenedBy(item, changes)];
    const patch = { spans, is_nothing: isNothing ? true : undefined };
    const op = {
      type: "decide",
      step: newId(),
      item: entry.id,
      external_id: item.external_id,
      version: entry.base.version,
      acts: isNothing ? [{ kind: "nothing" }] : changes.map(({ act }) => act),
      active_ms: this.pace.take(),
      words: words ?? stepWords(changes.map((each) => actWords(findSpan(item, each.ref), each, item, this.scheme))),
      patch,
      reverse: reversePatch(item, patch),
    };
    const wasDone = isDone(item);
    this.preview = null;
    this.queue.apply(entry, op);
    this.history.add(op);
    this.outbox.add(op);
    this.reply = "";
    if (!wasDone && isDone(entry.item)) this.pace.finishItem();
    tell("decided", this, op);
    return op;
  }

  // After a span is settled: the next undecided one, then the next item.
  goOnFrom(ref, words) {
    const { item } = this;
    const open = waiting(item);
    if (!this.settings.values.auto_advance) {
      this.status.announce(`${words}, ${this.status.leftWords(item)}`);
      this.update();
    } else if (open.length) {
      const next = step(open, orderedSpans(item), ref, 1);
      this.setCursor(refOf(next));
      const about = { words, span: spanWords(item, next, this.scheme), left: this.status.leftWords(item) };
      this.status.announce(t("%(words)s, next: %(span)s, %(left)s", about));
    } else if (isDone(item) || undecided(item).length) this.goOn(words);
    else {
      this.status.announce(words);
      this.update();
    }
  }

  goOn(words = "") {
    const reason = this.waitsFor?.();
    if (reason) {
      this.say(reason);
      return;
    }
    const entry = this.queue.next();
    if (!entry) {
      this.finish(words);
      return;
    }
    this.show(entry);
    const first = this.span ? spanWords(entry.item, this.span, this.scheme) : t("no label to carry over");
    const left = this.status.leftWords(entry.item);
    this.status.announce(`${words ? `${words}. ` : ""}${t("Next item: %(first)s, %(left)s", { first, left })}`);
    refill(this);
  }

  // Nothing is left ahead: the end of the queue, unless the server has more or cannot be asked.
  async finish(words) {
    this.update();
    await this.outbox.flush();
    // A claim that was under way knew nothing of the last decisions.
    await refill(this);
    await refill(this);
    const entry = this.queue.next();
    if (entry) this.show(entry);
    if (entry || !this.canReview) return;
    if (!this.queue.isExhausted || this.outbox.waiting.length) {
      this.say(t("The next item comes when the connection is back."));
    } else this.showEnd(words);
  }

  showEnd(words) {
    this.isAtEnd = true;
    this.painter.cells = null;
    this.stage.replaceChildren(fragment(this.queue.endHtml));
    this.status.announce(`${words ? `${words}. ` : ""}${this.stage.textContent.trim().replace(/\s+/g, " ")}`);
    this.update();
  }

  // --------------------------------------------------------------------------------------------------- items at hand

  get isQuiet() {
    return this.outbox.waiting.length === 0;
  }

  async reload(id) {
    try {
      const isShown = this.queue.current?.id === id && !this.isAtEnd;
      const entry = await this.queue.fetch(id);
      if (isShown) this.show(entry);
    } catch (error) {
      if (!error.kind) throw error;
    }
  }

  async open(id) {
    try {
      const entry = this.queue.entries.get(id) ?? (await this.queue.fetch(id));
      this.queue.jumpTo(entry);
      this.show(entry);
    } catch (error) {
      if (!error.kind) throw error;
      this.say(t("The item cannot be loaded without a connection."));
    }
  }

  // The items before and after, for those who only look.
  browse(direction) {
    const { browsed } = this.config;
    const id = browsed[browsed.indexOf(this.queue.current.id) + direction];
    if (id) return this.open(id);
    return this.say(direction > 0 ? t("This is the last item here.") : t("This is the first item here."));
  }

  rejectWords(code) {
    return t("rejected, %(reason)s", { reason: reasonText(this.scheme, code) });
  }

  acceptWords(span) {
    if (!isFound(this.item, span)) return this.rejectWords("not-in-translation");
    return t("accepted, %(label)s", { label: isolate(labelName(this.scheme, span.label)) });
  }
}
