"""Translations that were made once: a file that every finished translation goes into at once.

A repeated run asks nothing, and a run that was interrupted goes on where it stopped.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from types import TracebackType

from projection.errors import Problem
from projection.keyed_file import KeyedFile
from projection.translate.base import Identity, Translation, Translator, identity_key


class TranslationCache:
    """An SQLite file of translations by the hash of text, languages and translator. Use it in a `with` block."""

    def __init__(self, path: Path) -> None:
        """Open or make the file. Raises `FormatError`, see `KeyedFile`."""
        self._file = KeyedFile(path, table="translations", what="cache of translations")

    def __enter__(self) -> TranslationCache:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, err: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def __len__(self) -> int:
        return len(self._file)

    def get(self, keys: Sequence[str]) -> dict[str, Translation]:
        """Those of the keys that are known."""
        return {key: _read(value) for key, value in self._file.get(keys).items()}

    def put(self, rows: Mapping[str, tuple[str, Translation]]) -> None:
        """Store (source text, translation) by key, in one transaction."""
        self._file.put({key: (text, _write(translation)) for key, (text, translation) in rows.items()})


def _write(translation: Translation) -> str:
    problem = None if translation.problem is None else asdict(translation.problem)
    return json.dumps({"text": translation.text, "score": translation.score, "problem": problem}, ensure_ascii=False)


def _read(value: str) -> Translation:
    record = json.loads(value)
    problem = None if record["problem"] is None else Problem(**record["problem"])
    return Translation(record["text"], record["score"], problem)


def translation_key(translator_key: str, text: str, *, src_lang: str, tgt_lang: str) -> str:
    """Under what a translation is stored."""
    parts = json.dumps([translator_key, src_lang, tgt_lang, text], ensure_ascii=True)
    return hashlib.sha256(parts.encode()).hexdigest()


class CachedTranslator:
    """A translator that asks another one only for what is not in the cache, each text once.

    Attributes:
        n_known: texts found in the cache so far.
        n_asked: different texts that the other translator was asked for.
    """

    def __init__(
        self,
        inner: Translator,
        cache: TranslationCache | None,
        *,
        chunk: int = 32,
        progress: Callable[[float], None] = lambda _: None,
    ) -> None:
        """Without a cache, texts are still asked once each and in chunks.

        Args:
            inner: who is asked.
            cache: where translations are kept.
            chunk: texts after which what was found is stored.
            progress: gets the finished share of the texts of each call.
        """
        self._inner = inner
        self._cache = cache
        self._chunk = chunk
        self._progress = progress
        self._key = ""
        self.n_known = 0
        self.n_asked = 0

    @property
    def identity(self) -> Identity:
        return self._inner.identity

    def translate(self, texts: Sequence[str], *, src_lang: str, tgt_lang: str) -> list[Translation]:
        """Translations in the order of the texts; those without a text are not stored, so that they are asked again."""
        self._key = self._key or identity_key(self.identity)
        keys = {text: translation_key(self._key, text, src_lang=src_lang, tgt_lang=tgt_lang) for text in texts}
        known = {} if self._cache is None else self._cache.get(list(keys.values()))
        found = {text: known[key] for text, key in keys.items() if key in known}
        missing = [text for text in keys if text not in found]
        self.n_known += len(found)
        for start in range(0, len(missing), self._chunk):
            self._progress(1 - (len(missing) - start) / len(keys))
            part = missing[start : start + self._chunk]
            answers = self._inner.translate(part, src_lang=src_lang, tgt_lang=tgt_lang)
            self.n_asked += len(part)
            fresh = dict(zip(part, answers, strict=True))
            found |= fresh
            self._keep({keys[text]: (text, each) for text, each in fresh.items() if not each.is_missing})
        self._progress(1.0)
        return [found[text] for text in texts]

    def _keep(self, rows: Mapping[str, tuple[str, Translation]]) -> None:
        if self._cache is not None:
            self._cache.put(rows)
