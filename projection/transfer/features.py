"""What is known about each target range of a source span, as one column of numbers.

All ranges of many spans are described at once with prefix sums. The first features are soft Dice coefficients (cf. the
candidate matching of García-Ferrero et al. 2025, arXiv 2501.18750): twice the link probability inside the range over
the span's whole probability plus the cost of the range's words.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from projection.transfer.batch import SpanBatch
from projection.transfer.letters import compare_texts
from projection.transfer.views import Floats, Trait

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
_FEATURE = {name: row for row, name in enumerate(FEATURES)}
_SIGHTS = [_FEATURE[name] for name in ("spelling", "spelling_words", "seen")]


class _Words(NamedTuple):
    """Values of target words, shape (n_spans, width) each; signs count as neither linked nor unlinked at the edges."""

    inside: Floats
    outside: Floats
    linked_elsewhere: Floats
    unlinked: Floats
    free_capital: Floats
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


def describe_ranges(batch: SpanBatch) -> Floats:
    """The features of all ranges; shape (len(FEATURES), n_ranges)."""
    rows = _word_rows(batch)
    sums, ends = batch.sums(rows), _gather(batch, rows)
    found = np.zeros((len(FEATURES), len(batch.owner)))
    named = _links(batch, sums) | _edges(batch, ends) | _shape(batch, sums, ends) | _capitals(batch, sums, ends)
    for name, values in (named | _letters(batch) | _seen(batch, ends)).items():
        found[_FEATURE[name]] = values
    return found


def has_evidence(batch: SpanBatch, features: Floats) -> npt.NDArray[np.bool_]:
    """Whether anything but place and form speaks for a range: links, spelling, or other sentences; (n_ranges,)."""
    linked = batch.span_mass[batch.owner] - features[_FEATURE["lost"]] >= (_MIN_MASS * batch.n_words)[batch.owner]
    found: npt.NDArray[np.bool_] = linked | features[_SIGHTS].any(axis=0)
    return found


def _word_rows(batch: SpanBatch) -> Floats:
    """Shape (len(_ROW), n_spans, width)."""
    tgt = batch.tgt
    words = 1.0 - tgt[Trait.SIGN]
    unlinked = batch.unlinked * words
    has_capital = batch.src[Trait.CAPITAL].any(axis=1).astype(np.float64)[:, None]
    own = _Words(
        inside=batch.inside,
        outside=batch.outside,
        linked_elsewhere=batch.outside * words,
        unlinked=unlinked,
        free_capital=unlinked * tgt[Trait.CAPITAL] * has_capital,
        small_long=tgt[Trait.SMALL] * (1.0 - tgt[Trait.SHORT]),
    )
    return np.concatenate((np.array(own), tgt))


def _gather(batch: SpanBatch, rows: Floats) -> _Ends:
    rows[:, :, 0] = _BESIDE_TEXT
    rows[:, np.arange(len(batch.spans)), batch.n_tgt + 1] = _BESIDE_TEXT
    flat = rows.reshape(len(rows), -1)
    places = (batch.left + 1, batch.right, batch.left, batch.right + 1)
    return _Ends(*(flat.take(place, axis=1) for place in places))


def _links(batch: SpanBatch, sums: Floats) -> dict[str, Floats]:
    owner, length, n_words = batch.owner, batch.length, batch.n_words[batch.owner]
    inside = np.maximum(sums[_ROW["inside"]], 0.0)
    outside = np.maximum(sums[_ROW["outside"]], 0.0)
    unlinked = np.maximum(sums[_ROW["unlinked"]], 0.0)
    whole = batch.whole[owner]
    covered = np.minimum(batch.sums(batch.mass), 1.0).sum(axis=0)
    all_covered = np.minimum(batch.mass.sum(axis=2), 1.0).sum(axis=0)
    dice = 2.0 * inside / (whole + inside + 0.7 * outside + 0.35 * unlinked)
    return {
        "dice": dice,
        "log_dice": np.log(dice + 0.05),
        "dice_outside": 2.0 * inside / (whole + inside + outside),
        "dice_length": 2.0 * inside / (whole + length),
        "dice_source": 2.0 * covered / (n_words + length),
        "lost": batch.span_mass[owner] - inside,
        "lost_source": all_covered[owner] - covered,
        "uncovered": 1.0 - covered / n_words,
        "outside": outside,
        "unlinked": unlinked,
    }


def _edges(batch: SpanBatch, ends: _Ends) -> dict[str, Floats]:
    unlinked, outside, elsewhere = _ROW["unlinked"], _ROW["outside"], _ROW["linked_elsewhere"]
    before, after = _neighbour_links(batch)
    return {
        "unlinked_first": ends.first[unlinked],
        "unlinked_last": ends.last[unlinked],
        "unlinked_before": ends.before[unlinked],
        "unlinked_after": ends.after[unlinked],
        "outside_first": ends.first[outside],
        "outside_last": ends.last[outside],
        "outside_before": ends.before[elsewhere],
        "outside_after": ends.after[elsewhere],
        "context_before": before.take(batch.left),
        "context_after": after.take(batch.right + 1),
    }


def _neighbour_links(batch: SpanBatch) -> tuple[Floats, Floats]:
    """How probably each target word is linked to the source word before the span, and to the one behind it.

    What stands beside the text counts as linked to what stands beside the source text; shape (n_spans, width) each.
    """
    before, after = np.zeros((2, *batch.inside.shape))
    for number, (pair, tokens, *_) in enumerate(batch.spans):
        n_src, n_tgt = pair.mass.shape
        if tokens[0] > 0:
            before[number, 1 : n_tgt + 1] = pair.mass[tokens[0] - 1]
        else:
            before[number, 0] = 1.0
        if tokens[-1] + 1 < n_src:
            after[number, 1 : n_tgt + 1] = pair.mass[tokens[-1] + 1]
        else:
            after[number, n_tgt + 1] = 1.0
    return before, after


def _letters(batch: SpanBatch) -> dict[str, Floats]:
    """Likeness of the letters, for short spans."""
    alike = batch.alike
    if not alike.any():
        return {}
    owner, n_words = batch.owner, batch.n_words[batch.owner]
    best = batch.best(alike).sum(axis=0)
    inside = batch.sums(alike.max(axis=0, keepdims=True))[0]
    return {
        "spelling": _compare_whole(batch, best > 0),
        "spelling_words": best / n_words,
        "spelling_lost": (alike.max(axis=2).sum(axis=0)[owner] - best) / n_words,
        "spelling_inside": np.maximum(inside, 0.0) / batch.length,
    }


def _compare_whole(batch: SpanBatch, chosen: npt.NDArray[np.bool_]) -> Floats:
    """Likeness of the whole spans to the chosen ranges."""
    alike = np.zeros(len(chosen))
    ranges = np.flatnonzero(chosen)
    wholes = [" ".join([pair.src_words[token] for token in tokens]) for pair, tokens, *_ in batch.spans]
    spans, texts = [], []
    places = (values[ranges].tolist() for values in (batch.owner, batch.start, batch.end))
    for number, start, end in zip(*places, strict=True):
        spans.append(wholes[number])
        texts.append(" ".join(batch.spans[number].pair.tgt_words[start:end]))
    alike[ranges] = compare_texts(spans, texts)
    return alike


def _shape(batch: SpanBatch, sums: Floats, ends: _Ends) -> dict[str, Floats]:
    """Place, length, signs, numbers."""
    owner, span_ends = batch.owner, np.array([(tokens[0], tokens[-1]) for _, tokens, *_ in batch.spans])
    place = (span_ends.sum(axis=1) + 1) / 2 / batch.n_src
    ratio = np.log(batch.length / batch.n_words[owner])
    starts, ends_ = ends.first[_ROW["SIGN"]], ends.last[_ROW["SIGN"]]
    wanted = batch.src.sum(axis=2)
    off = np.abs(sums[_N_WORDS:] - wanted[:, owner])
    first_sign, last_sign = batch.src_first[Trait.SIGN, owner], batch.src_last[Trait.SIGN, owner]
    return {
        "position": np.abs(place[owner] - (batch.start + batch.end) / 2 / batch.n_tgt[owner]),
        "longer": np.maximum(ratio, 0.0),
        "shorter": np.maximum(-ratio, 0.0),
        "sign_first": starts * (1.0 - first_sign),
        "sign_last": ends_ * (1.0 - last_sign),
        "sign_missing": (1.0 - starts) * first_sign + (1.0 - ends_) * last_sign,
        "signs_inside": np.minimum(off[Trait.SIGN], 3.0),
        "numbers": np.minimum(off[Trait.NUMBER], 3.0),
        "brackets": np.minimum(off[Trait.BRACKET], 1.0),
    }


def _capitals(batch: SpanBatch, sums: Floats, ends: _Ends) -> dict[str, Floats]:
    """Agreement of capitals and of short words at the edges. The capital of a sentence's first word says nothing."""
    small, capital, short, free = _ROW["SMALL"], _ROW["CAPITAL"], _ROW["SHORT"], _ROW["free_capital"]
    first, last = batch.src_first[:, batch.owner], batch.src_last[:, batch.owner]
    return {
        "small_first": ends.first[small] * first[Trait.CAPITAL],
        "small_last": ends.last[small] * last[Trait.CAPITAL],
        "small_inside": sums[_ROW["small_long"]] * _are_all_capital(batch)[batch.owner],
        "capital_first": ends.first[capital] * first[Trait.SMALL],
        "capital_last": ends.last[capital] * last[Trait.SMALL],
        "capital_before": ends.before[free],
        "capital_after": ends.after[free],
        "short_first": ends.first[short] * (1.0 - first[Trait.SHORT]),
        "short_last": ends.last[short] * (1.0 - last[Trait.SHORT]),
        "short_dropped": (1.0 - ends.first[short]) * first[Trait.SHORT],
    }


def _are_all_capital(batch: SpanBatch) -> Floats:
    """1 where the words of a span are capitals but for signs, numbers and short words; shape (n_spans,)."""
    plain = batch.src[[Trait.CAPITAL, Trait.SIGN, Trait.SHORT, Trait.NUMBER]].any(axis=0)
    is_padding = np.arange(plain.shape[1]) >= batch.n_words[:, None]
    found: Floats = ((plain | is_padding).all(axis=1) & batch.src[Trait.CAPITAL].any(axis=1)).astype(np.float64)
    return found


def _seen(batch: SpanBatch, ends: _Ends) -> dict[str, Floats]:
    """How the range goes with the source phrase in other sentences."""
    if all(span.sightings is None for span in batch.spans):
        return {}
    n_sentences, common, totals, counts = _stack_sightings(batch)
    owner, start, length = batch.owner, batch.start, batch.length
    here, sign, unlinked = counts[owner, start, length], _ROW["SIGN"], _ROW["unlinked"]
    common = common.ravel()
    before = _lift(counts[owner, start - 1, length + 1] / (here + 1.0), common[batch.left])
    after = _lift(counts[owner, start, length + 1] / (here + 1.0), common[batch.right + 1])
    before *= 1.0 - ends.before[sign]
    after *= 1.0 - ends.after[sign]
    rarest = _LARGE - batch.best(_LARGE - totals[None])[0]
    several = length > 1
    without_first, without_last = (
        counts[owner, start + 1, length - 1] * several,
        counts[owner, start, length - 1] * several,
    )
    n_sentences = n_sentences[owner]
    return {
        "seen_dice": 2.0 * here / (n_sentences + np.maximum(rarest, here) + 1.0),
        "seen": here / (n_sentences + 1.0),
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


def _stack_sightings(batch: SpanBatch) -> tuple[Floats, Floats, Floats, Floats]:
    """The attributes of `Sightings` of all spans, 0 where there are none; what stands beside the text is common.

    Returns:
        `n_sentences`, shape (n_spans,); `common` and `totals`, shape (n_spans, width); `counts`, shape
        (n_spans, width, longest range + 2), rows without the column before the text.
    """
    n_spans, width = batch.inside.shape
    n_sentences, common, totals = np.zeros(n_spans), np.ones((n_spans, width)), np.zeros((n_spans, width))
    counts = np.zeros((n_spans, width, int(batch.length.max()) + 2))
    for number, span in enumerate(batch.spans):
        if span.sightings is None:
            continue
        known, n_tgt = span.sightings, span.pair.mass.shape[1]
        n_sentences[number] = known.n_sentences
        common[number, 1 : n_tgt + 1], totals[number, 1 : n_tgt + 1] = known.common, known.totals
        n_lengths = min(known.counts.shape[1], counts.shape[2])
        counts[number, : n_tgt + 1, :n_lengths] = known.counts[:, :n_lengths]
    return n_sentences, common, totals, counts
