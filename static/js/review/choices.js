// Labels that are nothing but a choice: tags of words and classes of texts. Their digits decide at once.

import { t } from "../i18n.js";
import { newId } from "./outbox.js";
import { command, feature, mode } from "./registry.js";
import { accept, add, isFound, layerOf, LIVE, offsets, overlapping, refOf, relabel, segmentOf } from "./state.js";
import { isolate, labelName } from "./words.js";

// Sets the label and accepts it; another one of a layer that takes several is added.
function chooseLabel(app, label) {
  const { item, span, scheme } = app;
  const layer = layerOf(scheme, span);
  const isOther = label.id !== span.label;
  if (isOther && layer.kind === "class" && layer.choice === "multiple") return chooseMore(app, layer, label);
  if (!isOther && span.state === "accepted") return app.say(t("It is %(label)s already.", { label: label.name }));
  const changes = isOther ? [relabel(item, span, label.id)] : [];
  const named = changes[0]?.span ?? span;
  if (named.state !== "accepted" && isFound(item, named)) {
    const [other] = overlapping(item, scheme, { ...named, ref: refOf(span), states: ["accepted"] });
    if (other) return app.say(t("%(label)s is set already. Reject that one first.", { label: labelName(scheme, other.label) }));
    changes.push(accept(item, named));
  }
  if (!changes.length) return app.say(t("It has no place. Enter confirms that it is not in the translation."));
  app.decide(changes);
  const settled = changes.at(-1).span;
  if (settled.state === "accepted") return app.goOnFrom(refOf(span), app.acceptWords(settled));
  app.update();
  return app.status.announce(t("%(before)s is now %(label)s", { before: labelName(scheme, span.label), label: label.name }));
}

function chooseMore(app, layer, label) {
  const { item, span } = app;
  const isHere = (each) => each.layer === layer.id && each.label === label.id && (layer.scope === "item" || each.segment === span.segment);
  const known = item.spans.find(isHere);
  if (!known) return addClass(app, layer, segmentOf(item, span.segment), label);
  if (known.state === "accepted") {
    app.setCursor(refOf(known));
    return app.say(t("%(label)s is set already. Reject takes it away.", { label: label.name }));
  }
  const change = accept(item, known);
  app.decide([change]);
  return app.goOnFrom(refOf(known), app.acceptWords(known));
}

function addClass(app, layer, segment, label) {
  const intervals = [[0, offsets(segment).length]];
  const change = add(app.item, { id: newId(), layer: layer.id, label: label.id, segment: segment.id, intervals });
  app.mode = "normal";
  app.naming = null;
  app.decide([change]);
  app.setCursor(change.ref);
  return app.status.announce(t("added %(text)s, %(label)s", { text: isolate(layer.name), label: label.name }));
}

// -------------------------------------------------------------------------------------------- a class that is missing

// Texts (or the item, by its first text) and layers of classes that still take a label.
function openPlaces({ item, scheme }) {
  const places = scheme.layers
    .filter((layer) => layer.kind === "class")
    .flatMap((layer) => {
      const isMeant = ({ side, role, text }) => side === "target" && ["", role].includes(layer.role) && text.trim();
      const segments = item.segments.filter(isMeant);
      return (layer.scope === "item" ? segments.slice(0, 1) : segments).map((segment) => ({ layer, segment }));
    });
  const isTaken = ({ layer, segment }) =>
    item.spans.some((span) => span.layer === layer.id && LIVE.includes(span.state) && (layer.scope === "item" || span.segment === segment.id));
  return places.filter((place) => place.layer.choice === "multiple" || !isTaken(place));
}

// Pressed again, it goes to the next one.
function classify(app) {
  const places = openPlaces(app);
  if (!places.length) return app.say(t("Every text has its class."));
  const own = places.findIndex(({ segment }) => segment.id === app.span?.segment);
  const at = app.mode === "classify" ? (app.naming.at + 1) % places.length : Math.max(own, 0);
  const { layer, segment } = places[at];
  app.mode = "classify";
  app.naming = { at, layer, segment, use: (label) => addClass(app, layer, segment, label) };
  app.update();
  return app.status.announce(t("Label of %(text)s: %(layer)s", { text: isolate(segment.text.slice(0, 60)), layer: layer.name }));
}

command({
  name: "classify",
  group: "decide",
  keys: ["KeyK"],
  title: () => t("Add a class"),
  isShown: (app) => app.scheme.layers.some((layer) => layer.kind === "class"),
  help: () => t("Add a class to a text that has none; again for the next text"),
  run: classify,
});
mode({
  name: "classify",
  digits: "label",
  commands: ["classify", "label", "findLabel", "leave"],
  trayKey: (app) => `${app.naming?.at}`,
  tray: (app, tray) => [
    tray.title(app.naming.layer.name),
    ...tray.labelButtons(app.naming.layer),
    tray.button("leave", { shown: "Esc", text: t("Back") }),
  ],
  hint: (app) => ["1 … 9", t("adds that label to %(text)s", { text: isolate(app.naming.segment.text.slice(0, 40)) })],
});

feature({
  start(app) {
    app.chooseLabel = (label) => chooseLabel(app, label);
  },
});
