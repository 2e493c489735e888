"""Two files whose sentences are compared: marked spans without white space, brought together."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from projection.cli.console import warn
from projection.cli.files import read_located
from projection.errors import FormatError, Problem
from projection.formats import detect_format, read_conll, read_jsonl, read_plain
from projection.types import TARGET, Item

JOINS = ("position", "id", "text")


@dataclass(frozen=True, slots=True)
class Marked:
    """A sentence without its white space, and its spans there, so that tokens need not be equal.

    Attributes:
        id: of the sentence or item.
        text: without white space.
        spans: label, start and end.
        probabilities: of each span, where the spans are candidates.
    """

    id: str
    text: str
    spans: tuple[tuple[str, int, int], ...]
    probabilities: tuple[float, ...] = ()


def load_marked(path: Path) -> tuple[list[Marked], list[Problem]]:
    """Labelled sentences of a CoNLL or JSON Lines file, and its problems.

    Raises:
        FormatError: the file cannot be read.
    """
    data = path.read_bytes()
    guess = read_located(path, lambda: detect_format(data, path.name))
    if guess.name == "jsonl":
        items = read_located(path, lambda: read_jsonl(data))
        warn(items.problems, path=str(path))
        return [_mark_item(item) for item in items.rows], items.problems
    found = read_located(path, lambda: read_conll(data))
    warn(found.problems, path=str(path))
    marked = [
        mark_spans(row.id, row.text, [(span.label, *row.interval_of(span)) for span in row.spans]) for row in found.rows
    ]
    return marked, found.problems


def _mark_item(item: Item) -> Marked:
    index = item.segment_index(TARGET)
    spans = [(span.label, span.start_char, span.end_char) for span in item.spans if span.segment == index]
    return mark_spans(item.id, item.segments[index].text, spans)


def load_candidates(path: Path, *, every_rank: bool) -> tuple[list[Marked], list[Problem]]:
    """Candidates with a probability, of JSON Lines items: the best of each source span, or all of them.

    Raises:
        FormatError: the file cannot be read, or no candidate has a probability (`no-probabilities`).
    """
    found = read_located(path, lambda: read_jsonl(path.read_bytes()))
    warn(found.problems, path=str(path))
    marked = [_mark_candidates(item, every_rank=every_rank) for item in found.rows]
    if not any(sentence.probabilities for sentence in marked):
        fault = "No candidate has a probability."
        remedy = "Give a file that project wrote with --candidates."
        raise FormatError(Problem("no-probabilities", fault, remedy, place=str(path)))
    return marked, found.problems


def _mark_candidates(item: Item, *, every_rank: bool) -> Marked:
    index = item.segment_index(TARGET)
    judged = [
        (candidate.span, candidate.probability)
        for candidate in item.candidates
        if candidate.span is not None and candidate.span.segment == index and candidate.probability is not None
        if every_rank or candidate.rank == 0
    ]
    spans = [(span.label, span.start_char, span.end_char) for span, _ in judged]
    marked = mark_spans(item.id, item.segments[index].text, spans)
    return replace(marked, probabilities=tuple(probability for _, probability in judged))


def mark_spans(name: str, text: str, spans: Sequence[tuple[str, int, int]]) -> Marked:
    """A sentence and its spans (label, start, end in characters) without its white space."""
    packed = "".join(text.split())
    positions = {(start, end): (_position(text, start), _position(text, end)) for _, start, end in spans}
    return Marked(name, packed, tuple((label, *positions[start, end]) for label, start, end in spans))


def _position(text: str, position: int) -> int:
    """A position after taking out the white space."""
    return len("".join(text[:position].split()))


Joined = list[tuple[Marked, Marked]]


def _join_by_position(gold: Sequence[Marked], predicted: Sequence[Marked], args: argparse.Namespace) -> Joined:
    if len(gold) != len(predicted):
        fault = f"{args.gold} has {len(gold)} sentences, {args.predicted} has {len(predicted)}."
        remedy = "Compare files with the same sentences, or use --join id, --join text or --ids."
        raise FormatError(Problem("different-counts", fault, remedy))
    return list(zip(gold, predicted, strict=True))


def _join_by_id(gold: Sequence[Marked], predicted: Sequence[Marked], args: argparse.Namespace) -> Joined:
    by_id = _unique(gold, args.gold)
    _unique(predicted, args.predicted)
    return [(_need(by_id, judged.id, args), judged) for judged in predicted]


def _unique(sentences: Sequence[Marked], path: Path) -> dict[str, Marked]:
    by_id: dict[str, Marked] = {}
    for sentence in sentences:
        if sentence.id in by_id:
            fault = f"The sentence id {sentence.id!r} is there twice."
            raise FormatError(Problem("duplicate-id", fault, "Use --join position or text.", place=str(path)))
        by_id[sentence.id] = sentence
    return by_id


def _need(by_id: dict[str, Marked], name: str, args: argparse.Namespace) -> Marked:
    if name in by_id:
        return by_id[name]
    fault = f"The sentence id {name!r} is not in the gold data."
    raise FormatError(Problem("unknown-id", fault, "Use --join text or position.", place=str(args.predicted)))


def _join_by_text(gold: Sequence[Marked], predicted: Sequence[Marked], args: argparse.Namespace) -> Joined:
    """Equal texts go together in file order."""
    by_text: dict[str, list[Marked]] = {}
    for sentence in reversed(gold):
        by_text.setdefault(sentence.text, []).append(sentence)
    pairs: Joined = []
    for judged in predicted:
        if not by_text.get(judged.text):
            fault = f"The text of sentence {judged.id!r} is not in the gold data."
            raise FormatError(Problem("unknown-text", fault, "Compare the same texts.", place=str(args.predicted)))
        pairs.append((by_text[judged.text].pop(), judged))
    return pairs


_JOINERS: dict[str, Callable[[Sequence[Marked], Sequence[Marked], argparse.Namespace], Joined]] = {
    "position": _join_by_position,
    "id": _join_by_id,
    "text": _join_by_text,
}


def join(gold: Sequence[Marked], predicted: Sequence[Marked], args: argparse.Namespace) -> Joined:
    """Gold and predicted sentences in pairs, as `--join` says; their texts are equal.

    Raises:
        FormatError: they do not fit together.
    """
    pairs = _JOINERS[args.join](gold, predicted, args)
    for right, judged in pairs:
        _check_text(right, judged)
    return pairs


def only_ids(
    gold: Sequence[Marked], predicted: Sequence[Marked], args: argparse.Namespace
) -> tuple[list[Marked], list[Marked]]:
    """The gold sentences with the listed ids; the predicted ones too where they have these ids."""
    lines = read_located(args.ids, lambda: read_plain(args.ids.read_bytes())).rows
    listed = [line.text.strip() for line in lines if line.text.strip()]
    known = {sentence.id for sentence in gold}
    for name in listed:
        if name not in known:
            fault = f"The sentence id {name!r} is not in the gold data."
            raise FormatError(Problem("unknown-id", fault, "List ids of the gold file.", place=str(args.ids)))
    wanted = set(listed)
    chosen = [sentence for sentence in gold if sentence.id in wanted]
    if len(predicted) == len(chosen):
        return chosen, list(predicted)
    return chosen, [sentence for sentence in predicted if sentence.id in wanted]


def _check_text(right: Marked, judged: Marked) -> None:
    if right.text == judged.text:
        return
    fault = f"The texts of gold sentence {right.id!r} and predicted sentence {judged.id!r} differ."
    raise FormatError(Problem("different-texts", fault, "Compare files with the same sentences, in the same order."))
