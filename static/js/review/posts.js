// What people send besides decisions: it waits in the outbox like them, in order, and shows at once.

import { newId } from "./outbox.js";

// `notes` is the patch of notes.js; `words` say what was not saved should the server refuse it.
export function sendPost(app, { name, url, body, item, words, notes = null }) {
  const entry = app.queue.entries.get(item.id);
  const patch = notes ? { spans: [], notes } : null;
  const op = { type: "post", name, step: newId(), url, body, item: item.id, external_id: item.external_id, words, patch };
  if (entry) app.queue.apply(entry, op);
  app.outbox.add(op);
}

// An address with its id put in; the page knows it with zeros.
export function withId(url, id) {
  return url.replace("00000000-0000-0000-0000-000000000000", id);
}

// {source_span} or {annotation} of a reference; nothing for the item itself.
export function targetFields(ref) {
  if (!ref) return {};
  return ref.startsWith("s") ? { source_span: Number(ref.slice(1)) } : { annotation: ref };
}
