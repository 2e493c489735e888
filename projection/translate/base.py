"""What every translator does, whatever is inside."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

from projection.errors import Problem

Identity = Mapping[str, Any]
"""What a translation depends on besides text and languages: kind, settings, versions. Holds JSON values and no key."""


@dataclass(frozen=True, slots=True)
class Translation:
    """The translation of one text.

    Attributes:
        text: the translation; "" when there is none.
        score: probability of a word piece on (geometric) average, 0 to 1; None where the translator gives none.
        problem: what is wrong with it (`translation-cut`, ...) or why there is none; None when all is well.
    """

    text: str
    score: float | None = None
    problem: Problem | None = None

    @property
    def is_missing(self) -> bool:
        """Whether the translator failed on the text. An empty text has an empty translation, which is none missing."""
        return not self.text and self.problem is not None


class Translator(Protocol):
    """Translates texts of one language into another.

    `translate` gives one translation for each text, in the same order; a text that cannot be translated comes back with
    a problem. What makes all of them impossible (a missing program, a refused key) is raised as `EngineError`.
    """

    @property
    def identity(self) -> Identity: ...

    def translate(self, texts: Sequence[str], *, src_lang: str, tgt_lang: str) -> list[Translation]: ...


class NonBlank:
    """For translators that should not be asked about texts without any letters: they come back as they are."""

    def translate(self, texts: Sequence[str], *, src_lang: str, tgt_lang: str) -> list[Translation]:
        """Translations of texts in their order; blank ones are their own."""
        asked = [text for text in texts if text.strip()]
        found = iter(self._translate(asked, src_lang=src_lang, tgt_lang=tgt_lang) if asked else [])
        return [next(found) if text.strip() else Translation(text) for text in texts]

    def _translate(self, texts: Sequence[str], *, src_lang: str, tgt_lang: str) -> list[Translation]:
        raise NotImplementedError


def identity_key(identity: Identity) -> str:
    """A hash of what a translator depends on, the same on every machine."""
    written = json.dumps(identity, sort_keys=True, ensure_ascii=True, default=str)
    return hashlib.sha256(written.encode()).hexdigest()


def at_item(problem: Problem, item_id: str, row: int = -1) -> Problem:
    """The problem of a translation with the item that it belongs to."""
    place = f"item {item_id}, {problem.place}" if problem.place else f"item {item_id}"
    return replace(problem, place=place, item_id=item_id, row=row)
