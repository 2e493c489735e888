// The translation under review: T opens what a person thinks of the target text, and lets the text be corrected.

import { n, t } from "../i18n.js";
import { make } from "./elements.js";
import { newId } from "./outbox.js";
import { closeNamed, isOpen, openDialog } from "./panel.js";
import { getText, post } from "./server.js";
import { segmentOf, targetOf } from "./state.js";

const NAME = "translation";
const SCORES = ["0", "0.5", "1"];
const QUESTIONS = {
  meaning: { title: () => t("Meaning"), words: () => [t("lost"), t("in part"), t("kept")] },
  fluency: { title: () => t("Fluency"), words: () => [t("not understandable"), t("with faults"), t("fluent")] },
};

// The target text that the current span lies in, else the first one.
function segmentAt(app) {
  const at = app.span?.segment ? segmentOf(app.item, app.span.segment) : null;
  return at?.side === "target" ? at : targetOf(app.item);
}

export async function openTranslation(app) {
  if (isOpen(app, NAME)) return closeNamed(app, NAME);
  const segment = segmentAt(app);
  // Spans move with an edit, so what was decided has to be on the server first.
  await app.outbox.flush();
  if (app.outbox.waiting.length) return app.say(t("The translation can be marked when the connection is back."));
  const address = app.config.urls.translation.replace("/0/", `/${segment.id}/`);
  try {
    const data = JSON.parse(await getText(address));
    return show(app, { segment, data, address });
  } catch (error) {
    if (!error.kind) throw error;
    return app.say(t("The translation can be marked when the connection is back."));
  }
}

function show(app, { segment, data, address }) {
  const form = make("form", "form translation-form");
  const text = textField(segment, data);
  const rows = [text, ...Object.keys(QUESTIONS).map((name) => question(name, data.mark)), errorList(data), noteField(data)];
  const save = make("button", "button-primary", t("Save"));
  const fault = make("p", "field-error");
  fault.setAttribute("role", "alert");
  fault.hidden = true;
  form.append(...flagWords(data), ...rows, fault, save, ...versionList(data, segment));
  if (!app.canReview) for (const control of [...form.elements, save]) control.disabled = true;
  const dialog = openDialog(app, { name: NAME, title: t("Translation"), content: [form], isWide: true });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    submit(app, { form, fault, segment, data, address, dialog });
  });
}

function labelled(id, words, control) {
  const field = make("div", "field");
  const label = make("label", "", words);
  label.htmlFor = id;
  control.id = id;
  field.append(label, control);
  return field;
}

function textField(segment, data) {
  const area = make("textarea", "translation-text");
  area.value = data.text;
  area.name = "text";
  area.rows = 4;
  area.lang = segment.lang;
  area.dir = segment.dir;
  return labelled("translation-text", t("Text"), area);
}

function question(name, mark) {
  const field = make("fieldset", "translation-question");
  field.append(make("legend", "", QUESTIONS[name].title()));
  for (const [index, words] of QUESTIONS[name].words().entries()) {
    const label = make("label", "check");
    const radio = make("input", "");
    Object.assign(radio, { type: "radio", name, value: SCORES[index], checked: String(mark?.[name]) === SCORES[index] });
    label.append(radio, ` ${words}`);
    field.append(label);
  }
  return field;
}

function errorList({ categories, mark }) {
  const field = make("fieldset", "translation-errors");
  field.append(make("legend", "", t("Errors")));
  for (const { code, text } of categories) {
    const label = make("label", "check");
    const box = make("input", "");
    Object.assign(box, { type: "checkbox", name: "errors", value: code, checked: Boolean(mark?.errors.includes(code)) });
    label.append(box, ` ${text}`);
    field.append(label);
  }
  return field;
}

function noteField({ mark }) {
  const note = make("textarea", "");
  Object.assign(note, { name: "note", rows: 2, value: mark?.note ?? "" });
  return labelled("translation-note", t("Note"), note);
}

function flagWords({ flags }) {
  return flags.map(({ text }) => make("p", "notice", t("The automatic check says: %(what)s.", { what: text })));
}

function versionList({ versions }, segment) {
  if (!versions.length) return [];
  const details = make("details", "translation-versions");
  details.append(make("summary", "", t("Earlier texts")));
  for (const { number, text, by } of versions) {
    const row = make("p", "");
    const words = make("bdi", "", text);
    Object.assign(words, { lang: segment.lang, dir: segment.dir });
    row.append(make("b", "", `${number} `), words, make("span", "muted", by ? ` ${by}` : ` ${t("imported")}`));
    details.append(row);
  }
  return [details];
}

async function submit(app, { form, fault, segment, data, address, dialog }) {
  const given = new FormData(form);
  const text = String(given.get("text")).replaceAll("\r\n", "\n");
  const mark = {
    meaning: score(given.get("meaning")),
    fluency: score(given.get("fluency")),
    errors: given.getAll("errors"),
    note: given.get("note"),
  };
  const isMarked = mark.meaning !== null || mark.fluency !== null || mark.errors.length > 0 || mark.note || data.mark;
  try {
    // The mark is about the text that was read, not about the corrected one.
    if (isMarked) await send(`${address}mark/`, { ...mark, version: data.version });
    const step = text === data.text ? null : newId();
    if (step) await send(app.config.urls.decide, { step, item: app.item.id, acts: [edit(segment, data, text)] });
    dialog.close();
    if (step) await takeEdit(app, step);
    else app.say(t("The mark is saved."));
  } catch (error) {
    if (!error.words) throw error;
    fault.textContent = error.words;
    fault.hidden = false;
  }
}

function score(given) {
  return given === null ? null : Number(given);
}

async function send(url, body) {
  let found;
  try {
    found = await post(url, body);
  } catch (error) {
    if (!error.kind) throw error;
    throw Object.assign(new Error(), { words: t("There is no connection; nothing was saved.") });
  }
  if (found.refused) throw Object.assign(new Error(), { words: `${found.refused.message} ${found.refused.remedy}` });
  return found.answer;
}

function edit(segment, data, text) {
  return { kind: "edit", segment: segment.id, text, text_version: data.version };
}

async function takeEdit(app, step) {
  const { item } = app;
  const accepted = (each) => each.spans.filter((span) => span.state === "accepted").length;
  const before = accepted(item);
  app.history.add({ type: "decide", step, item: item.id, external_id: item.external_id, words: t("text edited"), patch: null });
  await app.reload(item.id);
  const hit = before - accepted(app.item);
  app.say(
    hit
      ? n("The text is changed; %(n)s label that it touches is to be decided again.", "The text is changed; %(n)s labels that it touches are to be decided again.", hit)
      : t("The text is changed; labels moved along."),
  );
}
