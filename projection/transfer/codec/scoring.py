"""Bracket scores of a sequence-to-sequence model, and the places of its tokens in the text."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from projection.neural import LoadedModel
from projection.neural.scoring import start_id
from projection.transfer.codec.search import Opened, Plain
from projection.types import Interval

Floats = npt.NDArray[np.float64]
Ids = tuple[int, ...]

BATCH_TOKENS = 256
"""Target tokens scored at once, padding included: bounds the memory of the output layer."""

_PUBLISHED_BRACKETS = {"NllbTokenizer": (709, 10109), "M2M100Tokenizer": (542, 11355), "MBartTokenizer": (378, 10114)}


class BracketIds(NamedTuple):
    """Token ids of the opening and the closing bracket."""

    opening: int
    closing: int


def bracket_ids(tokenizer: Any) -> BracketIds:
    """The ids of `[` and `]`: those of the published code where the tokenizer has them there, else its own.

    Raises:
        ValueError: the tokenizer does not know the brackets.
    """
    name = type(tokenizer).__name__.removesuffix("Fast")
    published = _PUBLISHED_BRACKETS.get(name, ())
    tokens = [tokenizer.convert_ids_to_tokens(number) for number in published if number < len(tokenizer)]
    if [str(token).strip("▁") for token in tokens] == ["[", "]"]:
        return BracketIds(*published)
    found = [tokenizer(sign, add_special_tokens=False)["input_ids"] for sign in "[]"]
    if not all(found) or tokenizer.unk_token_id in (found[0][-1], found[1][-1]):
        raise ValueError("the tokenizer does not know the brackets [ and ]")
    return BracketIds(found[0][-1], found[1][-1])


class ModelScores:
    """Scores of one translation given one source, see `search.BracketScores`."""

    def __init__(
        self,
        loaded: LoadedModel,
        source: Sequence[int],
        target: Sequence[int],
        brackets: BracketIds,
        *,
        n_forced: int = 0,
    ) -> None:
        """Prepare; nothing is computed yet.

        Args:
            loaded: a sequence-to-sequence model.
            source: token ids of the source text, with what the model wants around them.
            target: token ids of the translation, its end token included.
            brackets: ids of the brackets.
            n_forced: first ids of the target that are given to the model (its language).
        """
        self._loaded = loaded
        self._source = tuple(source)
        self._forced, self._target = tuple(target[:n_forced]), tuple(target[n_forced:])
        self._brackets = brackets

    def plain(self) -> Plain:
        """Without bracket."""
        tokens, opening = next(self._score([self._target], self._brackets.opening))
        return Plain(tokens, opening)

    def opened(self, starts: Sequence[int]) -> list[Opened]:
        """With an opening bracket before each of the tokens."""
        texts = [(*self._target[:start], self._brackets.opening, *self._target[start:]) for start in starts]
        scored = self._score(texts, self._brackets.closing)
        return [
            Opened(tokens[start + 1 :], closing[start + 1 :])
            for start, (tokens, closing) in zip(starts, scored, strict=True)
        ]

    def closed(self, ranges: Sequence[tuple[int, int]]) -> list[Floats]:
        """With both brackets: the tokens after the closing one."""
        opening, closing = self._brackets
        target = self._target
        texts = [(*target[:start], opening, *target[start:end], closing, *target[end:]) for start, end in ranges]
        scored = self._score(texts, closing)
        return [tokens[end + 2 :] for (_, end), (tokens, _) in zip(ranges, scored, strict=True)]

    @cached_property
    def _encoded(self) -> Any:
        import torch  # noqa: PLC0415

        ids = torch.tensor([self._source], device=self._loaded.device)
        with torch.inference_mode():
            return self._loaded.model.get_encoder()(input_ids=ids).last_hidden_state

    def _score(self, texts: Sequence[Ids], bracket: int) -> Iterator[tuple[Floats, Floats]]:
        """For each text the log-probabilities of its tokens, and of a bracket in the place of each."""
        n_rows = max(1, BATCH_TOKENS // max(map(len, texts), default=1))
        for first in range(0, len(texts), n_rows):
            yield from self._score_batch(texts[first : first + n_rows], bracket)

    def _score_batch(self, texts: Sequence[Ids], bracket: int) -> Iterator[tuple[Floats, Floats]]:
        import torch  # noqa: PLC0415
        from transformers.modeling_outputs import BaseModelOutput  # noqa: PLC0415

        model, n_forced = self._loaded.model, len(self._forced)
        longest = max(map(len, texts))
        pad = self._loaded.tokenizer.pad_token_id or 0
        rows = [[*self._forced, *text, *[pad] * (longest - len(text))] for text in texts]
        ids = torch.tensor(rows, device=self._loaded.device)
        before = torch.cat([torch.full_like(ids[:, :1], start_id(model)), ids[:, :-1]], dim=1)
        with torch.inference_mode():
            logits = model(
                encoder_outputs=BaseModelOutput(last_hidden_state=self._encoded.expand(len(texts), -1, -1)),
                decoder_input_ids=before,
                use_cache=False,
            ).logits[:, n_forced:]
            log_probs = torch.log_softmax(logits.float(), dim=-1)
            tokens = log_probs.gather(2, ids[:, n_forced:, None])[:, :, 0].cpu().double().numpy()
            brackets = log_probs[:, :, bracket].cpu().double().numpy()
        for text, token_row, bracket_row in zip(texts, tokens, brackets, strict=True):
            yield token_row[: len(text)], bracket_row[: len(text)]


def token_places(tokenizer: Any, text: str, ids: Sequence[int]) -> list[Interval]:
    """Where each token stands in the text, in code points; special tokens are empty places.

    Pieces are looked for one after the other, so that tokenizers without offsets will do. A piece that is not found
    (an unknown token, a changed character) reaches up to the next one that is.
    """
    special = set(tokenizer.all_special_ids)
    places: list[Interval] = []
    at = 0
    for token, piece in zip(ids, tokenizer.convert_ids_to_tokens(list(ids)), strict=True):
        wanted = "" if token in special and token != tokenizer.unk_token_id else str(piece).replace("▁", " ").strip()
        found = _find(text, wanted, at)
        places.append(Interval(at, at) if found is None else found)
        at = places[-1].end_char
    return _fill(places, ids, special - {tokenizer.unk_token_id}, len(text))


def _find(text: str, wanted: str, at: int) -> Interval | None:
    """The next place of a piece at or after a position, also where it is written in another normal form."""
    if not wanted:
        return None
    start = text.find(wanted, at)
    if start >= 0:
        return Interval(start, start + len(wanted))
    while at < len(text) and text[at].isspace():
        at += 1
    for end in range(at + 1, min(len(text), at + len(wanted) + 3) + 1):
        if unicodedata.normalize("NFKC", text[at:end]) == unicodedata.normalize("NFKC", wanted):
            return Interval(at, end)
    return None


def _fill(places: list[Interval], ids: Sequence[int], special: set[int], n_chars: int) -> list[Interval]:
    """Let pieces that were not found reach up to the next piece that was."""
    filled: list[Interval] = []
    following = n_chars
    for place, token in reversed(list(zip(places, ids, strict=True))):
        is_lost = place.start_char == place.end_char and token not in special
        filled.append(Interval(place.start_char, following) if is_lost else place)
        following = place.start_char
    return filled[::-1]
