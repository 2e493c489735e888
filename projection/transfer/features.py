"""What is known about each target range of a source span, as one column of numbers.

All ranges of a sentence are described at once with prefix sums. The first features are soft Dice coefficients (cf. the
candidate matching of García-Ferrero et al. 2025, arXiv 2501.18750): twice the link probability inside the range over
the span's whole probability plus the cost of the range's words.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from projection.transfer.letters import compare_texts
from projection.transfer.memory import Sightings
from projection.transfer.views import SPELLING_WORDS, Floats, Ints, SpanView, Trait

FEATURES: tuple[str, ...] = (
    "dice",
    "log_dice",
    "dice_outside",
    "dice_length",
    "dice_source",
    "lost",
    "lost_source",
    "uncovered",
    "outside",
    "unlinked",
    "unlinked_first",
    "unlinked_last",
    "unlinked_before",
    "unlinked_after",
    "outside_first",
    "outside_last",
    "outside_before",
    "outside_after",
    "context_before",
    "context_after",
    "spelling",
    "spelling_words",
    "spelling_lost",
    "spelling_inside",
    "position",
    "longer",
    "shorter",
    "sign_first",
    "sign_last",
    "sign_missing",
    "signs_inside",
    "small_first",
    "small_last",
    "small_inside",
    "capital_first",
    "capital_last",
    "capital_before",
    "capital_after",
    "short_first",
    "short_last",
    "short_dropped",
    "numbers",
    "brackets",
    "seen_dice",
    "seen",
    "seen_before",
    "seen_after",
    "free_before",
    "free_after",
    "loose_first",
    "loose_last",
)
"""Names of the rows of `describe_ranges`; docs/engines.md says what each means."""

_LARGE = 1e9
_MIN_MASS = 0.1
_LOST = FEATURES.index("lost")
_SIGHTS = [FEATURES.index(name) for name in ("spelling", "spelling_words", "seen")]


class _Words(NamedTuple):
    """Values of the target words, shape (n_tgt,) each; signs count as neither linked nor unlinked at the edges."""

    inside: Floats
    outside: Floats
    linked_elsewhere: Floats
    unlinked: Floats
    free_capital: Floats
    alike: Floats
    small_long: Floats


class _Ends(NamedTuple):
    """The same values (and traits) at the first and last word of each range and beside it; shape (n_rows, n_ranges)."""

    first: Floats
    last: Floats
    before: Floats
    after: Floats


_N_WORDS = len(_Words._fields)
_ROW = {name: row for row, name in enumerate(_Words._fields)} | {trait.name: _N_WORDS + trait for trait in Trait}
_BESIDE_TEXT = np.zeros((len(_ROW), 1))
_BESIDE_TEXT[[_ROW["linked_elsewhere"], _ROW["SIGN"]]] = 1.0


def describe_ranges(span: SpanView, sightings: Sightings | None = None) -> Floats:
    """The features of all ranges; shape (len(FEATURES), n_ranges)."""
    rows = np.concatenate((_word_rows(span), span.pair.tgt))
    sums, ends = _sum_rows(rows, span.start, span.end), _gather(rows, span.start, span.end)
    named = _links(span, sums) | _edges(span, ends) | _letters(span, sums) | _shape(span, sums, ends)
    named |= _capitals(span, sums, ends)
    if sightings is not None:
        named |= _seen(span, ends, sightings)
    nothing = np.zeros(len(span.start))
    return np.array([named.get(name, nothing) for name in FEATURES])


def has_evidence(span: SpanView, features: Floats) -> npt.NDArray[np.bool_]:
    """Whether anything but place and form speaks for a range: links, spelling, or other sentences; (n_ranges,)."""
    linked = span.inside.sum() - features[_LOST] >= _MIN_MASS * len(span.tokens)
    found: npt.NDArray[np.bool_] = linked | features[_SIGHTS].any(axis=0)
    return found


def _word_rows(span: SpanView) -> Floats:
    tgt = span.pair.tgt
    words = 1.0 - tgt[Trait.SIGN]
    unlinked = span.unlinked * words
    has_capital = float(span.pair.src[Trait.CAPITAL, span.tokens].any())
    return np.array(
        _Words(
            inside=span.inside,
            outside=span.outside,
            linked_elsewhere=span.outside * words,
            unlinked=unlinked,
            free_capital=unlinked * tgt[Trait.CAPITAL] * has_capital,
            alike=span.pair.alike[span.tokens].max(axis=0),
            small_long=tgt[Trait.SMALL] * (1.0 - tgt[Trait.SHORT]),
        )
    )


def _sum_rows(rows: Floats, start: Ints, end: Ints) -> Floats:
    total = np.zeros((rows.shape[0], rows.shape[1] + 1))
    np.cumsum(rows, axis=1, out=total[:, 1:])
    sums: Floats = total[:, end] - total[:, start]
    return sums


def _gather(rows: Floats, start: Ints, end: Ints) -> _Ends:
    padded = np.concatenate((_BESIDE_TEXT, rows, _BESIDE_TEXT), axis=1)
    return _Ends(padded[:, start + 1], padded[:, end], padded[:, start], padded[:, end + 1])


def _links(span: SpanView, sums: Floats) -> dict[str, Floats]:
    start, end, n_words = span.start, span.end, len(span.tokens)
    inside = np.maximum(sums[_ROW["inside"]], 0.0)
    outside = np.maximum(sums[_ROW["outside"]], 0.0)
    unlinked = np.maximum(sums[_ROW["unlinked"]], 0.0)
    whole, length = span.whole, (end - start).astype(np.float64)
    rows = span.pair.mass[span.tokens]
    covered = np.minimum(_sum_rows(rows, start, end), 1.0).sum(axis=0)
    dice = 2.0 * inside / (whole + inside + 0.7 * outside + 0.35 * unlinked)
    return {
        "dice": dice,
        "log_dice": np.log(dice + 0.05),
        "dice_outside": 2.0 * inside / (whole + inside + outside),
        "dice_length": 2.0 * inside / (whole + length),
        "dice_source": 2.0 * covered / (n_words + length),
        "lost": span.inside.sum() - inside,
        "lost_source": np.minimum(rows.sum(axis=1), 1.0).sum() - covered,
        "uncovered": 1.0 - covered / n_words,
        "outside": outside,
        "unlinked": unlinked,
    }


def _edges(span: SpanView, ends: _Ends) -> dict[str, Floats]:
    unlinked, outside, elsewhere = _ROW["unlinked"], _ROW["outside"], _ROW["linked_elsewhere"]
    left, right = _neighbour_links(span)
    return {
        "unlinked_first": ends.first[unlinked],
        "unlinked_last": ends.last[unlinked],
        "unlinked_before": ends.before[unlinked],
        "unlinked_after": ends.after[unlinked],
        "outside_first": ends.first[outside],
        "outside_last": ends.last[outside],
        "outside_before": ends.before[elsewhere],
        "outside_after": ends.after[elsewhere],
        "context_before": left[span.start],
        "context_after": right[span.end],
    }


def _neighbour_links(span: SpanView) -> tuple[Floats, Floats]:
    """For each boundary 0..n_tgt: probability that the words before (after) it on both sides are linked."""
    mass, first, last = span.pair.mass, span.tokens[0], span.tokens[-1]
    n_src, n_tgt = mass.shape
    left, right = np.zeros(n_tgt + 1), np.zeros(n_tgt + 1)
    left[0], right[-1] = float(first == 0), float(last + 1 == n_src)
    if first > 0:
        left[1:] = mass[first - 1]
    if last + 1 < n_src:
        right[:-1] = mass[last + 1]
    return left, right


def _letters(span: SpanView, sums: Floats) -> dict[str, Floats]:
    """Likeness of the letters, for short spans."""
    alike = span.pair.alike[span.tokens]
    if len(span.tokens) > SPELLING_WORDS or not alike.any():
        return {}
    length = span.end - span.start
    best = _best_in_ranges(alike, span.start, length).sum(axis=0)
    return {
        "spelling": _compare_whole(span, best > 0),
        "spelling_words": best / len(alike),
        "spelling_lost": (alike.max(axis=1).sum() - best) / len(alike),
        "spelling_inside": np.maximum(sums[_ROW["alike"]], 0.0) / length,
    }


def _best_in_ranges(values: Floats, start: Ints, length: Ints) -> Floats:
    """Largest value of each row in each range; values are not negative."""
    longest = int(length.max())
    best = np.zeros((longest, *values.shape))
    best[0] = values
    for words in range(1, longest):
        best[words, :, :-words] = np.maximum(best[words - 1, :, :-words], values[:, words:])
    found: Floats = best[length - 1, :, start].T
    return found


def _compare_whole(span: SpanView, chosen: npt.NDArray[np.bool_]) -> Floats:
    """Likeness of the whole span to the chosen ranges."""
    alike = np.zeros(len(span.start))
    numbers = np.flatnonzero(chosen)
    bounds = zip(span.start[numbers].tolist(), span.end[numbers].tolist(), strict=True)
    texts = [" ".join(span.pair.tgt_words[first:last]) for first, last in bounds]
    alike[numbers] = compare_texts(" ".join(span.pair.src_words[token] for token in span.tokens), texts)
    return alike


def _shape(span: SpanView, sums: Floats, ends: _Ends) -> dict[str, Floats]:
    """Place, length, signs, numbers."""
    start, end, src = span.start, span.end, span.pair.src
    first, last = span.tokens[0], span.tokens[-1]
    n_src, n_tgt = span.pair.mass.shape
    ratio = np.log((end - start) / len(span.tokens))
    starts, ends_ = ends.first[_ROW["SIGN"]], ends.last[_ROW["SIGN"]]
    wanted = src[:, span.tokens].sum(axis=1)
    off = np.abs(sums[_N_WORDS:] - wanted[:, None])
    first_sign, last_sign = src[Trait.SIGN, first], src[Trait.SIGN, last]
    return {
        "position": np.abs((first + last + 1) / 2 / n_src - (start + end) / 2 / n_tgt),
        "longer": np.maximum(ratio, 0.0),
        "shorter": np.maximum(-ratio, 0.0),
        "sign_first": starts * (1.0 - first_sign),
        "sign_last": ends_ * (1.0 - last_sign),
        "sign_missing": (1.0 - starts) * first_sign + (1.0 - ends_) * last_sign,
        "signs_inside": np.minimum(off[Trait.SIGN], 3.0),
        "numbers": np.minimum(off[Trait.NUMBER], 3.0),
        "brackets": np.minimum(off[Trait.BRACKET], 1.0),
    }


def _capitals(span: SpanView, sums: Floats, ends: _Ends) -> dict[str, Floats]:
    """Agreement of capitals and of short words at the edges. The capital of a sentence's first word says nothing."""
    small, capital, short, free = _ROW["SMALL"], _ROW["CAPITAL"], _ROW["SHORT"], _ROW["free_capital"]
    first, last = span.pair.src[:, span.tokens[0]], span.pair.src[:, span.tokens[-1]]
    return {
        "small_first": ends.first[small] * first[Trait.CAPITAL],
        "small_last": ends.last[small] * last[Trait.CAPITAL],
        "small_inside": sums[_ROW["small_long"]] * _is_all_capital(span),
        "capital_first": ends.first[capital] * first[Trait.SMALL],
        "capital_last": ends.last[capital] * last[Trait.SMALL],
        "capital_before": ends.before[free],
        "capital_after": ends.after[free],
        "short_first": ends.first[short] * (1.0 - first[Trait.SHORT]),
        "short_last": ends.last[short] * (1.0 - last[Trait.SHORT]),
        "short_dropped": (1.0 - ends.first[short]) * first[Trait.SHORT],
    }


def _is_all_capital(span: SpanView) -> float:
    """1 where the words of the span are capitals but for signs, numbers and short words."""
    traits = span.pair.src[:, span.tokens]
    plain = traits[[Trait.CAPITAL, Trait.SIGN, Trait.SHORT, Trait.NUMBER]].any(axis=0)
    return float(plain.all() and traits[Trait.CAPITAL].any())


def _seen(span: SpanView, ends: _Ends, sightings: Sightings) -> dict[str, Floats]:
    """How the range goes with the source phrase in other sentences."""
    start, end, counts = span.start, span.end, sightings.counts
    length = end - start
    here, sign, unlinked = counts[start, length], _ROW["SIGN"], _ROW["unlinked"]
    common = np.concatenate(([1.0], sightings.common, [1.0]))
    before = _lift(counts[start - 1, length + 1] / (here + 1.0), common[start]) * (1.0 - ends.before[sign])
    after = _lift(counts[start, length + 1] / (here + 1.0), common[end + 1]) * (1.0 - ends.after[sign])
    totals = -_best_in_ranges(_LARGE - sightings.totals[None, :], start, length)[0] + _LARGE
    several = length > 1
    without_first, without_last = counts[start + 1, length - 1] * several, counts[start, length - 1] * several
    return {
        "seen_dice": 2.0 * here / (sightings.n_sentences + np.maximum(totals, here) + 1.0),
        "seen": here / (sightings.n_sentences + 1.0),
        "seen_before": before,
        "seen_after": after,
        "free_before": before * ends.before[unlinked],
        "free_after": after * ends.after[unlinked],
        "loose_first": np.maximum(without_first - here, 0.0) / (without_first + 1.0),
        "loose_last": np.maximum(without_last - here, 0.0) / (without_last + 1.0),
    }


def _lift(share: Floats, common: Floats) -> Floats:
    """How much oftener a word stands here than in any sentence; words that are everywhere belong to nothing."""
    return np.maximum(share - common, 0.0)
