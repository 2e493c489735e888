// Every decision waits here, on disk, until the server has confirmed it. Sent one by one, in order.

const DATABASE = "crossgloss";
const STORE = "outbox";
const FIRST_WAIT_MS = 1000;
const LONGEST_WAIT_MS = 30000;

function asPromise(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

async function openDatabase() {
  const request = indexedDB.open(DATABASE, 1);
  request.onupgradeneeded = () => {
    const store = request.result.createObjectStore(STORE, { keyPath: "seq", autoIncrement: true });
    store.createIndex("owner", "owner");
  };
  return asPromise(request);
}

export function newId() {
  if (crypto.randomUUID) return crypto.randomUUID();
  // Without https there is no randomUUID; the same 122 random bits are drawn by hand.
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}

// How many decisions of a person in a project wait in this browser; 0 where nothing can be kept.
export async function countWaiting(owner) {
  try {
    const database = await openDatabase();
    const n = await asPromise(database.transaction(STORE).objectStore(STORE).index("owner").count(owner));
    database.close();
    return n;
  } catch {
    return 0;
  }
}

export class Outbox {
  // `owner` keeps people and projects apart; `send(op)` resolves to {ok, answer} or {refused} and throws to try again.
  constructor({ owner, send, onChange, onConfirmed, onRefused }) {
    Object.assign(this, { owner, send, onChange, onConfirmed, onRefused });
    this.waiting = [];
    this.isOffline = !navigator.onLine;
    this.isLoggedOut = false;
    this.isKept = true;
    this.waitMs = FIRST_WAIT_MS;
    this.timer = 0;
    this.sending = null;
    window.addEventListener("online", () => this.retryNow());
    window.addEventListener("offline", () => this.setOffline(true));
  }

  // Loads what an earlier page could not send.
  async open() {
    try {
      this.database = await openDatabase();
      const index = this.database.transaction(STORE).objectStore(STORE).index("owner");
      this.waiting = (await asPromise(index.getAll(this.owner))).map((row) => ({ ...row, stored: Promise.resolve(row.seq) }));
    } catch {
      // Private windows of some browsers have no database; decisions then live as long as the page.
      this.isKept = false;
    }
    this.onChange();
    return this.waiting;
  }

  add(op) {
    const row = { ...op, owner: this.owner };
    const entry = { ...row, stored: this.store(row) };
    this.waiting.push(entry);
    this.onChange();
    this.flush();
  }

  async store(row) {
    if (!this.database) return null;
    try {
      return await asPromise(this.database.transaction(STORE, "readwrite").objectStore(STORE).add(row));
    } catch {
      this.isKept = false;
      return null;
    }
  }

  async remove(entry) {
    this.waiting = this.waiting.filter((each) => each !== entry);
    const seq = await entry.stored;
    if (this.database && seq !== null) {
      await asPromise(this.database.transaction(STORE, "readwrite").objectStore(STORE).delete(seq)).catch(() => null);
    }
  }

  setOffline(isOffline) {
    this.isOffline = isOffline;
    this.onChange();
  }

  retryNow() {
    clearTimeout(this.timer);
    this.waitMs = FIRST_WAIT_MS;
    this.setOffline(!navigator.onLine);
    this.flush();
  }

  // Sends what waits; resolves when nothing waits any more or the server cannot be reached.
  flush() {
    this.sending ??= this.sendAll().finally(() => {
      this.sending = null;
      this.onChange();
    });
    return this.sending;
  }

  async sendAll() {
    clearTimeout(this.timer);
    try {
      while (this.waiting.length) await this.sendFirst();
    } catch (error) {
      this.isOffline = error.kind !== "logged-out";
      this.isLoggedOut = error.kind === "logged-out";
      this.timer = setTimeout(() => this.flush(), this.waitMs);
      this.waitMs = Math.min(this.waitMs * 2, LONGEST_WAIT_MS);
    }
  }

  async sendFirst() {
    const entry = this.waiting[0];
    // On disk before it goes out: a crash between the two must not lose it.
    await entry.stored;
    const result = await this.send(entry);
    this.isOffline = false;
    this.isLoggedOut = false;
    this.waitMs = FIRST_WAIT_MS;
    await this.remove(entry);
    if (result.refused) await this.onRefused(entry, result.refused);
    else this.onConfirmed(entry, result.answer);
    this.onChange();
  }
}
