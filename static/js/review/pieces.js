// Spans in pieces: another piece of the current span, and one less.

import { t } from "../i18n.js";
import { begin } from "./marking.js";
import { placeMark } from "./placing.js";
import { command } from "./registry.js";
import { isPlaced, kindOf, layerOf, move, refOf, surfaceOf } from "./state.js";
import { isolate } from "./words.js";

function addPiece(app) {
  const { item, span, mark } = app;
  if (!span || kindOf(span) !== "span" || !isPlaced(span)) return app.say(t("A piece is added to a span that has a place."));
  const layer = layerOf(app.scheme, span);
  if (!layer.allows_discontinuous) return app.say(t("%(layer)s takes spans in one piece.", { layer: layer.name }));
  const begun = app.mode === "pick" ? mark : begin(item, span, layer);
  if (!begun) return undefined;
  app.mark = { ...begun, span: refOf(span), isPiece: true };
  if (app.mode === "pick") return placeMark(app);
  app.mode = "mark";
  app.reply = "";
  app.update();
  return app.status.announce(t("Another piece of %(text)s", { text: isolate(surfaceOf(item, span)) }));
}

function removePiece(app) {
  const { item, span } = app;
  if (!span || span.intervals.length < 2) return app.say(t("It has no second piece to leave."));
  const at = app.piece ?? (app.edge === "end" ? span.intervals.length - 1 : 0);
  app.piece = null;
  app.decide([move(item, span, span.segment, span.intervals.filter((_, index) => index !== at))]);
  app.update();
  return app.status.announce(t("piece taken off, now %(text)s", { text: isolate(surfaceOf(app.item, app.span)) }));
}

command({
  name: "addPiece",
  group: "place",
  keys: ["Shift+KeyA"],
  title: () => t("Add a piece"),
  help: () => t("Another piece of the current span"),
  run: addPiece,
});
command({
  name: "removePiece",
  group: "place",
  keys: ["Backspace"],
  help: () => t("Take off the piece of the edge that moves"),
  run: removePiece,
});
