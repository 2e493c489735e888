"""Where hypotheses come from: a text-to-text model, or a file of recorded ones."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Protocol

from projection.neural import LoadedModel
from projection.neural.generation import generate_texts
from projection.neural.languages import forced_ids, tokenize_sources
from projection.neural.scoring import longest_input
from projection.transfer.nmtscore import TextPair
from projection.transfer.tprojection.prompts import make_input, sentence_text
from projection.transfer.tprojection.records import Record
from projection.types import Segment

_SENTENCE_SIGNS = (".", "!", "?", "…", "。", "！", "？", "؟", "।", "։", "።")
_CLAUSE_SIGNS = (",", ";", ":", "،", "؛", "、", "，", "；", "：", "၊")


@dataclass(frozen=True, slots=True)
class Request:
    """A tokenised target segment and the labels of its source spans, in source order."""

    item_id: str
    target: Segment
    labels: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Proposed:
    """Hypotheses for a request; `reason` says why there are none (`text-too-long`), or is "" where there may be."""

    hypotheses: tuple[str, ...] = ()
    reason: str = ""


class Proposer(Protocol):
    """Gives hypotheses for requests."""

    def propose(self, requests: Sequence[Request]) -> list[Proposed]: ...


class Scorer(Protocol):
    """Gives scores of (source text, target text) pairs: of those that it can score, and perhaps of others."""

    def score(self, pairs: Iterable[TextPair], *, src_lang: str, tgt_lang: str) -> Mapping[TextPair, float]: ...


@dataclass(frozen=True, slots=True)
class RecordedProposer:
    """Hypotheses by item, as read from a file."""

    by_item: Mapping[str, tuple[str, ...]]

    @classmethod
    def of(cls, records: Iterable[Record]) -> RecordedProposer:
        return cls({record.item.id: record.hypotheses for record in records})

    def propose(self, requests: Sequence[Request]) -> list[Proposed]:
        """What was recorded for the items; nothing for others."""
        return [Proposed(self.by_item.get(request.item_id, ())) for request in requests]


@dataclass(frozen=True, slots=True)
class RecordedScorer:
    """Scores as read from a file."""

    by_pair: Mapping[TextPair, float]

    def score(self, pairs: Iterable[TextPair], *, src_lang: str, tgt_lang: str) -> Mapping[TextPair, float]:
        """All recorded scores, whatever is asked for."""
        del pairs, src_lang, tgt_lang
        return self.by_pair


@dataclass(frozen=True)
class ModelProposer:
    """A text-to-text model that writes the strings of empty tags.

    Attributes:
        load: calls `load_model(..., task="seq2seq")`; called once, when the first text is proposed for.
        n_beams: width of the beam search, and hypotheses for each text.
        max_length: most tokens of an input, where the model has positions for so many; longer sentences are split
            between words, at the end of a sentence or a clause where there is one. Also the most tokens of an output.
        batch_size: texts in a batch.
    """

    load: Callable[[], LoadedModel]
    n_beams: int = 15
    max_length: int = 256
    batch_size: int = 8

    @cached_property
    def loaded(self) -> LoadedModel:
        """The model."""
        return self.load()

    @property
    def n_tokens(self) -> int:
        """Most tokens of an input."""
        return min(self.max_length, longest_input(self.loaded) or self.max_length)

    def propose(self, requests: Sequence[Request]) -> list[Proposed]:
        """Hypotheses of the beam search for each request, those of its pieces one after the other.

        Raises:
            EngineError: `bad-model`, `missing-module`, `unknown-language`.
        """
        pieces = [self._inputs(request) for request in requests]
        texts: dict[tuple[str, str], list[str]] = {}
        for lang in dict.fromkeys(request.target.lang for request in requests):
            own_lang = [own or () for request, own in zip(requests, pieces, strict=True) if request.target.lang == lang]
            texts |= self._write(list(dict.fromkeys(text for own in own_lang for text in own)), lang)
        return [
            Proposed(reason="text-too-long")
            if own is None
            else Proposed(tuple(found for text in own for found in texts[request.target.lang, text]))
            for request, own in zip(requests, pieces, strict=True)
        ]

    def _inputs(self, request: Request) -> list[str] | None:
        """What the model reads: one text, or several where it is too long; None where it cannot be split enough."""
        target = request.target

        def make(start: int, end: int) -> str:
            return make_input(sentence_text(target, start, end), request.labels)

        def fits(start: int, end: int) -> bool:
            return len(self._tokenize([make(start, end)], target.lang)[0]) <= self.n_tokens

        ranges = split_words(target.words, fits)
        return None if ranges is None else [make(start, end) for start, end in ranges]

    def _tokenize(self, texts: list[str], lang: str) -> list[list[int]]:
        return tokenize_sources(self.loaded.tokenizer, texts, src_lang=lang, tgt_lang=lang)

    def _write(self, texts: list[str], lang: str) -> dict[tuple[str, str], list[str]]:
        if not texts:
            return {}
        found = generate_texts(
            self.loaded,
            self._tokenize(texts, lang),
            n_beams=self.n_beams,
            n_returned=self.n_beams,
            max_new_tokens=self.max_length,
            forced=forced_ids(self.loaded.tokenizer, lang),
            batch_size=self.batch_size,
        )
        return {(lang, text): rows for text, rows in zip(texts, found, strict=True)}


def split_words(words: Sequence[str], fits: Callable[[int, int], bool]) -> list[tuple[int, int]] | None:
    """Split a sentence into ranges of words that fit.

    A range that does not fit is cut at the end of a sentence, else after a clause, else between two words, where that
    is nearest to its middle.

    Args:
        words: the words.
        fits: whether the words from `start` to before `end` fit.

    Returns:
        Ranges in order, or None where a single word does not fit.
    """
    done: list[tuple[int, int]] = []
    pending = [(0, len(words))]
    while pending:
        start, end = pending.pop()
        if fits(start, end):
            done.append((start, end))
            continue
        if end - start < 2:
            return None
        cut = _best_cut(words, start, end)
        pending += [(cut, end), (start, cut)]
    return done


def _best_cut(words: Sequence[str], start: int, end: int) -> int:
    def rank(cut: int) -> tuple[int, int]:
        word = words[cut - 1]
        kind = 0 if word.endswith(_SENTENCE_SIGNS) else 1 if word.endswith(_CLAUSE_SIGNS) else 2
        return kind, abs(2 * cut - start - end)

    return min((after for _, after in pairwise(range(start, end + 1)) if after < end), key=rank)
