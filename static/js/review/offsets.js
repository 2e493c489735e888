// Offsets of one text. The server counts code points, the browser UTF-16 units; both meet only here.

export class Offsets {
  constructor(text, lang) {
    this.text = text;
    this.lang = lang;
    this.units = [];
    let unit = 0;
    for (const character of text) {
      this.units.push(unit);
      unit += character.length;
    }
    this.units.push(unit);
    this.pointOf = new Map(this.units.map((each, point) => [each, point]));
  }

  get length() {
    return this.units.length - 1;
  }

  toUnit(point) {
    return this.units[Math.max(0, Math.min(point, this.length))];
  }

  // A unit inside a surrogate pair counts as the start of its character.
  toPoint(unit) {
    return this.pointOf.get(unit) ?? this.pointOf.get(unit - 1) ?? this.length;
  }

  slice(start, end) {
    return this.text.slice(this.toUnit(start), this.toUnit(end));
  }

  // Positions between grapheme clusters in code points, both ends of the text included.
  get edges() {
    if (!this.cachedEdges) {
      const segmenter = new Intl.Segmenter(this.lang, { granularity: "grapheme" });
      const starts = [...segmenter.segment(this.text)].map((each) => this.toPoint(each.index));
      this.cachedEdges = [...starts, this.length];
    }
    return this.cachedEdges;
  }

  isEdge(point) {
    this.cachedEdgeSet ??= new Set(this.edges);
    return this.cachedEdgeSet.has(point);
  }

  // The interval without white space at its edges; null when nothing is left.
  trim(start, end) {
    const piece = this.slice(start, end);
    const from = start + [...piece].length - [...piece.trimStart()].length;
    const to = start + [...piece.trimEnd()].length;
    return from < to ? [from, to] : null;
  }

  // The smallest interval of whole clusters around one.
  widen(start, end) {
    const from = this.edges.findLast((edge) => edge <= start) ?? 0;
    const to = this.edges.find((edge) => edge >= end) ?? this.length;
    return [from, to];
  }
}

// Index of the token that holds a position, or of the nearest one.
export function tokenAt(tokens, point) {
  const inside = tokens.findIndex(([start, end]) => start <= point && point < end);
  if (inside >= 0) return inside;
  const after = tokens.findIndex(([start]) => start >= point);
  return after >= 0 ? after : tokens.length - 1;
}

// Indices of the tokens that an interval touches.
export function tokensIn(tokens, intervals) {
  return tokens.flatMap(([start, end], index) =>
    intervals.some(([from, to]) => start < to && from < end) ? [index] : [],
  );
}

// Where an edge goes when it moves by one stop; null when it cannot.
export function nextStop(stops, position, isForward) {
  return (isForward ? stops.find((stop) => stop > position) : stops.findLast((stop) => stop < position)) ?? null;
}
