"""Passages of two SQuAD files as items, one for each question."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import replace

from annotator.services.imports.loaded import Draft, Loaded
from annotator.services.imports.problems import Located, locate
from annotator.services.imports.spec import SOURCE, TARGET
from projection.errors import Problem
from projection.formats import ReadResult, pair_squad, split_questions
from projection.formats.squad import QUESTIONS
from projection.types import Item

_QUESTION = "question "


def pair_passages(source: ReadResult[Item], target: ReadResult[Item], loaded: Loaded) -> None:
    """Pair the paragraphs by the ids of their questions, and take them apart into questions.

    A row is a question here, in the order of its file; what is wrong with one leaves that one out.
    """
    rows = {SOURCE: _rows(source), TARGET: _rows(target)}
    items, _ = pair_squad(source.rows, target.rows)
    loaded.pairing, loaded.pairing_reason = "id", "Questions of both files belong together by their ids."
    loaded.n_source, loaded.n_target = len(rows[SOURCE]), len(rows[TARGET])
    loaded.items = [
        Draft(
            replace(item, spans=tuple(replace(span, layer=loaded.plan.layer) for span in item.spans)),
            rows[SOURCE][item.id],
            rows[TARGET][item.id],
            0,
            0,
            f"{_QUESTION}{item.id}",
        )
        for paragraph in items
        for item in split_questions(paragraph)
    ]
    loaded.problems += _located(SOURCE, source.problems, rows[SOURCE])
    # Answers of the target are not imported, so that faults of theirs do not matter.
    loaded.problems += _located(TARGET, [each for each in target.problems if each.code != "bad-offset"], rows[TARGET])
    loaded.problems += _unpaired(rows, {draft.item.id for draft in loaded.items})
    loaded.problems += _empty(loaded.items)
    n_answers = target.labels.total()
    if n_answers:
        fault = f"The target has {n_answers} answers of its own; they are not imported."
        remedy = "Keep the file: it can be compared with the result later."
        loaded.problems.append(locate(TARGET, Problem("target-labels", fault, remedy, place="whole file")))


def _rows(found: ReadResult[Item]) -> dict[str, int]:
    names = (name for item in found.rows for name in item.meta[QUESTIONS])
    return {name: row for row, name in enumerate(names)}


def _located(role: str, problems: list[Problem], rows: dict[str, int]) -> Iterator[Located]:
    for number, problem in enumerate(problems, start=len(rows)):
        # What is no question that was read has a row of its own, after those of the others.
        row = rows.get(problem.place.removeprefix(_QUESTION), number)
        yield locate(role, replace(problem, row=row))


def _unpaired(rows: Mapping[str, Mapping[str, int]], paired: Collection[str]) -> Iterator[Located]:
    for role, own in rows.items():
        for name, row in own.items():
            if name not in paired:
                fault = f"The question {name} is not asked about the same passage in the other file."
                problem = Problem("unpaired", fault, "It was not paired.", place=f"{_QUESTION}{name}", row=row)
                yield locate(role, problem)


def _empty(drafts: Iterable[Draft]) -> Iterator[Located]:
    for draft in drafts:
        for segment in draft.item.segments:
            if not segment.text.strip():
                is_source = segment.side == "source"
                role, row = (SOURCE, draft.source_row) if is_source else (TARGET, draft.target_row)
                fault, remedy = f"The {segment.role} is empty.", "Fill it in or skip this row."
                yield locate(role, Problem("empty-sentence", fault, remedy, place=draft.place, row=row))
