"""Answers in passages: exact match, token F1 and character F1 (Rajpurkar et al. 2016, and without English rules)."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, NamedTuple

from projection.text import is_unspaced, tokenize

_ARTICLES = re.compile(r"\b(?:a|an|the)\b")
_ASCII_SIGNS = frozenset("!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~")


class Answer(NamedTuple):
    """An answer's text and its first character in the passage; -1 where that is not known."""

    text: str
    start: int = -1


@dataclass(frozen=True, slots=True)
class AnswerScore:
    """Means over all gold questions in percent; an unanswered question counts 0.

    Attributes:
        exact: answers with the same words and the same place or, where a place is not known, the same words.
        char_f1: overlap of the characters at their places: 2 * shared / (gold + predicted).
        token_f1: overlap of the words, wherever they stand, without case, punctuation and symbols.
        squad_exact: exact match with the rules of the SQuAD script, made for English.
        squad_f1: token F1 with these rules: words between blanks, without the articles a, an and the.
        n_questions: gold questions that have an answer.
        n_answered: of these, those with a predicted answer.
    """

    exact: float
    char_f1: float
    token_f1: float
    squad_exact: float
    squad_f1: float
    n_questions: int
    n_answered: int

    def to_json(self) -> dict[str, Any]:
        """Plain values; figures rounded to 2 decimals."""
        return {name: round(value, 2) for name, value in asdict(self).items()}


def measure_answers(
    gold: Mapping[str, Sequence[Answer]], predicted: Mapping[str, Answer], *, lang: str = "und"
) -> AnswerScore:
    """Compare answers by the ids of their questions; of several gold answers the best one counts for each figure.

    Args:
        gold: right answers of each question; questions without any are left out.
        predicted: one answer for each question that has one.
        lang: BCP 47 code, for the words of languages written without blanks.
    """
    sums = [0.0] * 5
    asked = {name: answers for name, answers in gold.items() if answers}
    for name, answers in asked.items():
        judged = predicted.get(name)
        if judged is not None:
            figures = [_compare(right, judged, lang) for right in answers]
            sums = [total + max(values) for total, values in zip(sums, zip(*figures, strict=True), strict=True)]
    means = [100.0 * total / len(asked) if asked else 0.0 for total in sums]
    exact, overlap, token_f1, squad_exact, squad_f1 = means
    n_answered = len(asked.keys() & predicted.keys())
    return AnswerScore(exact, overlap, token_f1, squad_exact, squad_f1, len(asked), n_answered)


def _compare(right: Answer, judged: Answer, lang: str) -> tuple[float, float, float, float, float]:
    words = _words(right.text, lang), _words(judged.text, lang)
    squad = _squad_words(right.text), _squad_words(judged.text)
    is_placed = right.start >= 0 and judged.start >= 0
    same_place = not is_placed or right.start == judged.start
    return (
        float(right.text == judged.text and same_place),
        char_f1(right, judged) if is_placed else 0.0,
        bag_f1(*words),
        float(squad[0] == squad[1]),
        bag_f1(*squad),
    )


def char_f1(right: Answer, judged: Answer) -> float:
    """Overlap of two answers in characters of the passage, 0 to 1."""
    ends = right.start + len(right.text), judged.start + len(judged.text)
    shared = max(0, min(ends) - max(right.start, judged.start))
    total = len(right.text) + len(judged.text)
    return 2 * shared / total if total else 0.0


def bag_f1(right: Sequence[str], judged: Sequence[str]) -> float:
    """F1 of two bags of words, 0 to 1; two empty bags are equal."""
    if not right or not judged:
        return float(not right and not judged)
    shared = (Counter(right) & Counter(judged)).total()
    return 2 * shared / (len(right) + len(judged))


def _words(text: str, lang: str) -> list[str]:
    """Case-folded words of any language, without tokens that hold no letter and no digit."""
    folded = unicodedata.normalize("NFC", text.casefold())
    if is_unspaced(lang):
        words = [folded[start:end] for start, end in tokenize(folded, lang=lang)]
    else:
        words = "".join(
            char if char.isalnum() or unicodedata.category(char)[0] == "M" else " " for char in folded
        ).split()
    return [word for word in words if any(char.isalnum() for char in word)]


def _squad_words(text: str) -> list[str]:
    plain = "".join(char for char in text.lower() if char not in _ASCII_SIGNS)
    return _ARTICLES.sub(" ", plain).split()
