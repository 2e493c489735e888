// Texts of the interface in the language of the page. English texts are the keys; the catalogue that the page loads before
// this module (Django's, see docs/interface.md) holds their translations, and is absent where the page is English.

const catalogue = globalThis.django;

function fill(text, values) {
  return text.replace(/%(?:%|\((\w+)\)s)/g, (found, name) => (name ? String(values[name]) : "%"));
}

// t("Accepted %(n)s", { n: 3 }). A per cent sign is written %%.
export function t(text, values = {}) {
  return fill(catalogue?.gettext(text) ?? text, values);
}

// n("%(n)s item", "%(n)s items", 3): by the plural rule of the language; `n` is filled in by itself.
export function n(one, many, count, values = {}) {
  const english = count === 1 ? one : many;
  return fill(catalogue?.ngettext(one, many, count) ?? english, { n: count, ...values });
}
