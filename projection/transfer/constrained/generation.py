"""Beam search of a language model over the texts that the automaton allows."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from projection.errors import EngineError, Problem
from projection.neural import LoadedModel
from projection.transfer.constrained.automaton import Ids, TaggedSpan, TaggingAutomaton, TagIds


@dataclass(frozen=True, slots=True)
class Tagging:
    """One way to tag the words.

    Attributes:
        spans: in text order.
        log_prob: natural logarithm of the model's probability of the whole text with its tags.
    """

    spans: tuple[TaggedSpan, ...]
    log_prob: float


def tag_words(
    loaded: LoadedModel, prompt: str, words: Sequence[str], labels: Sequence[str], *, max_spans: int, n_beams: int
) -> list[Tagging]:
    """The likeliest ways to tag the words, best first.

    Args:
        loaded: a sequence-to-sequence or causal model; the prompt is the input of the one, the beginning of the other.
        prompt: what the model sees.
        words: words to be written out; they cannot be changed by the model.
        labels: labels that may be used.
        max_spans: most spans.
        n_beams: beams, and at most so many results.

    Raises:
        EngineError: `text-too-long` when prompt and words do not fit into the model; `bad-model` for a tokenizer
            without an end token or an unknown word.
    """
    import torch  # noqa: PLC0415

    tokenizer, model = loaded.tokenizer, loaded.model
    if tokenizer.eos_token_id is None:
        raise _bad_model(loaded, "has no end token")
    automaton = TaggingAutomaton(
        word_ids(loaded, words), tag_ids(loaded, labels), end_id=tokenizer.eos_token_id, max_spans=max_spans
    )
    is_encoder_decoder = bool(model.config.is_encoder_decoder)
    prompt_ids = tokenizer(prompt, add_special_tokens=is_encoder_decoder, verbose=False)["input_ids"]
    _check_length(loaded, len(prompt_ids), automaton.max_tokens)
    n_before = 1 if is_encoder_decoder else len(prompt_ids)
    inputs = torch.tensor([prompt_ids], device=loaded.device)
    with torch.inference_mode():
        found = model.generate(
            inputs,
            attention_mask=torch.ones_like(inputs),
            prefix_allowed_tokens_fn=lambda _, written: automaton.allowed(written[n_before:].tolist()),
            num_beams=n_beams,
            num_return_sequences=n_beams,
            max_new_tokens=automaton.max_tokens,
            min_new_tokens=None,
            do_sample=False,
            length_penalty=0.0,
            early_stopping=True,
            return_dict_in_generate=True,
            output_scores=True,
            eos_token_id=tokenizer.eos_token_id,
            pad_token_id=tokenizer.eos_token_id if tokenizer.pad_token_id is None else tokenizer.pad_token_id,
        )
    return _read(automaton, [row[n_before:] for row in found.sequences.tolist()], found.sequences_scores.tolist())


def _read(automaton: TaggingAutomaton, rows: Sequence[Sequence[int]], scores: Sequence[float]) -> list[Tagging]:
    best: dict[tuple[TaggedSpan, ...], float] = {}
    for row, score in zip(rows, scores, strict=True):
        spans = automaton.read(row)
        if spans is not None and math.isfinite(score):
            best[spans] = max(score, best.get(spans, -math.inf))
    return sorted(
        (Tagging(spans, score) for spans, score in best.items()), key=lambda each: (-each.log_prob, each.spans)
    )


def word_ids(loaded: LoadedModel, words: Sequence[str]) -> list[Ids]:
    """Token ids of each word in its place; a word that the tokenizer makes nothing of is its unknown token.

    Raises:
        EngineError: `bad-model` where it has none.
    """
    return [_ids(loaded, word if number == 0 else f" {word}") for number, word in enumerate(words)]


def tag_ids(loaded: LoadedModel, labels: Sequence[str]) -> TagIds:
    """Token ids of the tags of labels: `<LOC>` and `</LOC>`."""
    opening: Mapping[str, Ids] = {label: _ids(loaded, f" {open_tag(label)}") for label in labels}
    closing: Mapping[str, Ids] = {label: _ids(loaded, f" {close_tag(label)}") for label in labels}
    return TagIds(opening, closing)


def open_tag(label: str) -> str:
    return f"<{label}>"


def close_tag(label: str) -> str:
    return f"</{label}>"


def _ids(loaded: LoadedModel, text: str) -> Ids:
    end = loaded.tokenizer.eos_token_id
    ids = [token for token in loaded.tokenizer(text, add_special_tokens=False)["input_ids"] if token != end]
    if ids:
        return tuple(ids)
    if loaded.tokenizer.unk_token_id is None:
        raise _bad_model(loaded, f"cannot write {text.strip()!r}")
    return (int(loaded.tokenizer.unk_token_id),)


def _bad_model(loaded: LoadedModel, fault: str) -> EngineError:
    return EngineError(Problem("bad-model", f"The tokenizer of {loaded.name} {fault}.", "Take another model."))


def _check_length(loaded: LoadedModel, n_prompt: int, n_new: int) -> None:
    config: Any = loaded.model.config
    limit = getattr(config, "max_position_embeddings", None) or getattr(config, "n_positions", None)
    if config.model_type in _RELATIVE or limit is None:
        return
    needed = max(n_prompt, n_new) if config.is_encoder_decoder else n_prompt + n_new
    if needed > limit:
        fault = f"The text needs {needed} tokens; {loaded.name} takes {limit}."
        raise EngineError(Problem("text-too-long", fault, "Split it into sentences."))


_RELATIVE = frozenset({"t5", "mt5", "umt5", "longt5", "switch_transformers", "bloom"})
"""Architectures without a limit of positions, whatever their configuration names."""
