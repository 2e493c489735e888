"""How likely a causal language model goes on with given texts: log-probabilities token by token."""

from __future__ import annotations

from collections.abc import Sequence

from projection.errors import EngineError, Problem
from projection.neural.loading import LoadedModel
from projection.neural.scoring import Ids, TargetScore, check_lengths, logits_at, padded_ids


def score_continuations(
    loaded: LoadedModel, prompts: Sequence[str], continuations: Sequence[str], *, batch_size: int = 16
) -> list[TargetScore]:
    """Score continuations[k] after prompts[k].

    Args:
        loaded: from `load_model(..., task="causal")`.
        prompts: what stands before; not scored.
        continuations: what is scored, one for each prompt; a blank at its beginning is part of it.
        batch_size: pairs in a batch.

    Returns:
        One score for each pair. No end token is added or scored.

    Raises:
        EngineError: `text-too-long` where both together have more tokens than the model has positions;
            `different-counts`; `empty-text` for a continuation without tokens.
    """
    if len(prompts) != len(continuations):
        fault = f"There are {len(prompts)} prompts and {len(continuations)} continuations."
        raise EngineError(Problem("different-counts", fault, "Give one continuation for each prompt."))
    pairs = [
        (_prompt_ids(loaded, prompt), _ids(loaded, text)) for prompt, text in zip(prompts, continuations, strict=True)
    ]
    if not all(text for _, text in pairs):
        raise EngineError(Problem("empty-text", "A continuation has no tokens.", "Give it some text."))
    check_lengths(loaded, [before + text for before, text in pairs])
    order = sorted(range(len(pairs)), key=lambda number: (len(pairs[number][0]) + len(pairs[number][1]), number))
    found: dict[int, TargetScore] = {}
    for start in range(0, len(order), batch_size):
        batch = order[start : start + batch_size]
        found.update(zip(batch, _score_batch(loaded, [pairs[number] for number in batch]), strict=True))
    return [found[number] for number in range(len(pairs))]


def _ids(loaded: LoadedModel, text: str) -> Ids:
    return tuple(loaded.tokenizer(text, add_special_tokens=False, verbose=False)["input_ids"])


def _prompt_ids(loaded: LoadedModel, prompt: str) -> Ids:
    """Ids of a prompt, with the model's start token where it has one: something must stand before what is scored."""
    tokenizer = loaded.tokenizer
    ids = _ids(loaded, prompt)
    first = next((each for each in (tokenizer.bos_token_id, tokenizer.eos_token_id) if each is not None), None)
    return ids if first is None else (first, *ids)


def _score_batch(loaded: LoadedModel, pairs: Sequence[tuple[Ids, Ids]]) -> list[TargetScore]:
    import torch  # noqa: PLC0415

    ids, mask = padded_ids(loaded, [before + text for before, text in pairs])
    wanted = torch.zeros_like(mask, dtype=torch.bool)
    for row, (before, text) in enumerate(pairs):
        # The logits of a position say what comes after it.
        wanted[row, len(before) - 1 : len(before) + len(text) - 1] = True
    following = torch.roll(ids, -1, dims=1)
    with torch.inference_mode():
        logits = logits_at(loaded.model, wanted, input_ids=ids, attention_mask=mask, use_cache=False)
        log_probs = torch.log_softmax(logits.float(), dim=-1).gather(1, following[wanted][:, None])[:, 0]
    parts = torch.split(log_probs.cpu().double(), [len(text) for _, text in pairs])
    return [TargetScore(text, part.numpy()) for (_, text), part in zip(pairs, parts, strict=True)]
