"""Translators by name, from the options that a command line or a form gives."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from dataclasses import dataclass

from projection.errors import EngineError, Problem
from projection.remote import Endpoint
from projection.translate.base import Translator
from projection.translate.chat import PROMPT, ChatSettings, ChatTranslator
from projection.translate.command import CommandSettings, CommandTranslator
from projection.translate.seq2seq import Seq2seqSettings, Seq2seqTranslator

FAMILIES = ("nllb", "m2m100", "marian", "t5")
TRANSLATORS = (*FAMILIES, "chat", "command")


@dataclass(frozen=True, slots=True)
class TranslatorOptions:
    """Settings of all kinds of translators; each takes what it has a use for.

    Attributes:
        kind: of `TRANSLATORS`.
        model: folder or hub id of a model, or the name of a chat model at its endpoint.
        prefix: see `Seq2seqSettings`, as are `beams`, `batch_size`, `max_ratio`, `every_sentence`, `with_scores`.
        device: `auto`, `cpu`, `cuda`.
        base_url: address of the endpoint.
        key_variable: environment variable with its key.
        prompt: see `ChatSettings`, as are `hint` and `n_workers`.
        command: program and arguments as one string, split as a shell would.
        timeout_s: seconds for one request or one call of the command; 0 for the default of the kind.
    """

    kind: str
    model: str = ""
    prefix: str = ""
    beams: int = 4
    batch_size: int = 16
    max_ratio: float = 3.0
    every_sentence: bool = False
    with_scores: bool = False
    device: str = "auto"
    base_url: str = ""
    key_variable: str = ""
    prompt: str = PROMPT
    hint: str = ""
    n_workers: int = 4
    command: str = ""
    timeout_s: float = 0.0


def make_translator(options: TranslatorOptions) -> Translator:
    """A translator of the kind that the options name.

    Raises:
        EngineError: `unknown-translator`, `missing-setting`, or what the translator itself says.
    """
    makers: dict[str, Callable[[TranslatorOptions], Translator]] = dict.fromkeys(FAMILIES, _make_seq2seq)
    makers |= {"chat": _make_chat, "command": _make_command}
    if options.kind not in makers:
        fault = f"There is no translator {options.kind!r}."
        raise EngineError(Problem("unknown-translator", fault, f"Known: {', '.join(TRANSLATORS)}."))
    return makers[options.kind](options)


def _make_seq2seq(options: TranslatorOptions) -> Translator:
    _need(options, "model")
    settings = Seq2seqSettings(
        model=options.model,
        family=options.kind,
        prefix=options.prefix,
        beams=options.beams,
        batch_size=options.batch_size,
        max_ratio=options.max_ratio,
        every_sentence=options.every_sentence,
        with_scores=options.with_scores,
    )
    return Seq2seqTranslator(settings, device=options.device)


def _make_chat(options: TranslatorOptions) -> Translator:
    _need(options, "model")
    _need(options, "base_url")
    endpoint = Endpoint(options.model, options.base_url, options.key_variable)
    if options.timeout_s:
        endpoint = Endpoint(options.model, options.base_url, options.key_variable, options.timeout_s)
    return ChatTranslator(ChatSettings(endpoint, options.prompt, options.hint, n_workers=options.n_workers))


def _make_command(options: TranslatorOptions) -> Translator:
    _need(options, "command")
    try:
        argv = tuple(shlex.split(options.command))
    except ValueError as err:
        fault = f"The command {options.command!r} cannot be split: {err}."
        raise EngineError(Problem("bad-setting", fault, "Close every quote.")) from err
    settings = CommandSettings(argv, options.timeout_s) if options.timeout_s else CommandSettings(argv)
    return CommandTranslator(settings)


def _need(options: TranslatorOptions, name: str) -> None:
    if not getattr(options, name):
        fault = f"The translator {options.kind} needs the setting {name.replace('_', '-')}."
        raise EngineError(Problem("missing-setting", fault, "Give it."))
