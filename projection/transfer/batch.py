"""Source spans of any sentence pairs side by side, so that the ranges of all of them are described at once.

One span has few ranges: described one by one, spans cost many times more in calls than in arithmetic.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from projection.transfer.views import SPELLING_WORDS, Floats, SpanView, Trait

_MIN_MASS_PER_WORD = 0.5


class SpanBatch:
    """Spans as arrays; those of like size pad each other least.

    Arrays of target words have `width` columns for each span: one for what stands before the text, the words, one for
    what stands behind it, and padding. Ranges stand one after the other, span by span.

    Attributes:
        spans: what is described, at least one.
        owner: shape (n_ranges,): number of the span of each range.
        start: shape (n_ranges,): first target token.
        end: shape (n_ranges,): last target token + 1.
        length: shape (n_ranges,): target words.
        left: shape (n_ranges,): place of the column before the first word, in rows of n_spans * width values.
        right: shape (n_ranges,): place of the column of the last word.
        n_words: shape (n_spans,): source words of the span.
        n_src: shape (n_spans,): words of its source sentence.
        n_tgt: shape (n_spans,): words of the target sentence.
        src: shape (len(Trait), n_spans, longest): traits of the span's words.
        src_first: shape (len(Trait), n_spans): traits of its first word.
        src_last: shape (len(Trait), n_spans): traits of its last word.
        tgt: shape (len(Trait), n_spans, width): traits of the target words.
        mass: shape (longest, n_spans, width): link probabilities of the span's words.
        alike: shape (longest, n_spans, width): likeness of their letters, 0 for long spans.
        inside: shape (n_spans, width): probability that the target word is linked to the span.
        outside: shape (n_spans, width): that it is linked to other words.
        unlinked: shape (n_spans, width): that it is linked to nothing.
    """

    def __init__(self, spans: Sequence[SpanView]) -> None:
        self.spans = spans
        self.n_words = np.array([len(span.tokens) for span in spans])
        self.n_src, self.n_tgt = np.array([span.pair.mass.shape for span in spans]).T
        self.width = int(self.n_tgt.max()) + 2
        self.owner = np.repeat(np.arange(len(spans)), [len(span.start) for span in spans])
        self.start = np.concatenate([span.start for span in spans])
        self.end = np.concatenate([span.end for span in spans])
        self.length = self.end - self.start
        self.left = self.owner * self.width + self.start
        self.right = self.owner * self.width + self.end
        longest = int(self.n_words.max())
        self.src = np.zeros((len(Trait), len(spans), longest))
        self.tgt = np.zeros((len(Trait), len(spans), self.width))
        self.mass = np.zeros((longest, len(spans), self.width))
        self.alike = np.zeros((min(longest, SPELLING_WORDS), len(spans), self.width))
        linked = np.zeros((len(spans), self.width))
        for number, (pair, tokens, *_) in enumerate(spans):
            words = slice(1, pair.mass.shape[1] + 1)
            self.src[:, number, : len(tokens)] = pair.src[:, tokens]
            self.tgt[:, number, words] = pair.tgt
            self.mass[: len(tokens), number, words] = pair.mass[tokens]
            linked[number, words] = pair.linked
            if len(tokens) <= SPELLING_WORDS:
                self.alike[: len(tokens), number, words] = pair.alike[tokens]
        numbers = np.arange(len(spans))
        self.src_first, self.src_last = self.src[:, :, 0], self.src[:, numbers, self.n_words - 1]
        of_span = self.mass.sum(axis=0)
        self.inside = np.minimum(of_span, 1.0)
        self.outside = np.minimum(np.maximum(linked - of_span, 0.0), 1.0)
        self.unlinked = np.maximum(1.0 - self.inside - self.outside, 0.0)

    @property
    def span_mass(self) -> Floats:
        """Target words that are linked to each span; shape (n_spans,)."""
        mass: Floats = self.inside.sum(axis=1)
        return mass

    @property
    def whole(self) -> Floats:
        """The same, at least half a word for each word of the span."""
        return np.maximum(self.span_mass, _MIN_MASS_PER_WORD * self.n_words)

    def sums(self, rows: Floats) -> Floats:
        """Sums over the words of each range; from shape (n_rows, n_spans, width) to (n_rows, n_ranges)."""
        total = np.zeros_like(rows)
        np.cumsum(rows[:, :, 1:], axis=2, out=total[:, :, 1:])
        flat = total.reshape(len(rows), -1)
        found: Floats = flat.take(self.right, axis=1) - flat.take(self.left, axis=1)
        return found

    def best(self, values: Floats) -> Floats:
        """Largest value in each range; from shape (n_rows, n_spans, width), not negative, to (n_rows, n_ranges)."""
        longest = int(self.length.max())
        table = np.zeros((longest, *values.shape))
        table[0] = values
        for words in range(1, longest):
            np.maximum(table[words - 1, ..., :-words], values[..., words:], out=table[words, ..., :-words])
        flat = table.swapaxes(0, 1).reshape(len(values), -1)
        found: Floats = flat.take((self.length - 1) * values[0].size + self.left + 1, axis=1)
        return found
