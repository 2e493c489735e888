"""`transfer`: carry labels over word links that exist already."""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path
from typing import Any

from projection.cli.console import Progress, show_result
from projection.cli.files import check_losses, check_outputs, read_located
from projection.cli.options import add_output_options, add_pair_options, load_pairs
from projection.cli.project import project_all, write_projections
from projection.cli.summary import count_projections, describe, outputs, problem_records
from projection.engines import get_engine
from projection.errors import FormatError, Problem
from projection.formats import read_pharaoh
from projection.types import Alignment, Item

_ENGINE = get_engine("links")


def add_command(commands: Any) -> None:
    """Register the command."""
    parser = commands.add_parser(
        "transfer",
        help="project labels over given word links",
        description="Carry the labels of a CoNLL file over to its translation along the links of a Pharaoh file.",
    )
    add_pair_options(parser, tokens="blanks")
    parser.add_argument("--links", type=Path, required=True, metavar="FILE", help="links i-j, one sentence pair a line")
    by_name = {setting.name: setting for setting in _ENGINE.settings}
    parser.add_argument("--mode", choices=by_name["method"].choices, default="corrected", help=by_name["method"].help)
    parser.add_argument("--gap", type=int, default=by_name["gap"].default, help=by_name["gap"].help)
    parser.add_argument(
        "--top-k", type=int, default=by_name["n_alternatives"].default, help=by_name["n_alternatives"].help
    )
    parser.add_argument("--min-length-ratio", type=float, default=0.0, help=by_name["min_length_ratio"].help)
    parser.add_argument("--keep-signs", action="store_true", help="follow links to punctuation too")
    parser.add_argument("--kind", choices=by_name["kind"].choices, default="auto", help="for --mode scored")
    parser.add_argument("--out", type=Path, required=True, metavar="FILE", help="labelled target: .conll, or .jsonl")
    parser.add_argument("--candidates", type=Path, metavar="FILE", help="JSON Lines with all candidates and links")
    add_output_options(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> None:
    """Run the command."""
    check_outputs([args.out, args.candidates])
    settings = _ENGINE.read_settings(
        {
            "method": args.mode,
            "gap": args.gap,
            "n_alternatives": args.top_k,
            "min_length_ratio": args.min_length_ratio,
            "drop_signs": not args.keep_signs,
            "kind": args.kind,
        }
    )
    pairs = load_pairs(args)
    items, problems = _with_links(pairs.items, args.links, accept_losses=args.accept_losses)
    projector = _ENGINE.build(settings)
    projector.fit(items, progress=Progress("learning"))
    projections = project_all(projector, items)
    write_projections(args.out, args.candidates, items, projections, accept_losses=args.accept_losses)
    result = {
        "n_items": len(items),
        **count_projections(projections),
        "tokens": pairs.tokens,
        "engine": _ENGINE.name,
        "settings": settings,
        "versions": _ENGINE.versions(),
        "outputs": outputs([args.out, args.candidates]),
        "problems": problem_records([*pairs.problems, *problems]),
    }
    show_result(result, as_json=args.json, lines=describe(result))


def _with_links(items: list[Item], path: Path, *, accept_losses: bool) -> tuple[list[Item], list[Problem]]:
    """Items with the links of the file, line by line.

    Raises:
        FormatError: the file has another number of lines than there are pairs.
        LossError: links had to be left out and the user has not accepted that.
    """
    lengths = [(len(item.source.tokens), len(item.target.tokens)) for item in items]
    found = read_located(path, lambda: read_pharaoh(path.read_bytes(), lengths=lengths))
    if len(found.rows) != len(items):
        fault = f"The file has {len(found.rows)} lines for {len(items)} sentence pairs."
        remedy = "Give one line of links for each pair."
        raise FormatError(Problem("different-counts", fault, remedy, place=str(path)))
    check_losses(found.problems, accepted=accept_losses)
    linked = [
        replace(item, alignments=(Alignment((*row.sure, *row.possible)),))
        for item, row in zip(items, found.rows, strict=True)
    ]
    return linked, found.problems
