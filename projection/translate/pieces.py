"""Texts that are too long for a model, cut at the ends of sentences and put together again."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise

from icu4py import breakers

from projection.text import is_unspaced, tokenize


@dataclass(frozen=True, slots=True)
class Piece:
    """Part of a text without white space at its edges, and the white space behind it.

    Attributes:
        text: what is translated.
        gap: white space between this piece and the next one, "" behind the last.
        is_forced: it ends inside a sentence, because the sentence alone is too long.
    """

    text: str
    gap: str
    is_forced: bool = False


def split_text(text: str, *, lang: str, fits: Callable[[str], bool], every_sentence: bool = False) -> list[Piece]:
    """Cut a text into pieces that fit, each as many whole sentences as possible.

    A sentence that does not fit by itself is cut between words; a single word that does not fit is a piece of its own.
    The pieces with their gaps make up the text, white space at its edges excepted.

    Args:
        text: any text.
        lang: its language.
        fits: whether a model can take a text.
        every_sentence: make a piece of each sentence also where several would fit.
    """
    whole = text.strip()
    if not whole or (fits(whole) and not every_sentence):
        return [Piece(whole, "")]
    units = _tidied(_units(whole, lang, fits))
    if every_sentence:
        last = len(units) - 1
        return [_piece(unit, is_forced=forced, is_last=number == last) for number, (unit, forced) in enumerate(units)]
    return list(_pack(units, fits))


def _tidied(units: Iterable[tuple[str, bool]]) -> list[tuple[str, bool]]:
    """The units with white space at their ends only."""
    found: list[tuple[str, bool]] = []
    for text, is_forced in units:
        body = text.lstrip()
        if found:
            found[-1] = (found[-1][0] + text[: len(text) - len(body)], found[-1][1])
        if body:
            found.append((body, is_forced))
    return found


def _piece(text: str, *, is_forced: bool, is_last: bool) -> Piece:
    body = text.rstrip()
    return Piece(body, "" if is_last else text[len(body) :], is_forced and not is_last)


def _units(text: str, lang: str, fits: Callable[[str], bool]) -> Iterator[tuple[str, bool]]:
    """Sentences, or words of those that are too long, with white space behind them; and whether a sentence goes on."""
    for sentence in breakers.SentenceBreaker(text, "root"):
        if fits(sentence.strip()):
            yield sentence, False
            continue
        starts = [start for start, _ in tokenize(sentence, lang=lang)][1:]
        edges = [0, *starts, len(sentence)]
        for start, end in pairwise(edges):
            yield sentence[start:end], end < len(sentence)


def _pack(units: Sequence[tuple[str, bool]], fits: Callable[[str], bool]) -> Iterator[Piece]:
    """Neighbouring units together as long as they fit."""
    start, n_units = 0, len(units)
    while start < n_units:
        end = _furthest([text for text, _ in units[start:]], fits) + start
        joined = "".join(text for text, _ in units[start:end])
        yield _piece(joined, is_forced=units[end - 1][1], is_last=end == n_units)
        start = end


def _furthest(texts: Sequence[str], fits: Callable[[str], bool]) -> int:
    """How many of the texts, at least one, fit together (found by doubling, then halving)."""
    ends = list(accumulate(map(len, texts)))
    joined = "".join(texts)
    low, step = 1, 1
    while low + step <= len(texts) and fits(joined[: ends[low + step - 1]].strip()):
        low += step
        step *= 2
    while step:
        if low + step <= len(texts) and fits(joined[: ends[low + step - 1]].strip()):
            low += step
        step //= 2
    return low


def join_pieces(pieces: Sequence[Piece], translations: Sequence[str], *, tgt_lang: str) -> str:
    """Translated pieces as one text: line breaks stay; other gaps are as the target language writes them."""
    blank = "" if is_unspaced(tgt_lang) else " "
    parts: list[str] = []
    for piece, translation in zip(pieces, translations, strict=True):
        parts.append(translation)
        parts.append(piece.gap if "\n" in piece.gap else blank)
    return "".join(parts[:-1])
