"""Language codes of translation models: each family writes them its own way (`de`, `deu_Latn`, `de_DE`, `>>deu<<`)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import langcodes
from langcodes.data_dicts import MACROLANGUAGES, NORMALIZED_MACROLANGUAGES

from projection.errors import EngineError, Problem

_CODE = re.compile(r"[a-z]{2,3}_[A-Z][A-Za-z]{1,3}")
_MARIAN_PREFIX = re.compile(r">>(.+)<<")
_MAX_DISTANCE = 10
# Codes of models that follow neither ISO 639 nor the macrolanguages of CLDR.
_SPECIAL = {"nso": "ns"}


def language_codes(tokenizer: Any) -> tuple[str, ...]:
    """The language codes that a tokenizer knows; empty for models of one pair of languages.

    Known are those of M2M100, NLLB, mBART and Marian models with several target languages.
    """
    by_code = getattr(tokenizer, "lang_code_to_id", None)
    if by_code:
        return tuple(by_code)
    if is_prefixed(tokenizer):
        prefixes = map(_MARIAN_PREFIX.fullmatch, tokenizer.supported_language_codes)
        return tuple(prefix[1] for prefix in prefixes if prefix)
    return tuple(token for token in tokenizer.all_special_tokens if _CODE.fullmatch(token))


def is_prefixed(tokenizer: Any) -> bool:
    """Whether the target language is named by a prefix of the source text (Marian)."""
    return bool(getattr(tokenizer, "supported_language_codes", None))


def find_language(tokenizer: Any, lang: str) -> str:
    """The tokenizer's own code of a BCP 47 language (`deu_Latn` for `de`), or "" for a tokenizer without codes.

    The language itself in one of the usual ways of writing it, else a close relative in the same script.

    Raises:
        EngineError: `unknown-language` where the tokenizer has codes, and none fits.
    """
    codes = language_codes(tokenizer)
    if not codes or lang in codes:
        return lang if codes else ""
    found = next((code for code in _ways_of_writing(lang) if code in codes), None) or _closest(lang, codes)
    if found is None:
        fault = f"The model has no language {lang!r}."
        remedy = f"Name the language, or take a model that knows it. It knows {', '.join(codes[:10])}, ..."
        raise EngineError(Problem("unknown-language", fault, remedy))
    return found


def _closest(lang: str, codes: tuple[str, ...]) -> str | None:
    """The code of a language that is understood by most speakers of this one and written in its script."""
    if not langcodes.tag_is_valid(lang):
        return None
    script = langcodes.Language.get(lang).maximize().script
    alike = [code for code in codes if langcodes.Language.get(code).maximize().script == script]
    found: str | None = langcodes.closest_supported_match(lang, alike, max_distance=_MAX_DISTANCE)
    return found


def _ways_of_writing(lang: str) -> Iterator[str]:
    """How models may write a language: as given, normalised, as its macrolanguage or as a member of it."""
    if not langcodes.tag_is_valid(lang):
        return
    written, normalised = (langcodes.Language.get(lang, normalize=each) for each in (False, True))
    usual_script = normalised.maximize().script
    tags = {tag.to_tag(): tag for tag in (written, normalised, normalised.prefer_macrolanguage())}
    for tag in tags.values():
        script = tag.script or usual_script
        for code in _codes_of(tag.language or ""):
            yield from (f"{code}_{tag.territory}", f"{code}_{str(tag.territory).lower()}", f"{code}_{script}", code)


def _codes_of(language: str) -> Iterator[str]:
    """Codes of two and three letters; for a macrolanguage those of its members, the standard one first."""
    yield language
    if language in _SPECIAL:
        yield _SPECIAL[language]
    try:
        yield langcodes.Language.make(language).to_alpha3()
    except LookupError:
        return
    for table in (NORMALIZED_MACROLANGUAGES, MACROLANGUAGES):
        yield from sorted(member for member, whole in table.items() if whole == language and len(member) == 3)


def tokenize_sources(tokenizer: Any, texts: list[str], *, src_lang: str, tgt_lang: str) -> list[list[int]]:
    """Token ids of texts to be translated, with what the model wants around them.

    Raises:
        EngineError: `unknown-language`.
    """
    if is_prefixed(tokenizer):
        texts = [f">>{find_language(tokenizer, tgt_lang)}<< {text}" for text in texts]
    elif code := find_language(tokenizer, src_lang):
        tokenizer.src_lang = code
    ids: list[list[int]] = tokenizer(texts, truncation=False, verbose=False)["input_ids"]
    return ids


def tokenize_targets(tokenizer: Any, texts: list[str], *, tgt_lang: str) -> list[list[int]]:
    """Token ids of translations, with what the model wants around them.

    Raises:
        EngineError: `unknown-language`.
    """
    if not is_prefixed(tokenizer) and (code := find_language(tokenizer, tgt_lang)):
        tokenizer.tgt_lang = code
    ids: list[list[int]] = tokenizer(text_target=texts, truncation=False, verbose=False)["input_ids"]
    return ids


def forced_ids(tokenizer: Any, tgt_lang: str) -> tuple[int, ...]:
    """The ids that every target begins with: that of its language, where the model wants one.

    Raises:
        EngineError: `unknown-language`.
    """
    code = "" if is_prefixed(tokenizer) else find_language(tokenizer, tgt_lang)
    if not code:
        return ()
    by_code = getattr(tokenizer, "lang_code_to_id", None)
    return (by_code[code] if by_code else tokenizer.convert_tokens_to_ids(code),)
