"""`transfer`: carry labels over word links that exist already."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from projection.cli.console import Progress, show_result
from projection.cli.files import check_losses, check_outputs, inputs_of, read_located
from projection.cli.options import add_output_options, add_pair_options, add_set_option, load_pairs, read_settings
from projection.cli.project import project_all, write_projections
from projection.cli.summary import count_projections, describe, outputs, problem_records
from projection.engines import Engine, get_engine
from projection.engines.calibrated import build_calibrated
from projection.errors import EngineError, FormatError, Problem
from projection.formats import read_pharaoh
from projection.types import Alignment, Item

_LINKS, _FUSED = get_engine("links"), get_engine("fused")


def add_command(commands: Any) -> None:
    """Register the command."""
    parser = commands.add_parser(
        "transfer",
        help="project labels over given word links",
        description="Carry the labels of a CoNLL file over to its translation along the links of a Pharaoh file.",
    )
    add_pair_options(parser, tokens="blanks")
    links_help = "links i-j, one sentence pair a line; for --mode fused once for each aligner"
    parser.add_argument("--links", type=Path, action="append", required=True, metavar="FILE", help=links_help)
    by_name = {setting.name: setting for setting in _LINKS.settings}
    modes = (*by_name["method"].choices, "fused")
    mode_help = f"{by_name['method'].help} fused: the scores of several aligners."
    parser.add_argument("--mode", choices=modes, default="corrected", help=mode_help)
    parser.add_argument("--gap", type=int, default=by_name["gap"].default, help=by_name["gap"].help)
    parser.add_argument(
        "--top-k", type=int, default=by_name["n_alternatives"].default, help=by_name["n_alternatives"].help
    )
    parser.add_argument("--min-length-ratio", type=float, default=0.0, help=by_name["min_length_ratio"].help)
    parser.add_argument("--keep-signs", action="store_true", help="follow links to punctuation too")
    kind_help = "for --mode scored and fused"
    parser.add_argument("--kind", choices=by_name["kind"].choices, default="auto", help=kind_help)
    add_set_option(parser)
    parser.add_argument("--out", type=Path, required=True, metavar="FILE", help="labelled target: .conll, or .jsonl")
    parser.add_argument("--candidates", type=Path, metavar="FILE", help="JSON Lines with all candidates and links")
    add_output_options(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> None:
    """Run the command."""
    check_outputs([args.out, args.candidates], inputs=inputs_of(args))
    engine, settings = _read_settings(args)
    pairs = load_pairs(args)
    items, problems = _with_links(pairs.items, args.links, accept_losses=args.accept_losses)
    projector = build_calibrated(engine, settings)
    projector.fit(items, progress=Progress("learning"))
    projections = project_all(projector, items)
    write_projections(args.out, args.candidates, items, projections, accept_losses=args.accept_losses)
    result = {
        "n_items": len(items),
        **count_projections(projections),
        "tokens": pairs.tokens,
        "engine": engine.name,
        "settings": settings,
        "versions": engine.list_versions(settings),
        "outputs": outputs([args.out, args.candidates]),
        "problems": problem_records([*pairs.problems, *problems]),
    }
    show_result(result, as_json=args.json, lines=describe(result))


def _read_settings(args: argparse.Namespace) -> tuple[Engine, dict[str, Any]]:
    """The engine of the mode with its complete settings.

    Raises:
        EngineError: for a wrong setting, or several files of links where one is wanted.
    """
    engine = _FUSED if args.mode == "fused" else _LINKS
    if engine is _LINKS and len(args.links) > 1:
        fault = f"--mode {args.mode} takes the links of one aligner."
        raise EngineError(Problem("too-many-links", fault, "Give one file, or use --mode fused."))
    given: dict[str, object] = {
        "gap": args.gap,
        "n_alternatives": args.top_k,
        "drop_signs": not args.keep_signs,
        "kind": args.kind,
    }
    if engine is _LINKS:
        given["method"] = args.mode
    if engine is _LINKS or args.min_length_ratio:
        given["min_length_ratio"] = args.min_length_ratio
    return engine, engine.read_settings(given | read_settings(args.set))


def _with_links(items: list[Item], paths: Sequence[Path], *, accept_losses: bool) -> tuple[list[Item], list[Problem]]:
    """Items with the links of all files, and what could not be read.

    Raises:
        FormatError: a file has another number of lines than there are pairs.
        LossError: links had to be left out and the user has not accepted that.
    """
    problems: list[Problem] = []
    for path in paths:
        items, found = _with_links_of(items, path, accept_losses=accept_losses)
        problems += found
    return items, problems


def _with_links_of(items: list[Item], path: Path, *, accept_losses: bool) -> tuple[list[Item], list[Problem]]:
    """Items with the links of one file more, line by line.

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
    problems = [replace(problem, place=f"{path}, {problem.place}") for problem in found.problems]
    check_losses(problems, accepted=accept_losses)
    linked = [
        replace(item, alignments=(*item.alignments, Alignment((*row.sure, *row.possible))))
        for item, row in zip(items, found.rows, strict=True)
    ]
    return linked, problems
