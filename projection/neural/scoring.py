"""How likely a sequence-to-sequence model finds given targets: log-probabilities token by token.

`score_targets` takes texts, `score_ids` token ids; both work in batches of alike lengths, run the encoder once for
targets of one source, and compute the output layer only where there is a target token. With the vocabularies of
multilingual models (250,000 entries) that layer is most of the cost.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from projection.errors import EngineError, Problem
from projection.neural.languages import forced_ids, tokenize_sources, tokenize_targets
from projection.neural.loading import LoadedModel

Floats = npt.NDArray[np.float64]
Ids = tuple[int, ...]

MAX_TOKENS = 1024
"""Target tokens of one batch, padding included: bounds the memory of the output layer."""


@dataclass(frozen=True, slots=True)
class TargetScore:
    """What a model thinks of one target given its source.

    Attributes:
        ids: token ids of the target with its end token; a language token at its beginning is given to the model and
            is not among them.
        log_probs: shape (len(ids),): natural logarithm of the probability of each token, all before it given.
    """

    ids: Ids
    log_probs: Floats

    @property
    def total(self) -> float:
        """Logarithm of the probability of the whole target."""
        return float(self.log_probs.sum())

    @property
    def mean(self) -> float:
        """The same for each token: the negative cross entropy in nats."""
        return float(self.log_probs.mean())


def score_targets(
    loaded: LoadedModel,
    sources: Sequence[str],
    targets: Sequence[str],
    *,
    src_lang: str = "",
    tgt_lang: str = "",
    batch_size: int = 32,
) -> list[TargetScore]:
    """Score targets[k] as a translation of sources[k].

    Args:
        loaded: from `load_model(..., task="seq2seq")`.
        sources: source texts; equal ones cost the encoder once in a batch.
        targets: target texts, one for each source.
        src_lang: BCP 47 code; needed by models of many languages only.
        tgt_lang: the same for the targets.
        batch_size: pairs in a batch.

    Raises:
        EngineError: `unknown-language`; `text-too-long` for a text of more tokens than the model has positions
            (nothing is truncated); `different-counts`.
    """
    if len(sources) != len(targets):
        fault = f"There are {len(sources)} sources and {len(targets)} targets."
        raise EngineError(Problem("different-counts", fault, "Give one target for each source."))
    if not sources:
        return []
    tokenizer = loaded.tokenizer
    src_ids = tokenize_sources(tokenizer, list(sources), src_lang=src_lang, tgt_lang=tgt_lang)
    tgt_ids = tokenize_targets(tokenizer, list(targets), tgt_lang=tgt_lang)
    n_forced = len(forced_ids(tokenizer, tgt_lang))
    return score_ids(loaded, src_ids, tgt_ids, n_forced=n_forced, batch_size=batch_size)


def score_ids(
    loaded: LoadedModel,
    sources: Sequence[Sequence[int]],
    targets: Sequence[Sequence[int]],
    *,
    n_forced: int = 0,
    batch_size: int = 32,
) -> list[TargetScore]:
    """Score token ids; the first `n_forced` ids of each target are given to the model and not scored.

    Raises:
        EngineError: `text-too-long`.
    """
    check_lengths(loaded, [*sources, *targets])
    pairs = [(tuple(source), tuple(target)) for source, target in zip(sources, targets, strict=True)]
    order = sorted(range(len(pairs)), key=lambda number: (len(pairs[number][1]), len(pairs[number][0]), pairs[number]))
    found: dict[int, TargetScore] = {}
    for batch in _batches(order, pairs, batch_size):
        scores = _score_batch(loaded, [pairs[number] for number in batch], n_forced)
        found.update(zip(batch, scores, strict=True))
    return [found[number] for number in range(len(pairs))]


def longest_input(loaded: LoadedModel) -> int | None:
    """The most tokens of a text that the model has positions for; None for models with relative positions."""
    limit: int | None = getattr(loaded.model.config, "max_position_embeddings", None)
    return limit


def check_lengths(loaded: LoadedModel, texts: Sequence[Sequence[int]]) -> None:
    """Refuse texts that the model has no positions for.

    Raises:
        EngineError: `text-too-long`.
    """
    limit = longest_input(loaded)
    longest = max(map(len, texts), default=0)
    if limit is not None and longest > limit:
        fault = f"A text has {longest} tokens; {loaded.name} takes {limit}."
        raise EngineError(Problem("text-too-long", fault, "Split it into sentences."))


def start_id(model: Any) -> int:
    """The token that decoding begins with."""
    config = model.config
    names = ("decoder_start_token_id", "bos_token_id", "pad_token_id")
    return next(int(found) for name in names if (found := getattr(config, name, None)) is not None)


def _batches(order: Sequence[int], pairs: Sequence[tuple[Ids, Ids]], batch_size: int) -> Iterator[list[int]]:
    """Consecutive pairs in batches of bounded count and of bounded numbers of target tokens."""
    batch: list[int] = []
    for number in order:
        is_full = len(batch) == batch_size or (len(batch) + 1) * len(pairs[number][1]) > MAX_TOKENS
        if batch and is_full:
            yield batch
            batch = []
        batch.append(number)
    if batch:
        yield batch


def _score_batch(loaded: LoadedModel, pairs: Sequence[tuple[Ids, Ids]], n_forced: int) -> list[TargetScore]:
    import torch  # noqa: PLC0415
    from transformers.modeling_outputs import BaseModelOutput  # noqa: PLC0415

    model, start = loaded.model, start_id(loaded.model)
    sources = list(dict.fromkeys(source for source, _ in pairs))
    rows = torch.tensor([sources.index(source) for source, _ in pairs], device=loaded.device)
    targets = [target for _, target in pairs]
    src, src_mask = padded_ids(loaded, sources)
    tgt, tgt_mask = padded_ids(loaded, targets)
    before = torch.cat([torch.full_like(tgt[:, :1], start), tgt[:, :-1]], dim=1)
    wanted = tgt_mask.bool()
    wanted[:, :n_forced] = False
    with torch.inference_mode():
        encoded = model.get_encoder()(input_ids=src, attention_mask=src_mask).last_hidden_state
        logits = logits_at(
            model,
            wanted,
            encoder_outputs=BaseModelOutput(last_hidden_state=encoded[rows]),
            attention_mask=src_mask[rows],
            decoder_input_ids=before,
            use_cache=False,
        )
        log_probs = torch.log_softmax(logits.float(), dim=-1).gather(1, tgt[wanted][:, None])[:, 0]
    parts = torch.split(log_probs.cpu().double(), [len(target) - n_forced for target in targets])
    return [TargetScore(tuple(target[n_forced:]), part.numpy()) for target, part in zip(targets, parts, strict=True)]


def padded_ids(loaded: LoadedModel, rows: Sequence[Ids]) -> tuple[Any, Any]:
    """Ids and mask of texts, filled up at the right; shape (n_rows, longest)."""
    import torch  # noqa: PLC0415

    pad = loaded.tokenizer.pad_token_id or 0
    longest = max(map(len, rows))
    ids = torch.tensor([[*row, *[pad] * (longest - len(row))] for row in rows], device=loaded.device)
    mask = torch.tensor([[1] * len(row) + [0] * (longest - len(row)) for row in rows], device=loaded.device)
    return ids, mask


def logits_at(model: Any, wanted: Any, **inputs: Any) -> Any:
    """Logits at the wanted positions only, shape (n_wanted, n_vocabulary).

    What goes into the output layer is cut down to these positions on its way. Where a model does something else with
    the layer, all logits are computed and cut down afterwards.
    """
    layer = model.get_output_embeddings()
    hook = layer.register_forward_pre_hook(lambda _, given: (given[0][wanted], *given[1:])) if layer else None
    try:
        logits = model(**inputs).logits
    finally:
        if hook is not None:
            hook.remove()
    return logits if logits.dim() == 2 else logits[wanted]
