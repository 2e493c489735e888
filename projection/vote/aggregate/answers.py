"""Answers of voters to questions as numbers: what all rules of aggregation take."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, Literal, TypeVar, get_args

import numpy as np
import numpy.typing as npt

from projection.errors import Problem, ProjectionError

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

MISSING = -1
"""In a matrix of answers: no ballot, an abstention, or an answer that could not be read."""

Repeats = Literal["agreeing", "each", "first", "error"]

Q = TypeVar("Q", bound=Hashable)
V = TypeVar("V", bound=Hashable)
A = TypeVar("A", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Answers:
    """All answers that were given, one entry each; what is missing has no entry.

    Attributes:
        question: shape (n_answers,), 0 to n_questions - 1.
        voter: shape (n_answers,), 0 to n_voters - 1.
        answer: shape (n_answers,), 0 to n_classes - 1.
        n_questions: all that were asked, those without answers included.
        n_voters: size of the panel.
        n_classes: answers that are possible.
    """

    question: Ints
    voter: Ints
    answer: Ints
    n_questions: int
    n_voters: int
    n_classes: int

    def __len__(self) -> int:
        return len(self.answer)

    @classmethod
    def of_matrix(cls, matrix: npt.ArrayLike, *, n_classes: int | None = None) -> Answers:
        """From a matrix of shape (n_questions, n_voters) with `MISSING` where there is no answer.

        Args:
            matrix: integers from -1.
            n_classes: answers that are possible; by default one more than the largest.

        Raises:
            ProjectionError: `bad-answers` for another shape, for values that are no integers, and for such outside
                -1 to n_classes - 1.
        """
        table = np.asarray(matrix)
        if table.ndim != 2 or not (np.issubdtype(table.dtype, np.integer) or not table.size):
            raise _bad(f"The answers have {table.ndim} dimensions of {table.dtype}.", "Give rows of integers.")
        known = n_classes if n_classes is not None else int(table.max(initial=-1)) + 1
        if table.size and not (table.min() >= MISSING and table.max() < known):
            place = np.argwhere((table < MISSING) | (table >= known))[0]
            fault = f"The answer {table[tuple(place)]} is none of {known} classes."
            raise _bad(fault, "Number the classes from 0; -1 is a missing answer.", f"row {place[0]}, voter {place[1]}")
        question, voter = np.nonzero(table >= 0)
        n_questions, n_voters = table.shape
        return cls(question, voter, table[question, voter].astype(np.int64), n_questions, n_voters, known)

    def to_matrix(self) -> Ints:
        """Shape (n_questions, n_voters); of repeated answers the first."""
        table = np.full((self.n_questions, self.n_voters), MISSING, dtype=np.int64)
        table[self.question[::-1], self.voter[::-1]] = self.answer[::-1]
        return table

    def take(self, chosen: npt.NDArray[Any]) -> Answers:
        """Some of the answers (a mask or indices), of the same questions, voters and classes."""
        sizes = (self.n_questions, self.n_voters, self.n_classes)
        return Answers(self.question[chosen], self.voter[chosen], self.answer[chosen], *sizes)

    def sum_by_question(self, values: Floats) -> Floats:
        """Sums of the values of answers, shape (n_answers, n), for each question: shape (n_questions, n)."""
        return _sum_by(self.question, values, self.n_questions)

    def sum_by_voter(self, values: Floats) -> Floats:
        """Sums of the values of answers, shape (n_answers, n), for each voter: shape (n_voters, n)."""
        return _sum_by(self.voter, values, self.n_voters)

    def counts(self, weights: npt.ArrayLike | None = None) -> Floats:
        """Votes for each class, shape (n_questions, n_classes), each times its voter's weight, shape (n_voters,)."""
        each = None if weights is None else np.asarray(weights, dtype=np.float64)[self.voter]
        cells = np.bincount(
            self.question * self.n_classes + self.answer, each, minlength=self.n_questions * self.n_classes
        )
        return cells.reshape(self.n_questions, self.n_classes).astype(np.float64)


@dataclass(frozen=True, slots=True)
class Coded(Generic[Q, V, A]):
    """Answers with the names behind the numbers, in the order in which they first came."""

    answers: Answers
    questions: list[Q]
    voters: list[V]
    classes: list[A]


def code_answers(
    rows: Iterable[tuple[Q, V, A]],
    *,
    repeats: Repeats = "agreeing",
    questions: Sequence[Q] = (),
    voters: Sequence[V] = (),
    classes: Sequence[A] = (),
) -> Coded[Q, V, A]:
    """Number the questions, voters and classes of rows.

    Args:
        rows: question, voter and answer.
        repeats: what to do where a voter answers a question again. `agreeing`: equal answers count once, and a voter
            who contradicts itself has not answered; `each` counts all, as crowd-kit does; `first` counts the first;
            `error` refuses them.
        questions: those to number first, such as all that were asked.
        voters: those to number first, such as the whole panel.
        classes: those to number first, such as the labels of a layer.

    Raises:
        ProjectionError: `repeated-answer`; `bad-answers` for an unknown way to treat them.
    """
    if repeats not in get_args(Repeats):
        raise _bad(f"Repeated answers cannot be treated as {repeats!r}.", f"Known: {', '.join(get_args(Repeats))}.")
    numbers: tuple[dict[Q, int], dict[V, int], dict[A, int]] = (
        {each: n for n, each in enumerate(dict.fromkeys(questions))},
        {each: n for n, each in enumerate(dict.fromkeys(voters))},
        {each: n for n, each in enumerate(dict.fromkeys(classes))},
    )
    cells: dict[tuple[int, int], list[int]] = {}
    for question, voter, answer in rows:
        cell = (numbers[0].setdefault(question, len(numbers[0])), numbers[1].setdefault(voter, len(numbers[1])))
        given = cells.setdefault(cell, [])
        if given and repeats == "error":
            fault = f"The voter {voter!r} answers this question again."
            raise ProjectionError(Problem("repeated-answer", fault, "Keep one answer.", place=f"question {question!r}"))
        given.append(numbers[2].setdefault(answer, len(numbers[2])))
    flat = [(*cell, answer) for cell, given in cells.items() for answer in _kept(given, repeats)]
    table = np.array(flat, dtype=np.int64).reshape(-1, 3)
    sizes = (len(numbers[0]), len(numbers[1]), len(numbers[2]))
    return Coded(Answers(table[:, 0], table[:, 1], table[:, 2], *sizes), *(list(known) for known in numbers))  # type: ignore[arg-type]


def _kept(given: Sequence[int], repeats: Repeats) -> Sequence[int]:
    if repeats == "each":
        return given
    if repeats == "agreeing" and len(set(given)) > 1:
        return ()
    return given[:1]


def _sum_by(places: Ints, values: Floats, n_places: int) -> Floats:
    columns = [np.bincount(places, column, minlength=n_places) for column in values.T]
    return np.array(columns, dtype=np.float64).reshape(values.shape[1], n_places).T


def _bad(fault: str, remedy: str, place: str = "") -> ProjectionError:
    return ProjectionError(Problem("bad-answers", fault, remedy, place=place))
