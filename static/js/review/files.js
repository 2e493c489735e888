// Files that come by themselves: what opens on demand, by the name under which ondemand.js knows it, and what only some
// layers or projects need. No other file imports any at run time.

export const ON_DEMAND = {
  matrix: () => import("./matrix.js"),
  spantable: () => import("./spantable.js"),
  codepoints: () => import("./codepoints.js"),
  translation: () => import("./translation.js"),
  keylist: () => import("./keylist.js"),
};

export async function loadKinds({ scheme: { layers }, has_qualification: hasQualification }) {
  const hasKind = (kind) => layers.some((layer) => layer.kind === kind);
  await Promise.all([
    hasKind("class") || hasKind("token") ? import("./choices.js") : null,
    hasKind("class") ? import("./classes.js") : null,
    hasKind("token") ? import("./tokens.js") : null,
    hasKind("relation") ? import("./relations.js") : null,
    layers.some((layer) => layer.has_concepts) ? import("./concepts.js") : null,
    layers.some((layer) => layer.allows_discontinuous) ? import("./pieces.js") : null,
    hasQualification ? import("./qualification.js") : null,
  ]);
}
