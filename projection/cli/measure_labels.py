"""`measure tokens` and `measure answers`."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from projection.cli.console import show_result, warn
from projection.cli.files import check_not_empty, read_located
from projection.cli.options import add_json_option
from projection.cli.summary import problem_records
from projection.errors import FormatError, Problem
from projection.formats import ReadResult, Sentence, read_conllu
from projection.formats.squad import read_answers
from projection.measure.answers import Answer, measure_answers
from projection.measure.tokens import measure_tokens


def add_kinds(kinds: Any) -> None:
    """Register the commands."""
    parser = kinds.add_parser(
        "tokens",
        help="accuracy of token tags",
        description="Compare the tags of the same tokens: CoNLL-U, or a token and a tag a line.",
    )
    _add_files(parser)
    parser.set_defaults(run=run_tokens)
    parser = kinds.add_parser(
        "answers",
        help="exact match and F1 of answers in passages",
        description="Compare the answers of SQuAD JSON files by the ids of their questions.",
    )
    _add_files(parser)
    parser.add_argument("--lang", default="und", metavar="CODE", help="language, for words without blanks between them")
    parser.set_defaults(run=run_answers)


def _add_files(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--gold", type=Path, required=True, metavar="FILE", help="gold labels")
    parser.add_argument("--predicted", type=Path, required=True, metavar="FILE", help="labels to be judged")
    add_json_option(parser)


def run_tokens(args: argparse.Namespace) -> None:
    """Run `measure tokens`.

    Raises:
        FormatError: `different-texts` where the tokens differ.
    """
    gold, predicted = _load_tagged(args.gold), _load_tagged(args.predicted)
    check_not_empty(gold.rows, args.gold)
    for right, judged in zip(gold.rows, predicted.rows, strict=False):
        if right.words != judged.words:
            fault = f"The tokens of gold sentence {right.id!r} and predicted sentence {judged.id!r} differ."
            raise FormatError(Problem("different-texts", fault, "Compare files with the same tokens."))
    score = measure_tokens([_tags(row) for row in gold.rows], [_tags(row) for row in predicted.rows])
    lines = [f"{'':8}{'precision':>10}{'recall':>8}{'F1':>8}"]
    lines += [f"{tag:8}{one.precision:10.2f}{one.recall:8.2f}{one.f1:8.2f}" for tag, one in score.labels.items()]
    lines.append(f"accuracy {score.accuracy:.2f}  precision {score.precision:.2f}  coverage {score.coverage:.2f}")
    lines.append(f"{score.n_tokens} tokens of {score.n_sentences} sentences")
    result = score.to_json() | {"problems": problem_records([*gold.problems, *predicted.problems])}
    show_result(result, as_json=args.json, lines=lines)


def _load_tagged(path: Path) -> ReadResult[Sentence]:
    found = read_located(path, lambda: read_conllu(path.read_bytes()))
    warn(found.problems, path=str(path))
    return found


def _tags(sentence: Sentence) -> list[str | None]:
    tags: list[str | None] = [None] * len(sentence.tokens)
    for span in sentence.spans:
        tags[span.start_token] = span.label
    return tags


def run_answers(args: argparse.Namespace) -> None:
    """Run `measure answers`."""
    gold = read_located(args.gold, lambda: read_answers(args.gold.read_bytes()))
    check_not_empty(gold, args.gold)
    predicted = read_located(args.predicted, lambda: read_answers(args.predicted.read_bytes()))
    score = measure_answers(
        {name: [Answer(*answer) for answer in answers] for name, answers in gold.items()},
        {name: Answer(*answers[0]) for name, answers in predicted.items() if answers},
        lang=args.lang,
    )
    lines = [
        f"exact match {score.exact:.2f}  character F1 {score.char_f1:.2f}  token F1 {score.token_f1:.2f}",
        f"by the rules of SQuAD: exact match {score.squad_exact:.2f}  F1 {score.squad_f1:.2f}",
        f"{score.n_answered} of {score.n_questions} questions answered",
    ]
    show_result(score.to_json(), as_json=args.json, lines=lines)
