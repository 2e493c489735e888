// Flags and threads of an item, as the server knows them and with what is on its way. All functions are pure.

// Flags stand on a span ("" for the whole item); one's own show in what is left to decide.
export function flagOf(item, ref) {
  return item.flags?.find((flag) => flag.ref === ref && flag.is_mine) ?? item.flags?.find((flag) => flag.ref === ref) ?? null;
}

export function isPutOff(item, ref) {
  return Boolean(item.flags?.some((flag) => flag.ref === ref && flag.is_mine));
}

export function threadsOf(item, ref) {
  return (item.threads ?? []).filter((thread) => thread.ref === ref);
}

export function openThreads(item) {
  return (item.threads ?? []).filter((thread) => thread.is_open);
}

// `notes` of a patch: {flag}, {closed: id}, {thread: {id, ref}, comment} or {thread: {id}, is_open}.
export function withNotes(item, notes) {
  if (!notes) return {};
  const { flags = [], threads = [] } = item;
  if (notes.flag) return { flags: [...flags.filter((each) => !(each.ref === notes.flag.ref && each.is_mine)), notes.flag] };
  if (notes.closed) return { flags: flags.filter((each) => each.id !== notes.closed) };
  const known = threads.find((each) => each.id === notes.thread.id) ?? { ...notes.thread, is_open: true, comments: [] };
  const comments = notes.comment ? [...known.comments, notes.comment] : known.comments;
  const changed = { ...known, comments, is_open: notes.is_open ?? true };
  return { threads: [...threads.filter((each) => each !== known), changed] };
}
