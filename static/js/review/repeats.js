// After a decision: equal proposals that are undecided. R lists them in context, ticks choose, and all is one step, which
// one undo takes back. Nothing is decided before it was looked at and applied.

import { n, t } from "../i18n.js";
import { newId } from "./outbox.js";
import { make } from "./elements.js";
import { openDialog } from "./panel.js";
import { targetFields } from "./posts.js";
import { command, feature } from "./registry.js";
import { getText } from "./server.js";
import { isolate, labelName, reasonText } from "./words.js";

// What would be done, as "accept LOC" or "reject, wrong label".
function actName(app, { label, new_label, reason }) {
  if (reason) return t("reject: %(reason)s", { reason: reasonText(app.scheme, reason) });
  const names = { label: labelName(app.scheme, new_label), before: labelName(app.scheme, label) };
  return label === new_label ? t("accept as %(label)s", names) : t("%(before)s → %(label)s", names);
}

function countWords(offer) {
  return offer.is_more ? t("more than %(n)s", { n: offer.n }) : String(offer.n);
}

// The offer stands at the end of the line under the status, so that nothing below it moves.
function drawOffer(app) {
  const { offer } = app;
  const live = app.root.querySelector("[data-part='offer-live']");
  if (!live) return;
  if (!offer) {
    app.offerButton?.remove();
    live.textContent = "";
    return;
  }
  const about = { form: isolate(offer.form), label: labelName(app.scheme, offer.label), n: countWords(offer) };
  const words = t("%(form)s, same label %(label)s, undecided: %(n)s", about);
  if (!app.offerButton) {
    app.offerButton = make("button", "offer");
    app.offerButton.type = "button";
    app.offerButton.dataset.command = "repeat";
  }
  if (live.textContent !== words) {
    live.textContent = words;
    app.offerButton.replaceChildren(make("span", "", words), " ", make("kbd", "", "R"));
  }
  const line = app.root.querySelector("[data-part='detail']");
  if (app.offerButton.parentElement !== line) line.append(app.offerButton);
}

// ------------------------------------------------------------------------------------------------------------- list

function context(words, kind) {
  const line = make("p", `repeat-text repeat-${kind}`);
  line.lang = words.lang;
  line.dir = words.dir;
  line.append(words.before, make("mark", "", words.form), words.after);
  return line;
}

function row(each, onChange) {
  const line = make("li", "repeat");
  const label = make("label", "repeat-label");
  const box = make("input", "");
  Object.assign(box, { type: "checkbox", checked: true, value: String(each.source_span) });
  box.addEventListener("change", onChange);
  label.append(box, make("bdi", "repeat-item", each.external_id));
  line.append(label, context(each.target, "target"), context(each.source, "source"));
  return line;
}

async function openRepeats(app) {
  const { offer } = app;
  if (!offer) return app.say(t("There is nothing to repeat."));
  // Open at once, so that what is typed meanwhile decides nothing on the screen behind it.
  const dialog = openDialog(app, { name: "repeats", title: t("Repeat the decision"), content: [make("p", "muted", t("Loading …"))], isWide: true });
  if (!dialog) return undefined;
  await app.outbox.flush();
  const fields = new URLSearchParams({ item: offer.item, ...targetFields(offer.ref) });
  let found;
  try {
    found = JSON.parse(await getText(`${app.config.urls.repeats}?${fields}`));
  } catch (error) {
    dialog.close();
    if (!error.kind) throw error;
    return app.say(t("The list cannot be loaded without a connection."));
  }
  if (!dialog.element.open) return undefined;
  if (!found.repeats.length) {
    dialog.close();
    app.offer = null;
    drawOffer(app);
    return app.say(t("There is nothing to repeat."));
  }
  return showList(app, offer, found, dialog);
}

function showList(app, offer, found, dialog) {
  const list = make("ul", "repeat-list");
  const button = make("button", "button-primary");
  button.type = "button";
  button.dataset.first = "";
  const chosen = () => [...list.querySelectorAll("input:checked")].map((box) => Number(box.value));
  const count = () => {
    const { length } = chosen();
    button.textContent = n("Apply to %(n)s", "Apply to %(n)s", length);
    button.disabled = length === 0;
  };
  list.append(...found.repeats.map((each) => row(each, count)));
  count();
  const all = make("label", "repeat-label");
  const allBox = make("input", "");
  Object.assign(allBox, { type: "checkbox", checked: true });
  allBox.addEventListener("change", () => {
    for (const box of list.querySelectorAll("input")) box.checked = allBox.checked;
    count();
  });
  all.append(allBox, t("All"));
  const about = make("p", "repeat-about");
  about.append(make("bdi", "repeat-form", found.form), " ", actName(app, found));
  const notes = found.is_more ? [make("p", "muted", t("There are more; they are offered again after these."))] : [];
  const head = make("div", "repeat-head");
  head.append(all, button);
  dialog.setContent(about, head, ...notes, list);
  button.focus();
  button.addEventListener("click", () => {
    const spans = chosen();
    dialog.close();
    apply(app, offer, found, spans);
  });
}

// ------------------------------------------------------------------------------------------------------------- step

function apply(app, offer, found, spans) {
  const step = newId();
  const words = n("%(form)s in %(n)s place: %(act)s", "%(form)s in %(n)s places: %(act)s", spans.length, {
    form: isolate(found.form),
    act: actName(app, found),
  });
  const body = { step, item: offer.item, spans, lang: app.config.queue.lang, ...targetFields(offer.ref) };
  const op = { type: "repeat", step, url: app.config.urls.repeat, body, item: offer.item, external_id: offer.external_id, words, patch: null, reverse: null };
  app.offer = null;
  app.history.add(op);
  app.outbox.add(op);
  app.update();
}

// Items at hand that a step has changed elsewhere are read again.
async function readAgain(app, ids, but = null) {
  const known = ids.filter((id) => id !== but && app.queue.entries.has(id));
  for (const id of known) await app.reload(id);
}

async function repeated(app, answer) {
  if (app.isQuiet) app.counts = answer.progress;
  await readAgain(app, answer.item_ids);
  const done = n("Repeated in %(n)s place.", "Repeated in %(n)s places.", answer.n_spans);
  const { length } = answer.left_out;
  const left = length ? ` ${n("%(n)s left out: %(why)s", "%(n)s left out: %(why)s", length, { why: answer.left_out[0] })}` : "";
  app.say(`${done}${left}`);
}

feature({
  decided(app) {
    app.offer = null;
  },
  confirmed(app, op, answer) {
    if (op.type === "repeat") repeated(app, answer);
    else if (answer.item_ids) {
      if (app.isQuiet && answer.progress) app.counts = answer.progress;
      readAgain(app, answer.item_ids, answer.item_id);
    }
    if (op.type === "undo") app.offer = null;
    // While more is on its way, what it offers comes with it.
    if (op.type === "decide" && app.isQuiet && answer.repeats) {
      const ref = op.acts[0].annotation ?? `s${op.acts[0].source_span}`;
      app.offer = { ...answer.repeats, item: op.item, external_id: op.external_id, ref };
    }
    drawOffer(app);
  },
  updated: drawOffer,
});

command({
  name: "repeat",
  group: "decide",
  needs: "page",
  keys: ["KeyR"],
  isShown: (app) => app.canReview,
  help: () => t("Repeat the last decision on equal proposals, after a look at each"),
  run: openRepeats,
});
