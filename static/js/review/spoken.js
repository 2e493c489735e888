// Highlights for those who hear them: each has a role and a name, and can be pressed to make its span the current one.

import { t } from "../i18n.js";
import { isFound, kindOf, nameOf } from "./state.js";
import { isolate, sourceless, stateWords, whyNotFound } from "./words.js";

export function sourceMark(source, label) {
  return t("%(text)s, %(label)s, source label", { text: isolate(source.surface), label: label?.name ?? t("no label") });
}

export function targetMark(item, span, label) {
  const words = { text: isolate(nameOf(item, span)), label: label?.name ?? t("no label"), state: stateWords(span.state) };
  if (kindOf(span) === "relation" && !isFound(item, span)) return `${t("%(text)s, %(label)s, %(state)s", words)}, ${whyNotFound(item, span)}`;
  const mark = t("%(text)s, %(label)s, %(state)s", words);
  if (span.is_proposed) return `${mark}, ${sourceless(span)}`;
  return isFound(item, span) ? mark : t("%(text)s, %(label)s, %(state)s, not found in the translation", words);
}

// The name holds what the element shows, for those who speak to the page.
export function speak(element, name, ref, isCurrent) {
  const shown = element.textContent.trim().replace(/\s+/g, " ");
  element.setAttribute("role", "button");
  element.setAttribute("aria-label", name.includes(shown) ? name : `${name}, ${shown}`);
  if (isCurrent) element.setAttribute("aria-current", "true");
  element.tabIndex = -1;
  element.dataset.ref = ref;
}
