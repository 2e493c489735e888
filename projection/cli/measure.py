"""`measure spans` and `measure alignment`: figures against gold data."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from projection.cli.console import show_result, warn
from projection.cli.files import read_located
from projection.cli.options import add_json_option
from projection.cli.summary import problem_records
from projection.errors import FormatError, Problem
from projection.formats import detect_format, read_conll, read_jsonl, read_pharaoh, read_plain
from projection.measure.alignment import measure_alignment
from projection.measure.spans import READINGS, SpanScores, measure_spans
from projection.types import TARGET, Item

_JOINS = ("position", "id", "text")


def add_command(commands: Any) -> None:
    """Register the commands."""
    parser = commands.add_parser("measure", help="compare with gold data")
    kinds = parser.add_subparsers(dest="measure", required=True, metavar="KIND")
    _add_spans(kinds)
    _add_alignment(kinds)


def _add_spans(kinds: Any) -> None:
    parser = kinds.add_parser(
        "spans",
        help="precision, recall and F1 of spans",
        description="Compare labelled spans in four readings: strict (boundaries and label), exact (boundaries), "
        "partial (half credit for overlap), type (overlap and label). Tokens need not be equal, the text must be.",
    )
    parser.add_argument("--gold", type=Path, required=True, metavar="FILE", help="gold labels: CoNLL or JSON Lines")
    parser.add_argument("--predicted", type=Path, required=True, metavar="FILE", help="labels to be judged")
    parser.add_argument("--join", choices=_JOINS, default="position", help="how sentences go together")
    parser.add_argument("--ids", type=Path, metavar="FILE", help="compare only sentences with these ids, one a line")
    add_json_option(parser)
    parser.set_defaults(run=run_spans)


def _add_alignment(kinds: Any) -> None:
    parser = kinds.add_parser(
        "alignment",
        help="precision, recall and error rate of word links",
        description="Compare word links in Pharaoh files; gold links written i?j or ipj are possible ones.",
    )
    parser.add_argument("--gold", type=Path, required=True, metavar="FILE", help="gold links")
    parser.add_argument("--predicted", type=Path, required=True, metavar="FILE", help="links to be judged")
    parser.add_argument("--first-index", type=int, choices=(0, 1), default=0, help="number of the first token in gold")
    add_json_option(parser)
    parser.set_defaults(run=run_alignment)


@dataclass(frozen=True, slots=True)
class _Marked:
    """A sentence without its white space, and its spans there, so that tokens need not be equal."""

    id: str
    text: str
    spans: tuple[tuple[str, int, int], ...]


def run_spans(args: argparse.Namespace) -> None:
    """Run `measure spans`."""
    gold, gold_problems = _load(args.gold)
    predicted, problems = _load(args.predicted)
    n_gold = len(gold)
    if args.ids:
        gold, predicted = _only_ids(gold, predicted, args)
    pairs = _JOINERS[args.join](gold, predicted, args)
    for right, judged in pairs:
        _check_text(right, judged)
    scores = measure_spans([right.spans for right, _ in pairs], [judged.spans for _, judged in pairs])
    result = scores.to_json() | {
        "n_left_out": n_gold - len(pairs),
        "problems": problem_records([*gold_problems, *problems]),
    }
    show_result(result, as_json=args.json, lines=_describe(scores, n_left_out=n_gold - len(pairs)))


def _load(path: Path) -> tuple[list[_Marked], list[Problem]]:
    data = path.read_bytes()
    guess = read_located(path, lambda: detect_format(data, path.name))
    if guess.name == "jsonl":
        items = read_located(path, lambda: read_jsonl(data))
        warn(items.problems, path=str(path))
        return [_mark_item(item) for item in items.rows], items.problems
    found = read_located(path, lambda: read_conll(data))
    warn(found.problems, path=str(path))
    marked = [
        _mark(row.id, row.text, [(span.label, *row.interval_of(span)) for span in row.spans]) for row in found.rows
    ]
    return marked, found.problems


def _mark_item(item: Item) -> _Marked:
    index = item.segment_index(TARGET)
    spans = [(span.label, span.start_char, span.end_char) for span in item.spans if span.segment == index]
    return _mark(item.id, item.segments[index].text, spans)


def _mark(name: str, text: str, spans: Sequence[tuple[str, int, int]]) -> _Marked:
    packed = "".join(text.split())
    positions = {(start, end): (_packed(text, start), _packed(text, end)) for _, start, end in spans}
    return _Marked(name, packed, tuple((label, *positions[start, end]) for label, start, end in spans))


def _packed(text: str, position: int) -> int:
    """A position after taking out the white space."""
    return len("".join(text[:position].split()))


Joined = list[tuple[_Marked, _Marked]]


def _join_by_position(gold: Sequence[_Marked], predicted: Sequence[_Marked], args: argparse.Namespace) -> Joined:
    if len(gold) != len(predicted):
        fault = f"{args.gold} has {len(gold)} sentences, {args.predicted} has {len(predicted)}."
        remedy = "Compare files with the same sentences, or use --join id, --join text or --ids."
        raise FormatError(Problem("different-counts", fault, remedy))
    return list(zip(gold, predicted, strict=True))


def _join_by_id(gold: Sequence[_Marked], predicted: Sequence[_Marked], args: argparse.Namespace) -> Joined:
    by_id = _unique(gold, args.gold)
    _unique(predicted, args.predicted)
    return [(_need(by_id, judged.id, args), judged) for judged in predicted]


def _unique(sentences: Sequence[_Marked], path: Path) -> dict[str, _Marked]:
    by_id: dict[str, _Marked] = {}
    for sentence in sentences:
        if sentence.id in by_id:
            fault = f"The sentence id {sentence.id!r} is there twice."
            raise FormatError(Problem("duplicate-id", fault, "Use --join position or text.", place=str(path)))
        by_id[sentence.id] = sentence
    return by_id


def _need(by_id: dict[str, _Marked], name: str, args: argparse.Namespace) -> _Marked:
    if name in by_id:
        return by_id[name]
    fault = f"The sentence id {name!r} is not in the gold data."
    raise FormatError(Problem("unknown-id", fault, "Use --join text or position.", place=str(args.predicted)))


def _join_by_text(gold: Sequence[_Marked], predicted: Sequence[_Marked], args: argparse.Namespace) -> Joined:
    """Equal texts go together in file order."""
    by_text: dict[str, list[_Marked]] = {}
    for sentence in reversed(gold):
        by_text.setdefault(sentence.text, []).append(sentence)
    pairs: Joined = []
    for judged in predicted:
        if not by_text.get(judged.text):
            fault = f"The text of sentence {judged.id!r} is not in the gold data."
            raise FormatError(Problem("unknown-text", fault, "Compare the same texts.", place=str(args.predicted)))
        pairs.append((by_text[judged.text].pop(), judged))
    return pairs


_JOINERS: dict[str, Callable[[Sequence[_Marked], Sequence[_Marked], argparse.Namespace], Joined]] = {
    "position": _join_by_position,
    "id": _join_by_id,
    "text": _join_by_text,
}


def _only_ids(
    gold: Sequence[_Marked], predicted: Sequence[_Marked], args: argparse.Namespace
) -> tuple[list[_Marked], list[_Marked]]:
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


def _check_text(right: _Marked, judged: _Marked) -> None:
    if right.text == judged.text:
        return
    fault = f"The texts of gold sentence {right.id!r} and predicted sentence {judged.id!r} differ."
    raise FormatError(Problem("different-texts", fault, "Compare files with the same sentences, in the same order."))


def _describe(scores: SpanScores, *, n_left_out: int) -> list[str]:
    lines = [f"{'':8}{'precision':>10}{'recall':>8}{'F1':>8}"]
    for name in READINGS:
        score = getattr(scores, name)
        lines.append(f"{name:8}{score.precision:10.2f}{score.recall:8.2f}{score.f1:8.2f}")
    lines.append(f"{scores.n_sentences} sentences, {n_left_out} gold sentences left out")
    return lines


def run_alignment(args: argparse.Namespace) -> None:
    """Run `measure alignment`."""
    gold = read_located(args.gold, lambda: read_pharaoh(args.gold.read_bytes(), first_index=args.first_index))
    predicted = read_located(args.predicted, lambda: read_pharaoh(args.predicted.read_bytes()))
    warn(gold.problems, path=str(args.gold))
    warn(predicted.problems, path=str(args.predicted))
    score = measure_alignment(
        [[(link.src, link.tgt) for link in (*row.sure, *row.possible)] for row in predicted.rows],
        [[(link.src, link.tgt) for link in row.sure] for row in gold.rows],
        [[(link.src, link.tgt) for link in row.possible] for row in gold.rows],
    )
    result = score.to_json() | {"problems": problem_records([*gold.problems, *predicted.problems])}
    lines = [f"precision {score.precision:.2f}  recall {score.recall:.2f}  F1 {score.f1:.2f}  AER {score.aer:.2f}"]
    show_result(result, as_json=args.json, lines=[*lines, f"{score.n_sentences} sentence pairs"])
