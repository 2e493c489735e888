"""Fine-tuning of a text-to-text model on labelled sentences of the source language: each with itself.

The model learns to write into empty tags what they stand for in the sentence before them. At projection it gets the
translation with the tags of the source.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from projection.errors import EngineError, Problem
from projection.neural import LoadedModel
from projection.neural.languages import tokenize_sources, tokenize_targets
from projection.neural.scoring import start_id
from projection.text import tokenize
from projection.transfer.decoder import covered_tokens
from projection.transfer.tprojection.prompts import make_input, make_output, sentence_text, tag_tokens
from projection.types import Item, Segment, Span

_IGNORED = -100


class Example(NamedTuple):
    """One training pair and the item it comes from."""

    source: str
    target: str
    item_id: str


@dataclass(frozen=True, slots=True)
class TrainingSettings:
    """How the model is trained; the defaults are those of the published system.

    Attributes:
        learning_rate: highest rate; it rises linearly and falls with a cosine to 0 (AdamW).
        warmup_steps: steps of the rise, at most a tenth of all steps.
        epochs: passes through the examples (published: 4 for names and argument components, 10 for aspects).
        batch_size: examples in a step.
        max_length: most tokens of an input and of an output; longer examples are left out and named.
        seed: order of the examples, new embeddings and dropout.
        use_bf16: compute in bfloat16 (on a GPU; large T5 models overflow in float16).
    """

    learning_rate: float = 1e-4
    warmup_steps: int = 500
    epochs: int = 4
    batch_size: int = 8
    max_length: int = 256
    seed: int = 42
    use_bf16: bool = False


@dataclass(frozen=True, slots=True)
class TrainingReport:
    """What a training did.

    Attributes:
        n_examples: examples learned from.
        n_steps: steps taken.
        losses: mean loss (nats for each token) of each epoch.
        n_new_tokens: tags that the vocabulary lacked.
        problems: examples that were left out.
    """

    n_examples: int
    n_steps: int
    losses: tuple[float, ...]
    n_new_tokens: int
    problems: tuple[Problem, ...]


def make_examples(items: Iterable[Item], *, segment: int = 0) -> list[Example]:
    """Training pairs of labelled sentences; those without spans have nothing to learn from.

    Args:
        items: with the spans of one language.
        segment: index of the labelled segment in each item.
    """
    examples = []
    for item in items:
        own = item.segments[segment]
        tokenised = own if own.tokens else replace(own, tokens=tokenize(own.text, lang=own.lang))
        spans = sorted((span for span in item.spans if span.segment == segment), key=lambda span: span.intervals)
        found = [(span.label, _span_text(tokenised, span)) for span in spans]
        found = [(label, text) for label, text in found if text]
        if found:
            text = make_input(sentence_text(tokenised), [label for label, _ in found])
            examples.append(Example(text, make_output(found), item.id))
    return examples


def _span_text(segment: Segment, span: Span) -> str:
    tokens = covered_tokens(segment, span)
    return sentence_text(segment, tokens[0], tokens[-1] + 1) if tokens else ""


def train_proposer(
    loaded: LoadedModel,
    examples: Sequence[Example],
    *,
    lang: str,
    labels: Iterable[str],
    settings: TrainingSettings | None = None,
    progress: Callable[[float], None] = lambda _: None,
) -> TrainingReport:
    """Train the model in place.

    Args:
        loaded: from `load_model(..., task="seq2seq")`.
        examples: see `make_examples`.
        lang: language of the examples.
        labels: whose tags become one token each.
        settings: see `TrainingSettings`.
        progress: called with the share that is done.

    Raises:
        EngineError: `no-examples` where none is left to learn from; `bad-training` where the loss is not finite.
    """
    import torch  # noqa: PLC0415

    chosen = settings or TrainingSettings()
    torch.manual_seed(chosen.seed)
    n_new = add_tags(loaded, labels)
    encoded, problems = _encode(loaded, examples, lang, chosen.max_length)
    if not encoded:
        remedy = "Give labelled sentences, or raise the greatest length."
        raise EngineError(Problem("no-examples", "There is no labelled sentence to learn from.", remedy))
    loaded.model.train()
    try:
        losses = tuple(_losses(loaded, encoded, chosen, progress))
    finally:
        loaded.model.eval()
    n_steps = chosen.epochs * _n_batches(encoded, chosen)
    return TrainingReport(len(encoded), n_steps, losses, n_new, tuple(problems))


def add_tags(loaded: LoadedModel, labels: Iterable[str]) -> int:
    """Make each start and end tag one token of the model; returns how many were new."""
    from tokenizers import AddedToken  # noqa: PLC0415

    tags = [AddedToken(tag, normalized=False, special=False) for tag in tag_tokens(labels)]
    n_new: int = loaded.tokenizer.add_tokens(tags)
    if len(loaded.tokenizer) > loaded.model.get_input_embeddings().num_embeddings:
        loaded.model.resize_token_embeddings(len(loaded.tokenizer))
    return n_new


def save_proposer(loaded: LoadedModel, folder: Path) -> None:
    """Write model and tokenizer to a folder that `load_model` reads."""
    loaded.model.save_pretrained(folder)
    loaded.tokenizer.save_pretrained(folder)


_Encoded = tuple[list[int], list[int]]


def _encode(
    loaded: LoadedModel, examples: Sequence[Example], lang: str, max_length: int
) -> tuple[list[_Encoded], list[Problem]]:
    if not examples:
        return [], []
    tokenizer = loaded.tokenizer
    sources = tokenize_sources(tokenizer, [each.source for each in examples], src_lang=lang, tgt_lang=lang)
    targets = tokenize_targets(tokenizer, [each.target for each in examples], tgt_lang=lang)
    kept: list[_Encoded] = []
    problems: list[Problem] = []
    for example, source, target in zip(examples, sources, targets, strict=True):
        longest = max(len(source), len(target))
        if longest <= max_length:
            kept.append((source, target))
            continue
        fault = f"The sentence with its tags has {longest} tokens, more than {max_length}."
        remedy = "It was left out; raise the greatest length to learn from it."
        place = f"item {example.item_id}"
        problems.append(Problem("text-too-long", fault, remedy, place=place, item_id=example.item_id))
    return kept, problems


def _n_batches(examples: Sequence[_Encoded], settings: TrainingSettings) -> int:
    return math.ceil(len(examples) / settings.batch_size)


def _losses(
    loaded: LoadedModel, examples: Sequence[_Encoded], settings: TrainingSettings, progress: Callable[[float], None]
) -> Iterator[float]:
    """The mean loss of each epoch, one after the other."""
    import torch  # noqa: PLC0415

    n_batches = _n_batches(examples, settings)
    n_all = n_batches * settings.epochs
    optimiser = torch.optim.AdamW(loaded.model.parameters(), lr=settings.learning_rate)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimiser, rate_factor(n_all, settings.warmup_steps))
    order = np.random.default_rng(settings.seed)
    n_steps = 0
    for _ in range(settings.epochs):
        shuffled = order.permutation(len(examples))
        losses = []
        for part in np.array_split(shuffled, n_batches):
            with torch.autocast(loaded.device.split(":")[0], dtype=torch.bfloat16, enabled=settings.use_bf16):
                loss = loaded.model(**_batch(loaded, [examples[number] for number in part])).loss
            loss.backward()
            torch.nn.utils.clip_grad_norm_(loaded.model.parameters(), 1.0)
            optimiser.step()
            schedule.step()
            optimiser.zero_grad()
            losses.append(_finite(float(loss.detach())))
            n_steps += 1
            progress(n_steps / n_all)
        yield float(np.mean(losses))


def rate_factor(n_steps: int, warmup_steps: int) -> Callable[[int], float]:
    """Share of the highest learning rate at each step: a linear rise from 0, then half a cosine down to 0."""
    rise = max(1, min(warmup_steps, n_steps // 10))

    def factor(step: int) -> float:
        if step < rise:
            return (step + 1) / rise
        return 0.5 * (1.0 + math.cos(math.pi * min(1.0, (step - rise) / max(1, n_steps - rise))))

    return factor


def _batch(loaded: LoadedModel, examples: Sequence[_Encoded]) -> dict[str, Any]:
    import torch  # noqa: PLC0415

    pad = loaded.tokenizer.pad_token_id or 0
    sources = [source for source, _ in examples]
    targets = [target for _, target in examples]
    before = [[start_id(loaded.model), *target[:-1]] for target in targets]
    columns = {
        "input_ids": _filled(sources, pad),
        "attention_mask": _filled([[1] * len(source) for source in sources], 0),
        "decoder_input_ids": _filled(before, pad),
        "labels": _filled(targets, _IGNORED),
    }
    return {name: torch.tensor(rows, device=loaded.device) for name, rows in columns.items()}


def _filled(rows: Sequence[Sequence[int]], value: int) -> list[list[int]]:
    longest = max(map(len, rows))
    return [[*row, *[value] * (longest - len(row))] for row in rows]


def _finite(loss: float) -> float:
    if not math.isfinite(loss):
        remedy = "Lower the learning rate, or leave reduced precision."
        raise EngineError(Problem("bad-training", "The loss is not a finite number.", remedy))
    return loss
