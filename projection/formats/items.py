"""From the rows of a file to items."""

from __future__ import annotations

from projection.formats.base import Sentence
from projection.formats.pairing import Pair
from projection.text import tokenize
from projection.types import SOURCE, TARGET, Item, Segment, Side, Span

_ID_PREFIX: dict[Side, str] = {SOURCE: "s", TARGET: "t"}


def make_segment(sentence: Sentence, *, lang: str, side: Side) -> Segment:
    """A segment with the tokens of the file, or with those of `projection.text.tokenize` where the file has none."""
    tokens = sentence.tokens or tokenize(sentence.text, lang=lang)
    return Segment(text=sentence.text, lang=lang, side=side, tokens=tokens)


def make_spans(sentence: Sentence, *, side: Side, segment: int = 0, layer: str = "spans") -> tuple[Span, ...]:
    """Spans in characters, with ids `s1`, `s2`, ... on the source side and `t1`, `t2`, ... on the target side."""
    return tuple(
        Span(span.label, (sentence.interval_of(span),), segment, layer, id=f"{_ID_PREFIX[side]}{number}")
        for number, span in enumerate(sentence.spans, start=1)
    )


def make_pair_item(pair: Pair, *, src_lang: str, tgt_lang: str, layer: str = "spans") -> Item:
    """An item of a source segment (0) and a target segment (1) with the labels of both."""
    spans = (
        *make_spans(pair.source, side=SOURCE, segment=0, layer=layer),
        *make_spans(pair.target, side=TARGET, segment=1, layer=layer),
    )
    segments = (
        make_segment(pair.source, lang=src_lang, side=SOURCE),
        make_segment(pair.target, lang=tgt_lang, side=TARGET),
    )
    return Item(pair.id, segments, spans, document=pair.source.document or pair.target.document)


def make_sentence_item(sentence: Sentence, *, lang: str, side: Side = TARGET, layer: str = "spans") -> Item:
    """An item of one segment."""
    spans = make_spans(sentence, side=side, layer=layer)
    segment = make_segment(sentence, lang=lang, side=side)
    return Item(sentence.id, (segment,), spans, document=sentence.document)
