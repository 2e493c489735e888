"""Training of the alignment model: IBM model 1 (Brown et al. 1993), then an HMM, both directions at once.

Both directions share one table of stem pairs. In the HMM rounds each direction counts only what the other one agrees
with (Liang, Taskar and Klein 2006). Prior knowledge enters as pseudo-counts of stem pairs.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from projection.align.corpus import Batch, Ids
from projection.align.forward_backward import Jumps, Lattice, jump_index, posteriors
from projection.align.units import Side, SideUnits, Units, estimate_stems, estimate_words, spread

Floats = npt.NDArray[np.float32]
Ints = npt.NDArray[np.int64]
SIDES: tuple[Side, Side] = ("src", "tgt")

REACH = 8
P_EMPTY = 0.1
FLOOR = np.float32(1e-7)
RIVAL_COST = np.float32(6.0)
"""Log cost of linking a word whose twin stands on the other side to any other word (see `rival_factor`)."""
ANY_JUMP = np.float32(0.025)
"""Share of the jump weights that is spread evenly, so that no jump ever becomes impossible (Och and Ney 2003)."""
_FEW_SEEN = np.float32(10.0)
"""A stem that occurs this often counts for half in `association`."""
_COUNTS_WEIGHT = np.float32(2 / 3)
"""How much less than a twin's spelling the counts of IBM model 1 weigh in `association`."""


@dataclass(slots=True)
class Direction:
    """What was learned in one direction.

    Attributes:
        table: shape (n_word_pairs + 1,): emission of each pair of words, see `units.estimate_words`; 0 at the end, for
            padding.
        stem_table: shape (n_stem_pairs + 1,): p(generated stem | generating stem); 0 at the end.
        empty: shape (n_generated_words + 1,): p(stem of the word | empty word); 1 at the end, for padding.
        mass: shape (n_generating_words + 1,): how often the stem of each generating word was seen, for pairs not in
            the table; 0 at the end, for words never seen.
        jumps: shape (2 * REACH + 1,): jump weights.
    """

    table: Floats
    stem_table: Floats
    empty: Floats
    mass: Floats
    jumps: Floats

    def moves(self) -> Jumps:
        return Jumps(weights=self.jumps, p_empty=P_EMPTY)


@dataclass(frozen=True, slots=True)
class Schedule:
    """Rounds of each model; `agree` counts only what both directions hold."""

    ibm1_rounds: int = 5
    hmm_rounds: int = 4
    agree: bool = True


def train(
    batches: Sequence[Batch],
    units: Units,
    prior: Floats,
    likeness: Floats,
    *,
    schedule: Schedule,
    progress: Callable[[float], None],
) -> tuple[Direction, Direction, Floats]:
    """Estimate both directions.

    What IBM model 1 became sure of joins the likeness before the first round of the HMM. Where most words stand in
    every sentence, word order alone would otherwise soon outweigh which words vary together.

    Args:
        batches: the corpus.
        units: its pairs of words and stems.
        prior: shape (n_word_pairs,): pseudo-counts.
        likeness: shape (n_word_pairs + 1,): 0 to 1, see `rival_factor`; 0 at the end, for padding.
        schedule: how many rounds.
        progress: called with the share done, 0 to 1.

    Returns:
        forward (source generates target), reverse, and the likeness with what was learned; shape (n_word_pairs + 1,).
    """
    priors = prior, units.stem_maximum(prior)
    state = _begin(units, priors[1])
    n_rounds = schedule.ibm1_rounds + schedule.hmm_rounds
    for number in range(n_rounds):
        is_hmm = number >= schedule.ibm1_rounds
        if number == schedule.ibm1_rounds:
            likeness = np.maximum(likeness, spread(association(*state, units), units))
        agree = schedule.agree and is_hmm
        counts = _Counts.pair(state, is_shared=agree)
        for done, batch in enumerate(map(Batch.widened, batches)):
            expected = _expect_hmm(batch, state, counts, likeness) if is_hmm else _expect_ibm1(batch, state)
            _count(batch, expected, counts, agree=agree)
            progress((number + (done + 1) / len(batches)) / n_rounds)
        state = (
            _maximise(counts[0], priors, units, "src", state[0], with_words=number + 1 >= schedule.ibm1_rounds),
            _maximise(counts[1], priors, units, "tgt", state[1], with_words=number + 1 >= schedule.ibm1_rounds),
        )
    return (*state, likeness)


def association(forward: Direction, reverse: Direction, units: Units) -> Floats:
    """How surely the counts say that two stems are translations of each other, 0 to 2/3; shape (n_stem_pairs + 1,).

    The smaller probability of both directions, less the rarer the rarer of the two stems is.
    """
    sure: Floats = np.minimum(forward.stem_table, reverse.stem_table)
    for place, part in units.stems.parts():
        count = np.minimum(units.src.stem_count[part.src], units.tgt.stem_count[part.tgt])
        sure[place] *= _COUNTS_WEIGHT * count / (count + _FEW_SEEN)
    return sure


@dataclass(slots=True)
class _Counts:
    table: Floats
    empty: Floats
    jumps: npt.NDArray[np.float64]

    @classmethod
    def pair(cls, state: tuple[Direction, Direction], *, is_shared: bool) -> tuple[_Counts, _Counts]:
        """Nothing counted yet, for both directions; they may share the table of pairs."""
        tables = [np.zeros_like(direction.table) for direction in state[: 1 if is_shared else 2]]
        forward, reverse = (
            cls(table, np.zeros_like(direction.empty), np.zeros(2 * REACH + 1))
            for table, direction in zip((tables[0], tables[-1]), state, strict=True)
        )
        return forward, reverse


def _begin(units: Units, prior: Floats) -> tuple[Direction, Direction]:
    jumps = np.exp(-np.abs(np.arange(-REACH, REACH + 1) - 1.0) / 2.0).astype(np.float32)
    nothing = np.zeros(len(units.words) + 1, dtype=np.float32)
    tables = [estimate_stems(nothing, 1 + 10 * prior, units, generating) for generating in SIDES]
    empty = [_unigrams(side.stem_count, side) for side in (units.tgt, units.src)]
    mass = [np.append(side.stem_count[side.stem_of], np.float32(0)) for side in (units.src, units.tgt)]
    forward, reverse = (
        Direction(spread(tables[side], units), tables[side], empty[side], mass[side], jumps) for side in (0, 1)
    )
    return forward, reverse


def _unigrams(frequency: Floats, side: SideUnits) -> Floats:
    """Relative frequency of the stem of each word, from frequencies of stems; 1 at the end."""
    real = frequency + 0.5
    return np.append((real / real.sum())[side.stem_of], 1.0).astype(np.float32)


def _expect_ibm1(batch: Batch, state: tuple[Direction, Direction]) -> tuple[Floats, Floats]:
    forward, reverse = state[0].table.take(batch.cells), state[1].table.take(batch.cells)
    empty_tgt = state[0].empty.take(batch.tgt)[:, None, :] * np.float32(P_EMPTY)
    empty_src = state[1].empty.take(batch.src)[:, :, None] * np.float32(P_EMPTY)
    share = np.float32(1.0 - P_EMPTY)
    forward *= share / batch.n_src[:, None, None].astype(np.float32)
    reverse *= share / batch.n_tgt[:, None, None].astype(np.float32)
    forward /= forward.sum(axis=1, keepdims=True) + empty_tgt
    reverse /= reverse.sum(axis=2, keepdims=True) + empty_src
    return forward, reverse


def _expect_hmm(
    batch: Batch, state: tuple[Direction, Direction], counts: tuple[_Counts, _Counts], likeness: Floats
) -> tuple[Floats, Floats]:
    factor = rival_factor(likeness.take(batch.cells))
    table = state[0].table.take(batch.cells)
    table *= factor
    lattice = forward_lattice(batch, state[0], table)
    forward, moves = posteriors(lattice, state[0].moves())
    _add_jumps(counts[0], moves, forward[0])
    table = state[1].table.take(batch.cells)
    table *= factor
    lattice = reverse_lattice(batch, state[1], table)
    reverse, moves = posteriors(lattice, state[1].moves())
    _add_jumps(counts[1], moves, reverse[0])
    return np.ascontiguousarray(forward.transpose(1, 2, 0)), np.ascontiguousarray(reverse.transpose(1, 0, 2))


def rival_factor(likeness: Floats) -> Floats:
    """Factor of each emission for twins that stand elsewhere in the sentence pair; 1 where neither word has one.

    A rare word whose twin (the same spelling) stands on the other side goes to its twin, whatever word order and
    counts of other words suggest: both tables are normalised by word, so a single accidental count makes any two rare
    words look like translations. The same holds for words that the counts are sure of (see `association`), against
    the pull of word order. Twins themselves, and words that are alike to the same degree, cost nothing.

    Args:
        likeness: shape (n_batch, n_src, n_tgt): 0 to 1, how surely the words are twins.

    Returns:
        Same shape: exp(-`RIVAL_COST` times what is missing to the most alike pair of either word).
    """
    most = np.maximum(likeness.max(axis=1, keepdims=True), likeness.max(axis=2, keepdims=True))
    factor: Floats = np.exp(RIVAL_COST * (likeness - most))
    return factor


def forward_lattice(batch: Batch, direction: Direction, table: Floats) -> Lattice:
    """Source words as states, target words as steps; `table` holds emissions, shape (n_batch, n_src, n_tgt)."""
    return _lattice(table.transpose(2, 0, 1), direction.empty, batch.tgt, (batch.n_src, batch.n_tgt))


def reverse_lattice(batch: Batch, direction: Direction, table: Floats) -> Lattice:
    """Target words as states, source words as steps; `table` holds emissions, shape (n_batch, n_src, n_tgt)."""
    return _lattice(table.transpose(1, 0, 2), direction.empty, batch.src, (batch.n_tgt, batch.n_src))


def _lattice(emission: Floats, empty: Floats, words: Ids, lengths: tuple[Ints, Ints]) -> Lattice:
    n_states, n_steps = lengths
    real_state = (np.arange(emission.shape[2])[None, None, :] < n_states[None, :, None]).astype(np.float32)
    real_step = np.arange(emission.shape[0])[:, None] < n_steps[None, :]
    smoothed = emission.copy()
    np.maximum(smoothed, FLOOR, out=smoothed)
    smoothed[~real_step] = 1.0
    smoothed *= real_state
    # An unknown word is as unlikely from the empty word as from any other, so that its position decides.
    from_empty = np.where(real_step & (words.T < 0), FLOOR, empty.take(words.T))
    return Lattice(emission=smoothed, empty=from_empty, n_states=n_states, n_steps=n_steps)


def _add_jumps(counts: _Counts, moves: Floats, first: Floats) -> None:
    """Count moves between states and, from the posteriors of the first step, jumps from before the first state."""
    n_states = moves.shape[0]
    index = jump_index(n_states, reach=REACH)
    counts.jumps += np.bincount(index.ravel(), weights=moves.ravel(), minlength=2 * REACH + 1)
    index = np.minimum(np.arange(n_states) + 1, REACH) + REACH
    counts.jumps += np.bincount(index, weights=first.sum(axis=0), minlength=2 * REACH + 1)


def _count(batch: Batch, expected: tuple[Floats, Floats], counts: tuple[_Counts, _Counts], *, agree: bool) -> None:
    forward, reverse = expected
    _count_empty(counts[0].empty, batch.tgt, forward.sum(axis=1))
    _count_empty(counts[1].empty, batch.src, reverse.sum(axis=2))
    cells = batch.cells.ravel()
    if agree:
        forward *= reverse
    else:
        np.add.at(counts[1].table, cells, reverse.ravel())
    np.add.at(counts[0].table, cells, forward.ravel())


def _count_empty(counts: Floats, words: Ids, linked: Floats) -> None:
    np.add.at(counts, words.ravel(), np.minimum(np.maximum(1.0 - linked, 0.0), 1.0).ravel())


def _maximise(
    counts: _Counts, priors: tuple[Floats, Floats], units: Units, generating: Side, old: Direction, *, with_words: bool
) -> Direction:
    stem_table = estimate_stems(counts.table, priors[1], units, generating)
    if with_words:
        table = estimate_words(counts.table, priors[0], stem_table, units, generating)
    else:
        table = spread(stem_table, units)
    generated = units.tgt if generating == "src" else units.src
    empty = np.bincount(generated.stem_of, counts.empty[:-1], minlength=len(generated.stem_count))
    jumps = old.jumps
    if counts.jumps.sum() > 0:
        jumps = ((counts.jumps + 0.5) / (counts.jumps.sum() + 0.5 * len(counts.jumps))).astype(np.float32)
        jumps[0] /= 4
        jumps[-1] /= 4
        jumps = (1 - ANY_JUMP) * jumps / jumps.sum() + ANY_JUMP / np.float32(len(jumps))
    return Direction(table, stem_table, _unigrams(empty.astype(np.float32), generated), old.mass, jumps)
