// The last steps, newest first: what undo and redo mean, and the list at the side.

import { t } from "../i18n.js";

const SHOWN = 50;

export class History {
  constructor({ list, steps, onOpen, pageUrl }) {
    Object.assign(this, { list, onOpen, pageUrl });
    this.steps = steps.map((step) => ({ ...step, current: null, patch: null, reverse: null }));
    this.undone = [];
    this.list.addEventListener("click", (event) => this.open(event));
    this.render();
  }

  open(event) {
    const link = event.target.closest("a[data-item]");
    if (!link || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    this.onOpen(Number(link.dataset.item));
  }

  add(step) {
    this.steps.unshift({ ...step, is_undone: false, current: step.step });
    this.undone = [];
    this.render();
  }

  // The newest step that stands; null when this page knows of none.
  get undoable() {
    return this.steps.find((step) => !step.is_undone && !step.is_refused && !step.isOverruled) ?? null;
  }

  get redoable() {
    return this.undone.at(-1) ?? null;
  }

  markUndone(step, id) {
    step.is_undone = true;
    step.current = id;
    this.undone.push(step);
    this.render();
  }

  markRedone(step, id) {
    this.undone = this.undone.filter((each) => each !== step);
    step.is_undone = false;
    step.current = id;
    this.render();
  }

  // The server did not take a step (or its undoing): the list shows what is true.
  markRefused(id) {
    const step = this.steps.find((each) => each.current === id || each.step === id);
    if (!step) return;
    if (step.step === id && !step.is_undone) step.is_refused = true;
    else step.is_undone = !step.is_undone;
    this.undone = this.undone.filter((each) => each !== step);
    this.render();
  }

  // Somebody else has decided after it: undo goes on with the step before.
  markOverruled(id) {
    const step = this.steps.find((each) => each.step === id);
    if (step) step.isOverruled = true;
  }

  render() {
    this.list.replaceChildren(...this.steps.slice(0, SHOWN).map((step) => this.row(step)));
  }

  row(step) {
    const row = document.createElement("li");
    const link = document.createElement("a");
    const words = document.createElement("span");
    words.className = "past-words";
    words.dir = document.documentElement.dir;
    link.href = `${this.pageUrl}?item=${step.item}`;
    link.dataset.item = step.item;
    link.textContent = step.external_id;
    words.textContent = step.words;
    row.append(link, " ", words);
    if (step.is_undone) row.className = "undone";
    if (step.is_refused) row.className = "refused";
    const fate = step.is_undone ? t("undone") : step.is_refused ? t("not saved") : "";
    if (fate) row.append(" ", Object.assign(document.createElement("em"), { textContent: fate }));
    return row;
  }
}
