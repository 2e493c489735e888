"""Answers in passages: extractive question answering data of one language carried over to another.

The passages are the unit of translation, so their sentences are lined up first (`projection.align.sentences`); the
answer is a span of the passage and goes through an engine like any other. Questions that come in both languages are
further sentence pairs to learn word links from. PAXQA (arXiv 2304.12206) projects answers over word links, too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import chain

from projection.errors import Problem
from projection.formats import ReadResult
from projection.formats.squad import pair_squad, question_of, read_squad
from projection.measure.answers import Answer
from projection.projectors import Projection, Projector
from projection.types import SOURCE, TARGET, Candidate, Item, Span

_CHUNK = 64


@dataclass(frozen=True, slots=True)
class AnswerProjection:
    """What became of the answers of a file.

    Attributes:
        items: paragraphs with the projected answers as target spans.
        projections: of each item, with all candidates.
        problems: what could not be read or paired.
    """

    items: list[Item]
    projections: list[Projection]
    problems: list[Problem]

    @property
    def answers(self) -> dict[str, Answer]:
        """The projected answer of each question that has one; of several answers the first."""
        found: dict[str, Answer] = {}
        for item in self.items:
            for span in item.spans_of(TARGET):
                answer = Answer(span.surface(item.segments[span.segment].text), span.start_char)
                found.setdefault(question_of(span.source_id), answer)
        return found


def project_answers(
    source: bytes,
    target: bytes,
    projector: Projector,
    *,
    langs: tuple[str, str],
    bitext: Iterable[Item] = (),
    progress: Callable[[float], None] = lambda _: None,
) -> AnswerProjection:
    """Project the answers of a SQuAD file onto the passages of its translation.

    Args:
        source: SQuAD JSON with answers.
        target: SQuAD JSON with the same question ids; its answers are not looked at.
        projector: not fitted yet; it learns from the passages, the questions and the bitext.
        langs: BCP 47 codes of the two files.
        bitext: further sentence pairs.
        progress: gets the share done, 0 to 1.

    Raises:
        FormatError: a file cannot be read.
    """
    items, problems = read_passages(source, target, langs=langs)
    projector.fit(chain(items, bitext), progress=progress)
    return project_passages(items, problems, projector)


def read_passages(source: bytes, target: bytes, *, langs: tuple[str, str]) -> tuple[list[Item], list[Problem]]:
    """Paragraphs of two SQuAD files as items with both sides, and what could not be read or paired.

    Raises:
        FormatError: a file cannot be read.
    """
    return pair_passages(read_squad(source, lang=langs[0], side=SOURCE), read_squad(target, lang=langs[1], side=TARGET))


def pair_passages(source: ReadResult[Item], target: ReadResult[Item]) -> tuple[list[Item], list[Problem]]:
    """Paragraphs that were read as items with both sides, and what could not be read or paired."""
    items, problems = pair_squad(source.rows, target.rows)
    others = [problem for problem in target.problems if problem.code != "bad-offset"]
    return items, [*source.problems, *others, *problems]


def project_passages(items: list[Item], problems: list[Problem], projector: Projector) -> AnswerProjection:
    """Project the answers of paragraphs with a projector that has learned."""
    projections = [
        found
        for start in range(0, len(items), _CHUNK)
        for found in projector.project_many(items[start : start + _CHUNK])
    ]
    labelled = [with_answers(item, found.candidates) for item, found in zip(items, projections, strict=True)]
    return AnswerProjection(labelled, projections, problems)


def with_answers(item: Item, candidates: Sequence[Candidate]) -> Item:
    """The item with the best candidate of each source answer as a target span."""
    spans: list[Span] = []
    for candidate in candidates:
        if candidate.rank == 0 and candidate.span is not None:
            scores = {"score": candidate.score} | (
                {"probability": candidate.probability} if candidate.probability is not None else {}
            )
            spans.append(replace(candidate.span, id=f"t{len(spans) + 1}", meta=scores))
    return replace(item, spans=(*item.spans, *spans))
