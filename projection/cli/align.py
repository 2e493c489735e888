"""`align`: word links of sentence pairs."""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path
from typing import Any

from projection.align.base import SYMMETRISATIONS
from projection.cli.console import show_result
from projection.cli.files import check_outputs, inputs_of, write_files
from projection.cli.learning import add_learning_options, keep, learn
from projection.cli.options import (
    add_output_options,
    add_pair_options,
    add_set_option,
    build_projector,
    load_pairs,
)
from projection.cli.project import project_all
from projection.cli.summary import outputs, problem_records
from projection.engines import get_engine, list_engines
from projection.formats import write_pharaoh


def add_command(commands: Any) -> None:
    """Register the command."""
    parser = commands.add_parser(
        "align",
        help="find word links",
        description="Learn word links from sentence pairs and write them as i-j (0-based tokens), one pair a line.",
    )
    add_pair_options(parser, tokens="blanks")
    add_learning_options(parser)
    names = [engine.name for engine in list_engines() if engine.makes_links]
    parser.add_argument("--engine", choices=names, default=names[0], help=f"what finds them (default: {names[0]})")
    parser.add_argument(
        "--symmetrise",
        choices=SYMMETRISATIONS,
        help="how the two directions combine, for engines with a setting symmetrisation (default: that of the engine)",
    )
    parser.add_argument("--probabilities", action="store_true", help="write i-j:p")
    add_set_option(parser)
    parser.add_argument("--out", type=Path, required=True, metavar="FILE", help="Pharaoh file to write")
    add_output_options(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> None:
    """Run the command."""
    check_outputs([args.out, args.save_model], inputs=inputs_of(args))
    engine = get_engine(args.engine)
    symmetrised = [f"symmetrisation={args.symmetrise}"] if args.symmetrise else []
    projector, settings = build_projector(engine, [*symmetrised, *args.set])
    pairs = load_pairs(args)
    items = [replace(item, spans=()) for item in pairs.items]
    learn(projector, pairs, args)
    linked = [
        replace(item, alignments=found.alignments)
        for item, found in zip(items, project_all(projector, items), strict=True)
    ]
    written = write_pharaoh(linked, with_probability=args.probabilities)
    write_files({args.out: written}, accept_losses=args.accept_losses)
    keep(projector, args.save_model)
    n_links = sum(len(alignment.links) for item in linked for alignment in item.alignments)
    written_paths = outputs([args.out, args.save_model])
    result = {
        "n_items": len(items),
        "n_links": n_links,
        "tokens": pairs.tokens,
        "engine": engine.name,
        "settings": settings,
        "versions": engine.list_versions(settings),
        "outputs": written_paths,
        "problems": problem_records(pairs.problems),
    }
    lines = [f"{len(items)} sentence pairs, {n_links} links", *(f"wrote {path}" for path in written_paths)]
    show_result(result, as_json=args.json, lines=lines)
