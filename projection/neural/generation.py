"""Text written by sequence-to-sequence models: beam search in batches of alike lengths."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from projection.neural.loading import LoadedModel
from projection.neural.scoring import check_lengths, start_id


def generate_texts(
    loaded: LoadedModel,
    sources: Sequence[Sequence[int]],
    *,
    n_beams: int = 1,
    n_returned: int = 1,
    max_new_tokens: int = 256,
    forced: Sequence[int] = (),
    batch_size: int = 8,
) -> list[list[str]]:
    """The likeliest outputs for each source, best first.

    Args:
        loaded: from `load_model(..., task="seq2seq")`.
        sources: token ids of each source, with what the model wants around them.
        n_beams: width of the search; 1 is greedy.
        n_returned: outputs for each source, at most `n_beams`.
        max_new_tokens: an output ends here at the latest.
        forced: id of the language token that outputs begin with, or nothing.
        batch_size: sources in a batch.

    Raises:
        EngineError: `text-too-long` for a source of more tokens than the model has positions.
    """
    check_lengths(loaded, sources)
    order = sorted(range(len(sources)), key=lambda number: len(sources[number]))
    found: dict[int, list[str]] = {}
    for first in range(0, len(order), batch_size):
        batch = order[first : first + batch_size]
        rows = _generate(loaded, [sources[number] for number in batch], n_beams, n_returned, max_new_tokens, forced)
        texts = [_decode(loaded, row) for row in rows]
        for place, number in enumerate(batch):
            found[number] = texts[place * n_returned : (place + 1) * n_returned]
    return [found[number] for number in range(len(sources))]


def _generate(
    loaded: LoadedModel,
    sources: Sequence[Sequence[int]],
    n_beams: int,
    n_returned: int,
    max_new_tokens: int,
    forced: Sequence[int],
) -> list[list[int]]:
    import torch  # noqa: PLC0415

    pad, longest = loaded.tokenizer.pad_token_id or 0, max(map(len, sources))
    ids = torch.tensor([[*row, *[pad] * (longest - len(row))] for row in sources], device=loaded.device)
    mask = torch.tensor([[1] * len(row) + [0] * (longest - len(row)) for row in sources], device=loaded.device)
    options: dict[str, Any] = {"forced_bos_token_id": forced[0]} if forced else {}
    with torch.inference_mode():
        rows: list[list[int]] = loaded.model.generate(
            input_ids=ids,
            attention_mask=mask,
            num_beams=n_beams,
            num_return_sequences=n_returned,
            max_new_tokens=max_new_tokens,
            do_sample=False,
            **options,
        ).tolist()
    return [[token for token in row[1:] if token not in forced] for row in rows]


def _decode(loaded: LoadedModel, ids: Sequence[int]) -> str:
    """The text of ids without start, end and padding; other special tokens stay."""
    tokenizer = loaded.tokenizer
    around = {tokenizer.pad_token_id, tokenizer.eos_token_id, tokenizer.bos_token_id, start_id(loaded.model)}
    kept = [token for token in ids if token not in around]
    text: str = tokenizer.decode(kept, skip_special_tokens=False, clean_up_tokenization_spaces=False)
    return text.strip()
