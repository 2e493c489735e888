// What a label may not stand beside, and how that is told.

import { t } from "../i18n.js";
import { kindOf, overlapping, refOf, surfaceOf } from "./state.js";
import { isolate, labelName } from "./words.js";

export function refuseOverlap(app, [other]) {
  const words = { label: labelName(app.scheme, other.label), text: isolate(surfaceOf(app.item, other)) };
  const kind = kindOf(other);
  if (kind === "class") return app.say(t("%(label)s is set already. Reject that one first.", words));
  if (kind === "token") return app.say(t("%(text)s has the tag %(label)s already. Reject that one first.", words));
  if (kind === "relation") return app.say(t("They are joined by %(label)s already.", words));
  return app.say(t("It would overlap %(text)s. Move or reject that one first.", words));
}

export function clashes(app, span, intervals, states, segment = span.segment) {
  return overlapping(app.item, app.scheme, { ...span, segment, intervals, ref: refOf(span), states });
}
