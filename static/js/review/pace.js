// How long items take, pauses left out: sent with each decision, and used to say how much time is left in a language.

const IDLE_MS = 60000;
const KEPT = 20;
const FEWEST = 10;

export class Pace {
  constructor(key) {
    this.project = key;
    this.key = "";
    this.lastAt = Date.now();
    this.sinceSent = 0;
    this.onItem = 0;
    this.times = [];
    for (const kind of ["pointermove", "keydown", "scroll"]) {
      window.addEventListener(kind, () => this.touch(), { passive: true, capture: true });
    }
    document.addEventListener("visibilitychange", () => this.touch(!document.hidden));
  }

  read() {
    try {
      const stored = JSON.parse(localStorage.getItem(this.key) ?? "[]");
      return Array.isArray(stored) ? stored.filter(Number.isFinite).slice(-KEPT) : [];
    } catch {
      return [];
    }
  }

  // Time counts up to the first minute without a sign of life, and not while the page was out of sight.
  touch(wasHidden = false) {
    const now = Date.now();
    const passed = wasHidden ? 0 : Math.max(0, Math.min(now - this.lastAt, IDLE_MS));
    this.sinceSent += passed;
    this.onItem += passed;
    this.lastAt = now;
  }

  take() {
    this.touch();
    const spent = this.sinceSent;
    this.sinceSent = 0;
    return Math.round(spent);
  }

  finishItem() {
    this.touch();
    this.times = [...this.times, this.onItem].slice(-KEPT);
    this.onItem = 0;
    try {
      localStorage.setItem(this.key, JSON.stringify(this.times));
    } catch {
      // Without storage the estimate begins anew with each page.
    }
  }

  startItem(lang) {
    this.key = `crossgloss-pace-${this.project}-${lang}`;
    this.times = this.read();
    this.onItem = 0;
    this.lastAt = Date.now();
  }

  // Milliseconds for so many items at the usual pace; null while too few were seen.
  estimate(nItems) {
    if (this.times.length < FEWEST) return null;
    const sorted = [...this.times].sort((one, two) => one - two);
    return sorted[Math.floor(sorted.length / 2)] * nItems;
  }
}
