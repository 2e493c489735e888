"""Translation with markers around spans: target text and target spans at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from projection.markers import Marked, Reading, Reject, Scheme, insert_markers, read_markers
from projection.markers.base import reject
from projection.translate.base import Translation, Translator
from projection.types import Span


@dataclass(frozen=True, slots=True)
class MarkedTranslation:
    """A translation of one text with its spans.

    Attributes:
        translation: as the translator gave it, with markers.
        reading: the text without markers, target spans, and a reject for each source span without one.
    """

    translation: Translation
    reading: Reading


@dataclass(frozen=True, slots=True)
class MarkedText:
    """A source text with its spans by key."""

    text: str
    spans: Mapping[str, Span]


def translate_marked(
    translator: Translator,
    texts: Sequence[MarkedText],
    *,
    scheme: Scheme,
    src_lang: str,
    tgt_lang: str,
    segment: int = 1,
    min_ratio: float = 0.5,
) -> list[MarkedTranslation]:
    """Translate texts with markers around their spans, and read the markers.

    Texts without spans are translated as they are. With brackets, each span of a sentence with several is translated
    alone as well, to tell the brackets apart (EasyProject).

    Args:
        translator: who translates.
        texts: source texts with spans.
        scheme: kind of markers.
        src_lang: BCP 47 code.
        tgt_lang: BCP 47 code.
        segment: index of the target segment, for the target spans.
        min_ratio: for brackets, see `read_markers`.

    Raises:
        EngineError: the translator cannot work at all.
    """
    marked = [insert_markers(each.text, each.spans, scheme) for each in texts]
    asked = [_sent(each) for each in marked]
    found = translator.translate(asked, src_lang=src_lang, tgt_lang=tgt_lang)
    known = _translate_spans(translator, marked, src_lang, tgt_lang) if scheme == "brackets" else {}
    return [
        MarkedTranslation(translation, _read(each, translation, known, segment, min_ratio))
        for each, translation in zip(marked, found, strict=True)
    ]


def sent_text(text: MarkedText, scheme: Scheme) -> str:
    """What a translator is sent for a text."""
    return _sent(insert_markers(text.text, text.spans, scheme))


def _sent(marked: Marked) -> str:
    return marked.text if marked.marks else marked.plain


def _translate_spans(translator: Translator, marked: Sequence[Marked], src_lang: str, tgt_lang: str) -> dict[str, str]:
    """Translations of the single spans of texts that have several, by source string."""
    strings = [_surface(each, key) for each in marked if len(each.marks) > 1 for key in each.spans]
    wanted = list(dict.fromkeys(strings))
    found = translator.translate(wanted, src_lang=src_lang, tgt_lang=tgt_lang) if wanted else []
    return {string: translation.text for string, translation in zip(wanted, found, strict=True)}


def _surface(marked: Marked, key: str) -> str:
    return marked.spans[key].surface(marked.plain)


def _read(
    marked: Marked, translation: Translation, known: Mapping[str, str], segment: int, min_ratio: float
) -> Reading:
    if translation.is_missing:
        return Reading("", (), _all_rejected(marked))
    if not marked.marks:
        return Reading(translation.text, (), marked.rejects)
    surfaces = {key: known.get(_surface(marked, key), "") for key in marked.spans}
    return read_markers(marked, translation.text, segment=segment, surfaces=surfaces, min_ratio=min_ratio)


def _all_rejected(marked: Marked) -> tuple[Reject, ...]:
    known = {each.key: each for each in marked.rejects}
    fault = "the sentence was not translated."
    return tuple(
        known.get(key) or reject(key, span, marked.plain, "no-translation", fault) for key, span in marked.spans.items()
    )
