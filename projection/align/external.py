"""Aligners outside the library behind the protocol of `projection.align.base`: run once, links kept by pair."""

from __future__ import annotations

import json
import tempfile
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from projection.align.base import LexiconEntry, Posterior, WordPair
from projection.align.corpus import Vocabulary, split_pair
from projection.align.external_programs import AlignmentProgram, Cells, Directions, Pieces
from projection.align.similarity import word_prior
from projection.align.words import main_script, spellings, stem
from projection.errors import EngineError, Problem

_FORMAT = 1
_MIN_PRIOR = 0.01


@dataclass(frozen=True, slots=True)
class ExternalSettings:
    """What the program gets.

    Attributes:
        stem_letters: words are cut to their first letters; 0 keeps them whole.
        prior_weight: pseudo-counts of a pair of identical spellings, for programs that take counts; 0: none.
        timeout_s: seconds that one call of the program may take.
    """

    stem_letters: int = 5
    prior_weight: float = 2.0
    timeout_s: float = 3600.0


@dataclass(slots=True)
class PairStore:
    """Sentence pairs as stem ids: without pairs that have an empty side, long ones cut into pieces."""

    src_vocabulary: Vocabulary
    tgt_vocabulary: Vocabulary
    pieces: list[tuple[Cells, Cells]] = field(default_factory=list)

    @classmethod
    def empty(cls, stem_letters: int) -> PairStore:
        return cls(Vocabulary(stem_letters), Vocabulary(stem_letters))

    def add(self, src_words: Sequence[str], tgt_words: Sequence[str]) -> None:
        """Add one sentence pair."""
        self.pieces += _cut(self.src_vocabulary.add(src_words), self.tgt_vocabulary.add(tgt_words))


def _cut(src: Iterable[int], tgt: Iterable[int]) -> list[tuple[Cells, Cells]]:
    src_ids, tgt_ids = np.array(src, dtype=np.int32), np.array(tgt, dtype=np.int32)
    return [
        (src_ids[src_start:src_end], tgt_ids[tgt_start:tgt_end])
        for (src_start, src_end), (tgt_start, tgt_end) in split_pair(len(src_ids), len(tgt_ids))
    ]


@dataclass(frozen=True, slots=True)
class _Known:
    """What the program found, by stems."""

    src_stems: dict[str, int]
    tgt_stems: dict[str, int]
    pieces: Pieces
    links: Sequence[Directions]
    by_piece: dict[tuple[bytes, bytes], Directions]

    @classmethod
    def make(
        cls, src_stems: dict[str, int], tgt_stems: dict[str, int], pieces: Pieces, links: Sequence[Directions]
    ) -> _Known:
        by_piece: dict[tuple[bytes, bytes], Directions] = {}
        for (src, tgt), found in zip(pieces, links, strict=True):
            by_piece.setdefault((src.tobytes(), tgt.tobytes()), found)
        return cls(src_stems, tgt_stems, pieces, links, by_piece)

    def count_links(self) -> dict[tuple[str, str], float]:
        """How often stems were linked, the mean of both directions."""
        counts: Counter[tuple[int, int]] = Counter()
        for (src, tgt), found in zip(self.pieces, self.links, strict=True):
            counts.update((int(src[one]), int(tgt[two])) for two, one in enumerate(found.forward) if one >= 0)
            counts.update((int(src[one]), int(tgt[two])) for one, two in enumerate(found.reverse) if two >= 0)
        src_names, tgt_names = list(self.src_stems), list(self.tgt_stems)
        return {(src_names[one], tgt_names[two]): count / 2 for (one, two), count in counts.items()}


class ExternalAligner:
    """Runs a program over all sentence pairs and keeps its links.

    Pairs that it has seen are looked up. For others the program runs again: on them alone with what was learned as
    pseudo-counts where it takes such, else on all pairs.
    """

    def __init__(self, program: AlignmentProgram, settings: ExternalSettings | None = None) -> None:
        self._program = program
        self.settings = settings or ExternalSettings()
        self._lexicon: tuple[LexiconEntry, ...] = ()
        self._known: _Known | None = None

    def use_lexicon(self, entries: Sequence[LexiconEntry]) -> None:
        """Known word translations, for the next `learn`; programs that take no pseudo-counts cannot use them."""
        self._lexicon = tuple(entries)

    def new_corpus(self) -> PairStore:
        """An empty store to fill pair by pair for `learn`."""
        return PairStore.empty(self.settings.stem_letters)

    def learn(self, corpus: PairStore, *, progress: Callable[[float], None]) -> None:
        """Run the program over a filled store.

        Raises:
            EngineError: `missing-program`, `program-timeout`, `program-failed`, `bad-output`.
        """
        links = self._run(corpus, {})
        stems = corpus.src_vocabulary.stems, corpus.tgt_vocabulary.stems
        self._known = _Known.make(*stems, corpus.pieces, links)
        progress(1.0)

    def align_many(self, pairs: Sequence[WordPair]) -> list[Posterior]:
        """The links of each pair: 1 in each direction that has the link, 0 elsewhere.

        Raises:
            EngineError: before `learn` or `from_arrays`; as `learn` where pairs are new.
        """
        known = self._fitted()
        missing = [pair for pair in pairs if not all(self._look_up(known, piece) for piece in self._cut(known, pair))]
        extra = self._align_new(known, missing) if missing else known
        return [self._posterior(known, extra, pair) for pair in pairs]

    def _cut(self, known: _Known, pair: WordPair) -> list[tuple[Cells, Cells]]:
        src, tgt = (
            [stems.get(stem(word, n_letters=self.settings.stem_letters), -1) for word in words]
            for words, stems in zip(pair, (known.src_stems, known.tgt_stems), strict=True)
        )
        return _cut(src, tgt)

    @staticmethod
    def _look_up(known: _Known, piece: tuple[Cells, Cells]) -> Directions | None:
        return known.by_piece.get((piece[0].tobytes(), piece[1].tobytes()))

    def _align_new(self, known: _Known, pairs: Sequence[WordPair]) -> _Known:
        """The links of pairs that the program has not seen yet."""
        if self._program.takes_counts:
            store, learned = self.new_corpus(), known.count_links()
        else:
            src, tgt = dict(known.src_stems), dict(known.tgt_stems)
            letters, learned = self.settings.stem_letters, {}
            store = PairStore(Vocabulary(letters, src), Vocabulary(letters, tgt), list(known.pieces))
        for src_words, tgt_words in pairs:
            store.add(src_words, tgt_words)
        links = self._run(store, learned)
        return _Known.make(store.src_vocabulary.stems, store.tgt_vocabulary.stems, store.pieces, links)

    def _posterior(self, known: _Known, extra: _Known, pair: WordPair) -> Posterior:
        shape = (len(pair[0]), len(pair[1]))
        forward, reverse = np.zeros(shape, dtype=np.float32), np.zeros(shape, dtype=np.float32)
        pieces = self._cut(known, pair)
        found = [self._look_up(known, piece) for piece in pieces]
        if not all(found):
            found = [self._look_up(extra, piece) for piece in self._cut(extra, pair)]
        for (src, tgt), links in zip(split_pair(*shape), found, strict=True):
            if links is not None:
                _fill(forward[slice(*src), slice(*tgt)], reverse[slice(*src), slice(*tgt)], links)
        return Posterior(forward=forward, reverse=reverse)

    def _run(self, store: PairStore, learned: Mapping[tuple[str, str], float]) -> list[Directions]:
        if not store.pieces:
            return []
        counts = self._counts(store, learned) if self._program.takes_counts else {}
        with tempfile.TemporaryDirectory(prefix="crossgloss-") as folder:
            return self._program.align(store.pieces, counts, folder=Path(folder), timeout_s=self.settings.timeout_s)

    def _counts(self, store: PairStore, learned: Mapping[tuple[str, str], float]) -> dict[tuple[int, int], float]:
        """Pseudo-counts from spelling, lexicon and earlier links, by stem ids."""
        src_stems, tgt_stems = store.src_vocabulary.stems, store.tgt_vocabulary.stems
        counts: defaultdict[tuple[int, int], float] = defaultdict(float)
        if self.settings.prior_weight:
            counts.update(_spelling_counts(store, self.settings.prior_weight))
        letters = self.settings.stem_letters
        entries = [
            (stem(entry.src_word, n_letters=letters), stem(entry.tgt_word, n_letters=letters), entry.count)
            for entry in self._lexicon
        ]
        for src, tgt, count in [*entries, *((*pair, count) for pair, count in learned.items())]:
            if src in src_stems and tgt in tgt_stems:
                counts[src_stems[src], tgt_stems[tgt]] += count
        return dict(counts)

    def _fitted(self) -> _Known:
        if self._known is None:
            raise EngineError(Problem("not-fitted", "The aligner has not learned yet.", "Call learn first."))
        return self._known

    def to_arrays(self) -> dict[str, Any]:
        """The links, as named arrays.

        Raises:
            EngineError: before `learn` or `from_arrays`.
        """
        known = self._fitted()
        return {
            "format": np.array(_FORMAT),
            "settings": self._describe(),
            "src_stems": _pack(list(known.src_stems)),
            "tgt_stems": _pack(list(known.tgt_stems)),
            "src_lengths": np.array([len(src) for src, _ in known.pieces], dtype=np.int32),
            "tgt_lengths": np.array([len(tgt) for _, tgt in known.pieces], dtype=np.int32),
            "src": _flat([src for src, _ in known.pieces]),
            "tgt": _flat([tgt for _, tgt in known.pieces]),
            "forward": _flat([found.forward for found in known.links]),
            "reverse": _flat([found.reverse for found in known.links]),
        }

    def from_arrays(self, arrays: Mapping[str, Any]) -> None:
        """Take over what `to_arrays` gave.

        Raises:
            ValueError: it was made by another program, with other settings or by another version.
            KeyError: an array is missing.
        """
        if int(arrays["format"]) != _FORMAT or bytes(arrays["settings"]) != bytes(self._describe()):
            raise ValueError("it was written with other settings or by another version")
        src_lengths, tgt_lengths = arrays["src_lengths"], arrays["tgt_lengths"]
        src, reverse = (_split(arrays[name], src_lengths) for name in ("src", "reverse"))
        tgt, forward = (_split(arrays[name], tgt_lengths) for name in ("tgt", "forward"))
        links = [Directions(along, back) for along, back in zip(forward, reverse, strict=True)]
        stems = (_unpack(arrays["src_stems"]), _unpack(arrays["tgt_stems"]))
        self._known = _Known.make(*stems, list(zip(src, tgt, strict=True)), links)

    def _describe(self) -> npt.NDArray[np.uint8]:
        settings = {name: value for name, value in asdict(self.settings).items() if name != "timeout_s"}
        return _pack([self._program.command, settings])


def _spelling_counts(store: PairStore, weight: float) -> dict[tuple[int, int], float]:
    """Pseudo-counts of stems that occur in one pair and are spelled alike."""
    src_words, tgt_words = store.src_vocabulary.examples(), store.tgt_vocabulary.examples()
    scripts = main_script(src_words), main_script(tgt_words)
    src_forms = spellings(src_words, own_script=scripts[0], other_script=scripts[1])
    tgt_forms = spellings(tgt_words, own_script=scripts[1], other_script=scripts[0])
    n_tgt = len(tgt_words)
    keys = np.unique(np.concatenate([_pair_keys(src, tgt, n_tgt) for src, tgt in store.pieces]))
    src, tgt = keys // n_tgt, keys % n_tgt
    prior = word_prior(src_forms, tgt_forms, src, tgt)
    chosen = np.flatnonzero(prior > _MIN_PRIOR)
    pairs = zip(src[chosen].tolist(), tgt[chosen].tolist(), (prior[chosen] * weight).tolist(), strict=True)
    return {(one, two): count for one, two, count in pairs}


def _pair_keys(src: Cells, tgt: Cells, n_tgt: int) -> npt.NDArray[np.int64]:
    keys: npt.NDArray[np.int64] = np.unique(src.astype(np.int64)[:, None] * n_tgt + tgt[None, :])
    return keys


def _fill(forward: npt.NDArray[np.float32], reverse: npt.NDArray[np.float32], links: Directions) -> None:
    tgt, src = np.flatnonzero(links.forward >= 0), np.flatnonzero(links.reverse >= 0)
    forward[links.forward[tgt], tgt] = 1
    reverse[src, links.reverse[src]] = 1


def _flat(rows: Sequence[Cells]) -> Cells:
    return np.concatenate(rows).astype(np.int32) if rows else np.zeros(0, dtype=np.int32)


def _split(values: Cells, lengths: Cells) -> list[Cells]:
    return np.split(values, np.cumsum(lengths)[:-1]) if len(lengths) else []


def _pack(values: list[Any]) -> npt.NDArray[np.uint8]:
    return np.frombuffer(json.dumps(values).encode("ascii"), dtype=np.uint8)


def _unpack(packed: npt.NDArray[np.uint8]) -> dict[str, int]:
    return {text: number for number, text in enumerate(json.loads(packed.tobytes()))}
