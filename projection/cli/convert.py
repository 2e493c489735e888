"""`convert`: from one format to another."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from projection.cli.console import show_result, warn
from projection.cli.files import check_outputs, inputs_of, read_located, write_files
from projection.cli.options import add_output_options
from projection.cli.summary import outputs, problem_records
from projection.errors import FormatError, Problem
from projection.formats import (
    FORMATS,
    Format,
    ReadResult,
    get_format,
    make_pair_item,
    make_sentence_item,
)
from projection.types import SOURCE, TARGET, Item

_ONE_SIDED = ("conll", "conllu", "plain", "squad")


def add_command(commands: Any) -> None:
    """Register the command."""
    readable = sorted(name for name, entry in FORMATS.items() if entry.rows in ("sentences", "pairs", "items"))
    writable = sorted(name for name, entry in FORMATS.items() if entry.write is not None)
    parser = commands.add_parser(
        "convert",
        help="convert between formats",
        description="Convert a file to another format; what that cannot hold is named and must be accepted.",
    )
    parser.add_argument("--from", dest="from_format", choices=readable, required=True, help="format of the input")
    parser.add_argument("--to", dest="to_format", choices=writable, required=True, help="format of the output")
    parser.add_argument("--lang", default="und", metavar="CODE", help="language of sentences")
    parser.add_argument("--src-lang", default="en", metavar="CODE", help="language of the source of pairs")
    parser.add_argument("--tgt-lang", default="und", metavar="CODE", help="language of the target of pairs")
    parser.add_argument("--side", choices=(SOURCE, TARGET), default=TARGET, help="side that is read or written")
    parser.add_argument("--encoding", help="encoding of the input")
    parser.add_argument("input", type=Path, help="file to read")
    parser.add_argument("output", type=Path, help="file to write")
    add_output_options(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> None:
    """Run the command."""
    check_outputs([args.output], inputs=inputs_of(args))
    source, target = get_format(args.from_format), get_format(args.to_format)
    data = args.input.read_bytes()
    found: ReadResult[Any] = read_located(args.input, lambda: source.read(data, encoding=args.encoding))
    warn(found.problems, path=str(args.input))
    items = [_make_item(row, source, args) for row in found.rows]
    if target.write is None:
        raise FormatError(Problem("read-only-format", f"{target.title} is only read.", "Choose another format."))
    keywords = {"side": args.side} if target.name in _ONE_SIDED else {}
    _check_sides(items, target, args)
    written = target.write(items, **keywords)
    write_files({args.output: written}, accept_losses=args.accept_losses)
    result = {
        "n_items": len(items),
        "outputs": outputs([args.output]),
        "problems": problem_records(found.problems),
        "losses": problem_records(written.problems),
    }
    show_result(result, as_json=args.json, lines=[f"{len(items)} items", f"wrote {args.output}"])


def _make_item(row: Any, source: Format, args: argparse.Namespace) -> Item:
    if source.rows == "sentences":
        return make_sentence_item(row, lang=args.lang, side=args.side)
    if source.rows == "pairs":
        return make_pair_item(row, src_lang=args.src_lang, tgt_lang=args.tgt_lang)
    item: Item = row
    return item


def _check_sides(items: list[Item], target: Format, args: argparse.Namespace) -> None:
    """Refuse to write pairs from single sentences, or a side that an item does not have.

    Raises:
        FormatError: `no-such-side`.
    """
    needed = {args.side} if target.name in _ONE_SIDED else {SOURCE, TARGET}
    if target.name == "jsonl":
        return
    for item in items:
        missing = needed - {segment.side for segment in item.segments}
        if missing:
            fault = f"The item has no {min(missing)} segment, which {target.title} needs."
            remedy = "Choose another output format or --side."
            raise FormatError(Problem("no-such-side", fault, remedy, place=f"item {item.id}", item_id=item.id))
