// The items at hand: the one shown, those shown before, and the next ones, loaded ahead.

import { applyPatch, isDone, readItem, refresh } from "./state.js";

const AHEAD = 5;

export class Queue {
  constructor({ claim, load, onArrival }) {
    Object.assign(this, { claim, load, onArrival });
    this.entries = new Map();
    this.sequence = [];
    this.index = 0;
    this.isExhausted = false;
    this.filling = null;
    this.endHtml = "";
  }

  get current() {
    return this.entries.get(this.sequence[this.index]) ?? null;
  }

  // Reads a fragment; the newest text of an item wins over an older one.
  adopt(element, waiting = []) {
    const item = readItem(JSON.parse(element.dataset.item));
    delete element.dataset.item;
    const known = this.entries.get(item.id);
    const entry = known ?? { id: item.id, cursor: null, startedAt: 0 };
    entry.element = element;
    entry.base = item;
    entry.pending = known?.pending ?? waiting.filter((op) => op.item === item.id);
    this.entries.set(item.id, entry);
    this.rebuild(entry);
    return entry;
  }

  rebuild(entry) {
    entry.item = entry.pending.reduce((item, op) => applyPatch(item, op.patch), entry.base);
  }

  append(entry) {
    entry.isAside = false;
    if (!this.sequence.includes(entry.id)) this.sequence.push(entry.id);
  }

  // Puts an item at the cursor, beside the one shown.
  jumpTo(entry) {
    const at = this.sequence.indexOf(entry.id);
    if (at >= 0) this.index = at;
    else this.sequence.splice(this.index, 0, entry.id);
  }

  apply(entry, op) {
    entry.pending = [...entry.pending, op];
    this.rebuild(entry);
  }

  // Out of sight until the server hands it out again.
  setAside(entry) {
    entry.isAside = true;
    const at = this.sequence.indexOf(entry.id);
    this.sequence = this.sequence.filter((id) => id !== entry.id);
    if (at <= this.index) this.index -= 1;
  }

  // The server has done a step; what else waits is put on top again.
  confirm(op, answer) {
    const entry = this.entries.get(answer.item_id ?? op.item);
    if (!entry) return null;
    entry.pending = entry.pending.filter((each) => each.step !== op.step);
    entry.base = refresh(entry.base, answer, op.patch);
    this.rebuild(entry);
    return entry;
  }

  drop(op) {
    const entry = this.entries.get(op.item);
    if (!entry) return null;
    entry.pending = entry.pending.filter((each) => each.step !== op.step);
    this.rebuild(entry);
    return entry;
  }

  next() {
    const found = this.ahead()[0];
    if (found === undefined) return null;
    this.index = this.sequence.indexOf(found);
    return this.current;
  }

  // Goes to the neighbour whatever its state; false at the ends.
  shift(direction) {
    const index = this.index + direction;
    if (index < 0 || index >= this.sequence.length) return false;
    this.index = index;
    return true;
  }

  ahead() {
    return this.sequence.slice(this.index + 1).filter((id) => this.isWanted(this.entries.get(id)));
  }

  isWanted(entry) {
    return this.isDoneQueue || !isDone(entry.item);
  }

  // Items that must not be handed out again: those at hand, and those whose decisions are on their way.
  held() {
    return [...this.entries.values()].filter((entry) => this.isHeld(entry)).map((entry) => entry.id);
  }

  isHeld(entry) {
    if (this.isDoneQueue || entry.pending.length) return true;
    if (entry.isAside) return false;
    return !isDone(entry.item) && (entry.isClaimed || entry !== this.current);
  }

  // Loads ahead; a call while one is under way waits for that one.
  fill(waiting = []) {
    this.filling ??= this.fillUp(waiting).finally(() => {
      this.filling = null;
    });
    return this.filling;
  }

  async fillUp(waiting) {
    // The item that the page came with is claimed together with the next ones.
    const opened = this.current && !this.isHeld(this.current) ? this.current : null;
    const missing = AHEAD - this.ahead().length + (opened ? 1 : 0);
    if (missing <= 0) return;
    const answer = await this.claim(missing, this.held(), opened?.id);
    if (!answer) return;
    for (const { id, html } of answer.items) {
      const known = this.entries.get(id);
      const entry = known && id === opened?.id ? known : this.adopt(fragment(html), waiting);
      entry.isClaimed = true;
      this.append(entry);
    }
    this.isExhausted = answer.items.length === 0;
    this.endHtml = answer.end_html ?? "";
    this.onArrival();
  }

  async fetch(id) {
    return this.adopt(fragment(await this.load(id)));
  }
}

export function fragment(html) {
  const template = document.createElement("template");
  template.innerHTML = html.trim();
  return template.content.firstElementChild;
}
