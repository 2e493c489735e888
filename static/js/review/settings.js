// How the screen looks and behaves for this person; remembered by the server.

import { post } from "./server.js";

export const DEFAULTS = {
  auto_advance: true,
  relabel_accepts: false,
  is_swapped: false,
  shows_progress: true,
  shows_history: true,
  shows_table: false,
  shows_marks: false,
  shows_roman: false,
  source_percent: 100,
  target_percent: 100,
};

export class Settings {
  constructor({ root, form, given, url, onChange }) {
    Object.assign(this, { root, form, url, onChange });
    this.values = { ...DEFAULTS, ...given };
    this.timer = 0;
    form.addEventListener("input", (event) => this.read(event.target));
    form.addEventListener("submit", (event) => event.preventDefault());
    this.show();
  }

  read(field) {
    if (!(field.name in DEFAULTS)) return;
    this.set(field.name, field.type === "checkbox" ? field.checked : Number(field.value));
  }

  set(name, value) {
    this.values[name] = value;
    this.show();
    this.onChange();
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.save(), 400);
  }

  async save() {
    // A look that was not saved is no loss worth a message.
    await post(this.url, this.values).catch(() => null);
  }

  show() {
    const { values, root } = this;
    for (const field of this.form.elements) {
      if (!(field.name in DEFAULTS)) continue;
      if (field.type === "checkbox") field.checked = values[field.name];
      else field.value = values[field.name];
    }
    for (const output of this.form.querySelectorAll("output")) output.textContent = `${values[output.htmlFor.value]} %`;
    root.classList.toggle("is-swapped", values.is_swapped);
    root.classList.toggle("hides-progress", !values.shows_progress);
    root.classList.toggle("hides-history", !values.shows_history);
    root.style.setProperty("--source-scale", values.source_percent / 100);
    root.style.setProperty("--target-scale", values.target_percent / 100);
  }
}
