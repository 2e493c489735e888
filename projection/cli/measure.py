"""`measure`: figures against gold data."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from projection.cli import measure_labels
from projection.cli.console import show_result, warn
from projection.cli.files import check_not_empty, read_located
from projection.cli.joined import JOINS, join, load_candidates, load_marked, only_ids
from projection.cli.options import add_json_option
from projection.cli.summary import problem_records
from projection.formats import read_pharaoh
from projection.measure.alignment import measure_alignment
from projection.measure.calibration import CalibrationScore, measure_calibration
from projection.measure.spans import READINGS, SpanScores, measure_spans


def add_command(commands: Any) -> None:
    """Register the commands."""
    parser = commands.add_parser("measure", help="compare with gold data")
    kinds = parser.add_subparsers(dest="measure", required=True, metavar="KIND")
    _add_spans(kinds)
    _add_alignment(kinds)
    _add_calibration(kinds)
    measure_labels.add_kinds(kinds)


def _add_spans(kinds: Any) -> None:
    parser = kinds.add_parser(
        "spans",
        help="precision, recall and F1 of spans",
        description="Compare labelled spans in four readings: strict (boundaries and label), exact (boundaries), "
        "partial (half credit for overlap), type (overlap and label). Tokens need not be equal, the text must be.",
    )
    parser.add_argument("--gold", type=Path, required=True, metavar="FILE", help="gold labels: CoNLL or JSON Lines")
    parser.add_argument("--predicted", type=Path, required=True, metavar="FILE", help="labels to be judged")
    parser.add_argument("--join", choices=JOINS, default="position", help="how sentences go together")
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


def _add_calibration(kinds: Any) -> None:
    parser = kinds.add_parser(
        "calibration",
        help="how well probabilities of candidates agree with what is right",
        description="Compare the probabilities of candidates with gold labels: a candidate is right where the gold "
        "data has its boundaries and its label.",
    )
    parser.add_argument("--gold", type=Path, required=True, metavar="FILE", help="gold labels: CoNLL or JSON Lines")
    parser.add_argument("--predicted", type=Path, required=True, metavar="FILE", help="candidates: JSON Lines")
    parser.add_argument("--join", choices=JOINS, default="position", help="how sentences go together")
    parser.add_argument("--every-rank", action="store_true", help="judge the alternatives too, not only the best")
    add_json_option(parser)
    parser.set_defaults(run=run_calibration)


def run_spans(args: argparse.Namespace) -> None:
    """Run `measure spans`."""
    gold, gold_problems = load_marked(args.gold)
    check_not_empty(gold, args.gold)
    predicted, problems = load_marked(args.predicted)
    n_gold = len(gold)
    if args.ids:
        gold, predicted = only_ids(gold, predicted, args)
    pairs = join(gold, predicted, args)
    scores = measure_spans([right.spans for right, _ in pairs], [judged.spans for _, judged in pairs])
    result = scores.to_json() | {
        "n_left_out": n_gold - len(pairs),
        "problems": problem_records([*gold_problems, *problems]),
    }
    show_result(result, as_json=args.json, lines=_describe(scores, n_left_out=n_gold - len(pairs)))


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
    check_not_empty(gold.rows, args.gold)
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


def run_calibration(args: argparse.Namespace) -> None:
    """Run `measure calibration`."""
    gold, gold_problems = load_marked(args.gold)
    predicted, problems = load_candidates(args.predicted, every_rank=args.every_rank)
    pairs = join(gold, predicted, args)
    probabilities = [probability for _, judged in pairs for probability in judged.probabilities]
    is_right = [span in set(right.spans) for right, judged in pairs for span in judged.spans]
    score = measure_calibration(probabilities, is_right)
    result = score.to_json() | {"problems": problem_records([*gold_problems, *problems])}
    show_result(result, as_json=args.json, lines=_describe_calibration(score))


def _describe_calibration(score: CalibrationScore) -> list[str]:
    lines = [f"{'probability':>11}{'right':>8}{'95 % interval':>16}{'candidates':>12}"]
    lines += [
        f"{each.mean:11.3f}{each.accuracy:8.3f}{each.low:9.3f}-{each.high:.3f} {each.n:11d}" for each in score.curve
    ]
    lines.append(f"ECE {score.ece:.4f}  with bins of equal mass {score.ece_mass:.4f}  Brier {score.brier:.4f}")
    return [*lines, f"{score.n} candidates, {score.accuracy:.3f} of them right, mean probability {score.mean:.3f}"]
