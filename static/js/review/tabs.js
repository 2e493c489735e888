// One tab reviews for a person at a time; others only look, until they take over. Tabs of one browser ask each other by a
// lock; browsers ask the server, which hands items out to one of them only.

import { t } from "../i18n.js";
import { newId } from "./outbox.js";

const BEAT_MS = 45000;
// A page that is being left, as by a reload, still holds the lock for a moment.
const LEAVING_MS = 1000;

export class Tab {
  // `onLost` when another tab or browser has taken over; `beat` tells the server that this one is still here.
  constructor({ owner, onLost, beat }) {
    Object.assign(this, { owner, onLost, beat });
    this.id = browserId(owner);
    this.isHeld = false;
    this.timer = 0;
  }

  // Whether this tab may review; with `isTaking` it becomes the one that does.
  async hold({ isTaking = false } = {}) {
    if (this.isHeld) return true;
    this.isHeld = navigator.locks ? await this.lock(isTaking) : true;
    clearInterval(this.timer);
    if (this.isHeld) this.timer = setInterval(() => this.beat(), BEAT_MS);
    return this.isHeld;
  }

  lock(isTaking) {
    return new Promise((resolve) => {
      const options = isTaking ? { steal: true } : { signal: AbortSignal.timeout(LEAVING_MS) };
      navigator.locks
        .request(`crossgloss-review-${this.owner}`, options, () => {
          resolve(true);
          // Held until the page goes or another tab takes it.
          return new Promise(() => {});
        })
        .catch(() => {
          resolve(false);
          this.lose();
        });
    });
  }

  lose() {
    if (!this.isHeld) return;
    this.isHeld = false;
    clearInterval(this.timer);
    this.onLost();
  }
}

// The same for all tabs of a browser, so that closing one and opening another needs no word to the server.
function browserId(owner) {
  const name = `crossgloss-browser-${owner}`;
  try {
    const known = localStorage.getItem(name) ?? newId();
    localStorage.setItem(name, known);
    return known;
  } catch {
    return newId();
  }
}

// The line of a tab that only looks.
export function readOnlyNotice(onTake) {
  return {
    message: t("You review in another tab or browser."),
    remedy: t("This one only shows."),
    kind: "other-tab",
    actions: [[t("Take over"), onTake]],
  };
}
