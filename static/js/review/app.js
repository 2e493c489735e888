// The review screen: one item, one current span, and what happens when something is decided.

import { newId } from "./outbox.js";
import { addParts } from "./parts.js";
import { fragment } from "./queue.js";
import { post } from "./server.js";
import { linksOfSpan, linksOfWord } from "./links.js";
import { intervalOf } from "./marking.js";
import { findSpan, isDone, orderedSpans, refOf, reversePatch, step, targetOf, undecided } from "./state.js";
import { actWords, doneWords, heldWords, isolate, labelName, reasonText, spanWords, stepWords } from "./words.js";

export class App {
  constructor(root, run) {
    this.root = root;
    this.config = JSON.parse(root.dataset.config);
    this.scheme = this.config.scheme;
    this.stage = root.querySelector("[data-part='stage']");
    this.controls = root.querySelector(".controls");
    this.mode = "normal";
    this.edge = "end";
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
    addParts(this, run);
  }

  async start() {
    const waiting = this.canReview ? await this.outbox.open() : [];
    waiting.forEach((op) => this.remember(op));
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
    await this.refill(waiting);
    const { current } = this.queue;
    if (!element || !current) return;
    const isTaken = !this.config.is_asked && !this.hasMoved && !this.queue.isHeld(current) && !isDone(current.item);
    if (isTaken || (isDone(current.item) && waiting.length)) this.goOn();
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
    this.mark = this.preview = this.hovered = this.word = null;
    this.edge = "end";
    this.reply = "";
    if (this.stage.firstElementChild !== entry.element) this.stage.replaceChildren(entry.element);
    this.painter.attach(entry.element, entry.item);
    this.setCursor(ref ?? entry.cursor);
    this.pace.startItem(entry.item.lang);
    this.warnHeld(entry.item);
    const address = new URL(window.location.href);
    address.searchParams.set("item", entry.id);
    window.history.replaceState(null, "", address);
  }

  warnHeld(item) {
    const message = this.canReview ? heldWords(item, this.config.user) : "";
    if (!message) this.status.dismiss("held");
    else this.status.notify({ message, remedy: "What you decide here is not saved meanwhile.", kind: "held" });
  }

  setCursor(ref) {
    const { item } = this;
    const known = ref && findSpan(item, ref);
    const span = known ?? undecided(item)[0] ?? orderedSpans(item)[0] ?? null;
    const isOther = this.queue.current.cursor !== (span ? refOf(span) : null);
    this.queue.current.cursor = span ? refOf(span) : null;
    if (isOther) this.edge = "end";
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
    const view = { cursor: span, edge: this.edge, links: this.links, preview: this.preview, canReview: this.canReview, mark };
    this.painter.draw(item, view);
    const { mode, lastReason, canReview, preview } = this;
    const shown = { isItemDone: isDone(item), canReview, reply: this.reply, mode, mark: this.mark, preview };
    this.status.draw(item, span, shown);
    this.tray.draw({ item, mode, span, lastReason, canReview, mark: this.mark });
    for (const button of this.root.querySelectorAll("[data-needs='span']")) button.disabled = !span;
    const pin = this.root.querySelector("[data-command='pinLinks']");
    pin?.setAttribute("aria-pressed", String(this.isPinned));
    // Another mode has another tray, and a higher one would cover what it is about.
    if (mode !== this.shownMode) this.painter.reveal(this.controls.offsetHeight);
    this.shownMode = mode;
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
    const patch = { spans: changes.map(({ ref, span }) => ({ ref, span })), is_nothing: isNothing ? true : undefined };
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
    return op;
  }

  // After a span is settled: the next undecided one, then the next item.
  goOnFrom(ref, words) {
    const { item } = this;
    const open = undecided(item);
    if (!this.settings.values.auto_advance) {
      this.status.announce(`${words}, ${open.length} left`);
      this.update();
    } else if (open.length) {
      const next = step(open, orderedSpans(item), ref, 1);
      this.setCursor(refOf(next));
      this.status.announce(`${words}, next: ${spanWords(item, next, this.scheme)}, ${open.length} left`);
    } else if (isDone(item)) this.goOn(words);
    else {
      this.status.announce(words);
      this.update();
    }
  }

  goOn(words = "") {
    const entry = this.queue.next();
    if (!entry) {
      this.finish(words);
      return;
    }
    this.show(entry);
    const first = this.span ? spanWords(entry.item, this.span, this.scheme) : "no label to carry over";
    const left = this.status.leftWords(entry.item);
    this.status.announce(`${words ? `${words}. ` : ""}Next item: ${first}, ${left}`);
    this.refill();
  }

  // Nothing is left ahead: the end of the queue, unless the server has more or cannot be asked.
  async finish(words) {
    this.update();
    await this.outbox.flush();
    // A claim that was under way knew nothing of the last decisions.
    await this.refill();
    await this.refill();
    const entry = this.queue.next();
    if (entry) this.show(entry);
    else if (!this.queue.isExhausted || this.outbox.waiting.length) {
      this.say("The next item comes when the connection is back.");
    } else this.showEnd(words);
  }

  showEnd(words) {
    this.isAtEnd = true;
    this.painter.cells = null;
    this.stage.replaceChildren(fragment(this.queue.endHtml));
    this.status.announce(`${words ? `${words}. ` : ""}${this.stage.textContent.trim().replace(/\s+/g, " ")}`);
    this.update();
  }

  // ---------------------------------------------------------------------------------------------------------- server

  // Only an item that was asked for is wanted whatever the queue says; the first of the queue comes by itself.
  async claim(n, held, opened) {
    const wanted = this.config.is_asked || this.hasMoved ? (opened ?? null) : null;
    const before = this.isQuiet ? this.nConfirmed : null;
    const { answer, refused } = await post(this.config.urls.claim, { ...this.config.queue, n, exclude: held, wanted });
    if (refused) {
      this.status.notify(refused);
      return { items: [], end_html: "" };
    }
    // Counted while a decision was on its way, a number may hold it or not; only a quiet one can be trusted.
    if (before === this.nConfirmed && this.isQuiet) this.counts = answer.progress;
    return answer;
  }

  get isQuiet() {
    return this.outbox.waiting.length === 0;
  }

  async refill(waiting = []) {
    try {
      await this.queue.fill(waiting);
    } catch (error) {
      if (!error.kind) throw error;
      this.outbox.setOffline(error.kind !== "logged-out");
      clearTimeout(this.refillTimer);
      this.refillTimer = setTimeout(() => this.refill(), 3000);
    }
  }

  arrive() {
    if (this.outbox.isOffline && navigator.onLine) this.outbox.setOffline(false);
    this.drawProgress();
  }

  send(op) {
    const { urls } = this.config;
    if (op.type !== "decide") return post(urls[op.type], { step: op.step, expected: op.expected });
    const { step: id, item, acts, version, active_ms } = op;
    return post(urls.decide, { step: id, item, acts, seen_version: version, active_ms });
  }

  confirm(op, answer) {
    this.nConfirmed += 1;
    const known = this.queue.entries.get(answer.item_id);
    const wasDone = known ? isDone(known.base) : op.type !== "decide";
    const entry = this.queue.confirm(op, answer);
    const isNowDone = answer.state === "done";
    if (this.counts && wasDone !== isNowDone) this.counts.n_done += isNowDone ? 1 : -1;
    if (op.type !== "decide" && !op.patch) this.arriveAt(op, entry ?? this.queue.adopt(fragment(answer.html)));
    else this.update();
  }

  arriveAt(op, entry) {
    this.queue.jumpTo(entry);
    this.show(entry);
    this.say(doneWords(op));
  }

  // A refusal is shown, and the item as the server has it; nothing is dropped without a word.
  async refuse(op, problem) {
    this.history.markRefused(op.undone ?? op.step);
    const place = op.external_id ? ` (${op.external_id}: ${op.words})` : "";
    const isNothing = problem.code.startsWith("nothing-to-");
    const entry = this.queue.drop(op);
    if (op.item) await this.reload(op.item);
    if (isNothing) this.say(problem.message);
    else {
      const onOpen = op.item && this.queue.current?.id !== op.item ? () => this.open(op.item) : null;
      const isHeld = problem.code === "claimed" && entry;
      const message = (isHeld && heldWords(entry.item, this.config.user)) || problem.message;
      this.status.notify({ message: `Not saved${place}: ${message}`, remedy: problem.remedy, onOpen });
      this.status.announce(`Not saved: ${message}`);
    }
    this.update();
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
      this.say("The item cannot be loaded without a connection.");
    }
  }

  // The items before and after, for those who only look.
  browse(direction) {
    const { browsed } = this.config;
    const id = browsed[browsed.indexOf(this.queue.current.id) + direction];
    if (id) return this.open(id);
    return this.say(direction > 0 ? "This is the last item here." : "This is the first item here.");
  }

  // -------------------------------------------------------------------------------------------------------- undoing

  undo() {
    const undone = this.history.undoable;
    this.reverse("undo", undone, undone?.reverse ?? null);
  }

  redo() {
    const redone = this.history.redoable;
    this.reverse("redo", redone, redone?.patch ?? null);
  }

  reverse(type, past, patch) {
    const id = newId();
    const op = { type, step: id, expected: past?.current ?? null, item: past?.item ?? null, undone: past?.step ?? null };
    const entry = past ? this.queue.entries.get(past.item) : null;
    Object.assign(op, { patch: entry ? patch : null, external_id: past?.external_id ?? "", words: past?.words ?? "" });
    if (past) this.history[type === "undo" ? "markUndone" : "markRedone"](past, id);
    if (op.patch) {
      this.queue.apply(entry, op);
      this.queue.jumpTo(entry);
      this.show(entry, patch.spans[0]?.ref ?? null);
    }
    this.say(op.patch ? doneWords(op) : `${type === "undo" ? "Undoing" : "Redoing"} …`);
    this.outbox.add(op);
  }

  // Puts a step that an earlier page could not send back into the list.
  remember(op) {
    if (op.type === "decide") {
      this.history.add(op);
      return;
    }
    const past = this.history.steps.find((each) => each.step === op.undone);
    if (past) this.history[op.type === "undo" ? "markUndone" : "markRedone"](past, op.step);
  }

  rejectWords(code) {
    return `rejected, ${reasonText(this.scheme, code)}`;
  }

  acceptWords(span) {
    return span.intervals.length ? `accepted, ${isolate(labelName(this.scheme, span.label))}` : this.rejectWords("not-in-translation");
  }
}
