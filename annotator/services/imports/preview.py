"""Which pairs the preview shows, how, and whether their pairing looks shifted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from annotator.services.imports.loaded import Draft, Loaded
from projection.errors import Problem
from projection.formats.fit import FitList, Shift
from projection.types import Interval, Item, Span

N_FIRST = 3
N_WORST = 3
# Pairs below this are pointed at.
BAD_FIT = 0.5
_PREVIEW_CHARS = 400


def choose_pairs(fits: FitList, usable: Sequence[int], shift: Shift | None) -> dict[int, str]:
    """Numbers of the pairs to show, each with a word about it: the first, the last, and those that fit least."""
    if not usable:
        return {}
    marks = dict.fromkeys([*usable[:N_FIRST], usable[-1]], "")
    scores = fits.scores()
    worst = sorted(usable, key=lambda number: (scores[number], number))[:N_WORST]
    marks |= {number: "fits badly" if scores[number] < BAD_FIT else "" for number in worst}
    if shift is not None and shift.start in usable:
        marks[shift.start] = "probably wrong from here"
    return dict(sorted(marks.items()))


def find_shift(loaded: Loaded, fits: FitList) -> Shift | None:
    """Where the pairs probably went wrong; pairs by id have no order that could shift."""
    if loaded.pairing == "id":
        return None
    if loaded.pairing == "position":
        return fits.find_shift(n_source=loaded.n_source, n_target=loaded.n_target)
    return fits.find_shift(n_source=len(fits), n_target=len(fits))


def describe_shift(shift: Shift, first: Draft) -> Problem:
    """The shift in words."""
    n_lines = abs(shift.offset)
    where = f"{n_lines} line{'s' if n_lines > 1 else ''} {'earlier' if shift.offset < 0 else 'later'}"
    missing = "is missing from the target" if shift.offset < 0 else "is missing from the source"
    n_pairs = shift.n_for + shift.n_against
    fault = (
        f"About from sentence {first.source_row + 1} on, the sources fit the target lines {where} better "
        f"({shift.n_for} of {n_pairs} pairs with names or numbers to tell by): probably a line {missing} there."
    )
    line = first.source_line
    remedy = "Look at the pairs below, correct the files and upload them again."
    return Problem("pairs-shifted", fault, remedy, place=f"line {line}", line=line, row=first.source_row)


def show_pair(item: Item, mark: str) -> dict[str, Any]:
    """A pair as it is stored in the report."""
    return {
        "id": item.id,
        "document": item.document,
        "source": show_source(item),
        "target": shorten(item.target.text),
        "mark": mark,
    }


def show_source(item: Item) -> list[dict[str, str]]:
    """The source of an item in pieces, labelled and not."""
    source_index = item.segment_index("source")
    spans = [span for span in item.spans if span.segment == source_index]
    whole = (Interval(0, len(item.source.text)),)
    parts = [span for span in spans if span.intervals != whole]
    # A class of the whole text hides the spans in it.
    classes = [{"text": "", "label": span.label} for span in spans if parts and span.intervals == whole]
    return [*cut_pieces(item.source.text, parts or spans), *classes]


def cut_pieces(text: str, spans: Sequence[Span]) -> list[dict[str, str]]:
    """The text in pieces, labelled and not, for display; of spans that overlap only the first is marked."""
    pieces: list[dict[str, str]] = []
    position = 0
    for span in sorted(spans, key=lambda span: (span.start_char, -span.end_char)):
        start, end = span.intervals[0]
        if start < position:
            continue
        if start > position:
            pieces.append({"text": text[position:start], "label": ""})
        pieces.append({"text": text[start:end], "label": span.label})
        position = end
        if position > _PREVIEW_CHARS:
            break
    rest = shorten(text[position:])
    if rest:
        pieces.append({"text": rest, "label": ""})
    return pieces


def shorten(text: str) -> str:
    """The beginning of a long text."""
    return text if len(text) <= _PREVIEW_CHARS else f"{text[:_PREVIEW_CHARS]}…"


def shift_report(shift: Shift | None, problem: Problem | None, clean: Sequence[int]) -> Mapping[str, Any] | None:
    """The shift as it is stored in the report, with the pairs that it takes from those without problems."""
    if shift is None or problem is None:
        return None
    n_doubtful = sum(shift.start <= number < shift.end for number in clean)
    return {"line": problem.line, "message": problem.message, "remedy": problem.remedy, "n_doubtful": n_doubtful}
