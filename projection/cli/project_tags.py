"""`project --labels tags`: one tag for each token, from one or several source languages."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

from projection.align.base import Posterior
from projection.cli.console import Progress, show_result, warn
from projection.cli.files import check_outputs, inputs_of, load_sentences, read_located, write_files
from projection.cli.options import int_from, load_bitext, number_from, read_settings, tokenised
from projection.cli.summary import outputs, problem_records
from projection.errors import EngineError, FormatError, Problem
from projection.formats import Sentence, WriteResult, make_sentence_item, read_conllu, write_conllu
from projection.formats.conllu import NO_TAG, TAGS
from projection.transfer.tags import (
    TagProjection,
    TagSettings,
    TagSource,
    align_sentences,
    project_tags,
    project_tags_published,
)
from projection.types import Span

_CONLLU = ".conllu"
DEFAULT_ENGINE = "hmm"
_MODES = ("scored", "published")


def run_tags(args: argparse.Namespace) -> None:
    """Project token tags.

    Raises:
        FormatError: the files do not have the same number of sentences.
    """
    also = [Path(path) for path, _ in args.also_src]
    check_outputs([args.out], inputs=[*inputs_of(args), *also])
    tag = _choose_method(args)
    given = [(args.src, args.src_lang), *((Path(path), lang) for path, lang in args.also_src)]
    sources = [_load_tagged(path, lang, args.encoding) for path, lang in given]
    target, tokens = _load_target(args)
    bitext = [
        (item.source.words, item.target.words)
        for item in load_bitext([(src, tgt) for src, tgt in args.bitext], args, like=tokens)
    ]
    words = [sentence.words for sentence in target]
    voters = []
    for number, ((path, lang), sentences) in enumerate(zip(given, sources, strict=True)):
        _check_counts(path, sentences, args.tgt, target)
        src_words = [sentence.words for sentence in sentences]
        links = align_sentences(
            src_words, words, bitext=bitext if number == 0 else (), progress=Progress(f"learning {lang}")
        )
        voters.append(_source(lang, sentences, links))
    found = tag(words, voters)
    contents = {args.out: _write(args.out, target, found, args.tgt_lang)}
    write_files(contents, accept_losses=args.accept_losses)
    _show(args, found, tokens)


def _choose_method(args: argparse.Namespace) -> Callable[[Sequence[Sequence[str]], Sequence[TagSource]], TagProjection]:
    """The method and its settings: `mode=published`, or the fields of `TagSettings`.

    Raises:
        EngineError: for other settings, and for options that do not go with tags.
    """
    given = read_settings(args.set)
    names = [entry.name for entry in fields(TagSettings)]
    mode = given.pop("mode", _MODES[0])
    if mode not in _MODES:
        fault = f"{mode!r} is not one of {', '.join(_MODES)}."
        raise EngineError(Problem("bad-setting", fault, "Choose one of them.", place="setting mode"))
    is_published = mode == "published"
    if args.engine != DEFAULT_ENGINE or any((args.candidates, args.lexicon, args.model, args.save_model)):
        fault = "--candidates, --engine, --lexicon, --model and --save-model do not go with --labels tags."
        raise EngineError(Problem("bad-setting", fault, "Leave them out; --json prints the consistency of words."))
    if unknown := sorted(given.keys() - set(names)) or (is_published and sorted(given)):
        fault = f"There is no setting {unknown[0]!r} for tags here."
        raise EngineError(Problem("bad-setting", fault, f"Known settings: mode, {', '.join(names)}."))
    if is_published:
        return project_tags_published
    settings = _read_tag_settings(given)
    return lambda words, sources: project_tags(words, sources, settings)


def _read_tag_settings(given: Mapping[str, object]) -> TagSettings:
    changed: dict[str, Any] = {}
    for name, text in given.items():
        read = int_from(0) if name == "ending_letters" else number_from(0)
        try:
            changed[name] = read(str(text))
        except argparse.ArgumentTypeError as err:
            remedy = f"The default is {getattr(TagSettings(), name)}."
            raise EngineError(Problem("bad-setting", f"{err}.", remedy, place=f"setting {name}")) from err
    return TagSettings(**changed)


def _load_tagged(path: Path, lang: str, encoding: str | None) -> list[Sentence]:
    found = read_located(path, lambda: read_conllu(path.read_bytes(), encoding=encoding, lang=lang))
    warn(found.problems, path=str(path))
    return found.rows


def _load_target(args: argparse.Namespace) -> tuple[list[Sentence], str]:
    """Target sentences, their tags left out, and how they were tokenised."""
    if args.tgt.suffix == _CONLLU:
        sentences, tokens = _load_tagged(args.tgt, args.tgt_lang, args.encoding), "file"
    else:
        loaded = load_sentences(args.tgt, lang=args.tgt_lang, encoding=args.encoding)
        sentences, tokens = tokenised(loaded, args.tokens, lang=args.tgt_lang)
    items = [make_sentence_item(sentence, lang=args.tgt_lang or "und") for sentence in sentences]
    full = [
        replace(sentence, tokens=item.segments[0].tokens, spans=())
        for sentence, item in zip(sentences, items, strict=True)
    ]
    return full, tokens


def _check_counts(path: Path, sentences: Sequence[Sentence], tgt_path: Path, target: Sequence[Sentence]) -> None:
    if len(sentences) != len(target):
        fault = f"{path} has {len(sentences)} sentences, {tgt_path} has {len(target)}."
        raise FormatError(Problem("different-counts", fault, "Give files with the same sentences in the same order."))


def _source(name: str, sentences: Sequence[Sentence], links: Sequence[Posterior]) -> TagSource:
    tags = []
    for sentence in sentences:
        own = [NO_TAG] * len(sentence.tokens)
        for span in sentence.spans:
            own[span.start_token] = span.label
        tags.append(own)
    return TagSource(name, [sentence.words for sentence in sentences], tags, links)


def _write(path: Path, target: Sequence[Sentence], found: TagProjection, lang: str) -> WriteResult:
    if path.suffix != _CONLLU:
        blocks = [
            "".join(f"{word}\t{token.tag or NO_TAG}\n" for word, token in zip(sentence.words, tags, strict=True))
            for sentence, tags in zip(target, found.sentences, strict=True)
        ]
        return WriteResult("".join(f"{block}\n" for block in blocks), [], len(blocks))
    items = []
    for sentence, tags in zip(target, found.sentences, strict=True):
        item = make_sentence_item(sentence, lang=lang or "und")
        spans = tuple(
            Span(token.tag, (interval,), 0, TAGS)
            for interval, token in zip(sentence.tokens, tags, strict=True)
            if token.tag is not None
        )
        items.append(replace(item, spans=spans))
    return write_conllu(items, layer=TAGS)


def _show(args: argparse.Namespace, found: TagProjection, tokens: str) -> None:
    n_tokens = sum(map(len, found.sentences))
    result: dict[str, Any] = {
        "n_sentences": len(found.sentences),
        "n_tokens": n_tokens,
        "n_abstained": found.n_abstained,
        "reliability": {name: round(weight, 4) for name, weight in found.reliability.items()},
        "tokens": tokens,
        "types": [row.to_json() for row in found.types],
        "outputs": outputs([args.out]),
        "problems": problem_records([]),
    }
    weights = ", ".join(f"{name} {weight:.2f}" for name, weight in found.reliability.items())
    lines = [f"{len(found.sentences)} sentences, {n_tokens} tokens, {found.n_abstained} without a tag"]
    lines += [f"weights of the sources: {weights}", f"wrote {args.out}"]
    show_result(result, as_json=args.json, lines=lines)
