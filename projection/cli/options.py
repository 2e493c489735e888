"""Options that several commands share, and what they turn into."""

from __future__ import annotations

import argparse
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from projection.cli.console import warn
from projection.cli.files import Loaded, load_sentences
from projection.engines import Engine, Projector
from projection.engines.calibrated import build_calibrated
from projection.errors import EngineError, FormatError, Problem
from projection.formats import (
    Pair,
    PairResult,
    Sentence,
    make_pair_item,
    pair_by_id,
    pair_by_position,
    pair_by_table,
    read_id_table,
)
from projection.formats.tokens import TOKENS, Tokens, choose_tokens, split_at_blanks
from projection.types import Item

JOINS = ("position", "id")


def int_from(minimum: int) -> Callable[[str], int]:
    """For `type=` of an option: an integer of at least `minimum`."""

    def read(text: str) -> int:
        try:
            value = int(text)
        except ValueError as err:
            raise argparse.ArgumentTypeError(f"{text!r} is not an integer") from err
        if value < minimum:
            raise argparse.ArgumentTypeError(f"{value} is below {minimum}")
        return value

    return read


def number_from(minimum: float, maximum: float = math.inf, *, is_open: bool = False) -> Callable[[str], float]:
    """For `type=` of an option: a number from `minimum` (or above it, where `is_open`) to `maximum`."""

    def read(text: str) -> float:
        try:
            value = float(text)
        except ValueError as err:
            raise argparse.ArgumentTypeError(f"{text!r} is not a number") from err
        if not math.isfinite(value) or not minimum <= value <= maximum or (is_open and value == minimum):
            least = f"{'above' if is_open else 'at least'} {minimum:g}"
            most = f" and at most {maximum:g}" if maximum < math.inf else ""
            raise argparse.ArgumentTypeError(f"{text} is not {least}{most}")
        return value

    return read


def add_pair_options(parser: argparse.ArgumentParser, *, tokens: str) -> None:
    """Options for a source and a target file."""
    parser.add_argument("--src", type=Path, required=True, metavar="FILE", help="source sentences (CoNLL or text)")
    parser.add_argument("--tgt", type=Path, required=True, metavar="FILE", help="target sentences (CoNLL or text)")
    parser.add_argument("--src-lang", default="en", metavar="CODE", help="language of the source (default: en)")
    parser.add_argument("--tgt-lang", default="", metavar="CODE", help="language of the target, for word boundaries")
    parser.add_argument("--encoding", help="encoding of the files (default: UTF-8, or UTF-16 with its mark)")
    parser.add_argument("--join", choices=JOINS, default="position", help="how sentences go together")
    parser.add_argument("--id-table", type=Path, metavar="FILE", help="table that pairs sentences, instead of --join")
    parser.add_argument("--src-column", default="", metavar="NAME", help="column of the id table for the source")
    parser.add_argument("--tgt-column", default="", metavar="NAME", help="column of the id table for the target")
    parser.add_argument(
        "--tokens",
        choices=TOKENS,
        default=tokens,
        help="how to split plain text: at blanks (by word boundaries in languages written without), by word boundaries "
        f"(icu), or auto (default: {tokens})",
    )


def add_output_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--accept-losses", action="store_true", help="write even if the output cannot hold everything")
    add_json_option(parser)


def add_json_option(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="print the result as one JSON object")


def add_set_option(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help="a setting of the engine")


@dataclass(frozen=True, slots=True)
class Pairs:
    """Sentence pairs as items, and how they came about."""

    items: list[Item]
    tokens: str
    problems: list[Problem]


def load_pairs(args: argparse.Namespace) -> Pairs:
    """Read, tokenise and pair the files that the options name.

    Raises:
        FormatError: a file cannot be read, or the files do not fit together.
    """
    source = load_sentences(args.src, lang=args.src_lang, encoding=args.encoding)
    target = load_sentences(args.tgt, lang=args.tgt_lang, encoding=args.encoding)
    src_sentences, _ = tokenised(source, args.tokens, lang=args.src_lang)
    tgt_sentences, tokens = tokenised(target, args.tokens, lang=args.tgt_lang, like=source)
    found = _join(args, src_sentences, tgt_sentences)
    if not found.pairs:
        fault = f"{args.src} and {args.tgt} have no sentence pair."
        raise FormatError(Problem("no-pairs", fault, "Check the files, and how they are joined."))
    warn(found.problems)
    items = [
        make_pair_item(_without_target_spans(pair), src_lang=args.src_lang, tgt_lang=args.tgt_lang or "und")
        for pair in found.pairs
    ]
    return Pairs(items, tokens, [*source.problems, *target.problems, *found.problems])


def _without_target_spans(pair: Pair) -> Pair:
    return pair._replace(target=replace(pair.target, spans=()))


def tokenised(loaded: Loaded, asked: Tokens, *, lang: str, like: Loaded | None = None) -> tuple[list[Sentence], str]:
    """Sentences with tokens where they are split at blanks, and the way that was chosen."""
    if loaded.has_tokens:
        return loaded.sentences, "file"
    src_words = (sentence.words for sentence in like.sentences) if like is not None and like.has_tokens else ()
    chosen = choose_tokens(asked, loaded.texts, lang=lang, src_words=src_words)
    if chosen == "blanks":
        return split_at_blanks(loaded.sentences), chosen
    return loaded.sentences, chosen


def _join(args: argparse.Namespace, sources: Sequence[Sentence], targets: Sequence[Sentence]) -> PairResult:
    if args.id_table:
        if not (args.src_column and args.tgt_column):
            fault = "--id-table needs --src-column and --tgt-column."
            raise FormatError(Problem("missing-option", fault, "Name the columns of the two files."))
        table = read_id_table(args.id_table.read_bytes())
        return pair_by_table(table, args.src_column, args.tgt_column, sources, targets)
    if args.join == "id":
        return pair_by_id(sources, targets)
    if len(sources) != len(targets):
        fault = f"{args.src} has {len(sources)} sentences, {args.tgt} has {len(targets)}."
        remedy = "Look for the missing or extra sentence, or pair with --join id or --id-table."
        raise FormatError(Problem("different-counts", fault, remedy))
    return pair_by_position(sources, targets)


def load_bitext(paths: Sequence[tuple[Path, Path]], args: argparse.Namespace, *, like: str) -> Iterator[Item]:
    """Further sentence pairs to learn from, one pair a line of two text files.

    Raises:
        FormatError: two files have different numbers of lines.
    """
    for number, (src_path, tgt_path) in enumerate(paths):
        source = load_sentences(src_path, lang=args.src_lang, encoding=args.encoding)
        target = load_sentences(tgt_path, lang=args.tgt_lang, encoding=args.encoding)
        if len(source.sentences) != len(target.sentences):
            fault = f"{src_path} has {len(source.sentences)} lines, {tgt_path} has {len(target.sentences)}."
            raise FormatError(Problem("different-counts", fault, "Give two files with one sentence pair a line."))
        asked: Tokens = "blanks" if like == "blanks" else args.tokens
        src_sentences, _ = tokenised(source, asked, lang=args.src_lang)
        tgt_sentences, _ = tokenised(target, asked, lang=args.tgt_lang)
        for src, tgt in zip(src_sentences, tgt_sentences, strict=True):
            pair = Pair(f"bitext-{number + 1}-{src.id}", replace(src, spans=()), replace(tgt, spans=()))
            yield make_pair_item(pair, src_lang=args.src_lang, tgt_lang=args.tgt_lang or "und")


def read_settings(given: Sequence[str]) -> dict[str, object]:
    """`KEY=VALUE` options as a mapping.

    Raises:
        EngineError: an option has no `=`.
    """
    settings: dict[str, object] = {}
    for option in given:
        name, sign, value = option.partition("=")
        if not sign:
            fault = f"--set {option} has no value."
            raise EngineError(Problem("bad-setting", fault, "Write --set key=value."))
        settings[name.strip()] = value.strip()
    return settings


def build_projector(engine: Engine, given: Sequence[str]) -> tuple[Projector, dict[str, float | int | bool | str]]:
    """A projector and its complete settings.

    Raises:
        EngineError: for wrong settings, an engine that needs word links, or where something that it needs is not
            installed.
    """
    settings = engine.read_settings(read_settings(given))
    if engine.uses_links and not settings.get("learn"):
        fault = f"The engine {engine.name} needs word links, and there are none here."
        raise EngineError(Problem("no-links", fault, "Use transfer --links FILE, or an engine that finds links."))
    for problem in engine.list_missing():
        raise EngineError(problem)
    return build_calibrated(engine, settings), settings
