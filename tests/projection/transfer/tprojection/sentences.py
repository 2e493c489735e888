"""Sentence pairs for the tests of the assignment."""

from __future__ import annotations

from collections.abc import Sequence

from projection.formats import Pair, Sentence, make_pair_item
from projection.tagging import TokenSpan
from projection.text import join_tokens
from projection.transfer.decoder import SpanPair
from projection.types import Candidate, Item, Span


def make_item(
    source: str, target: str, spans: Sequence[tuple[str, int, int]], *, name: str = "1", tgt_lang: str = "es"
) -> Item:
    """An item of two sentences whose words are separated by blanks."""
    sides = []
    for text, own, lang in ((source, spans, "en"), (target, (), tgt_lang)):
        joined, tokens = join_tokens(text.split(), lang=lang)
        sides.append(Sentence(name, joined, tokens=tokens, spans=tuple(TokenSpan(*span) for span in own)))
    return make_pair_item(Pair(name, *sides), src_lang="en", tgt_lang=tgt_lang)


def split(item: Item) -> tuple[SpanPair, dict[str, Span]]:
    return SpanPair(item.source, item.target, 1), {span.id: span for span in item.spans}


def surfaces(candidates: Sequence[Candidate], text: str) -> list[str]:
    """Words of the first candidate of each span, or its reason."""
    return [
        candidate.span.surface(text) if candidate.span else candidate.reason
        for candidate in candidates
        if candidate.rank == 0
    ]
