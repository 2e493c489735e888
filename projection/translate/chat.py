"""Translation by a chat model behind an endpoint."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from projection.errors import EngineError, Problem
from projection.remote import Answer, ChatClient, Endpoint
from projection.text import language_name
from projection.translate.base import Identity, NonBlank, Translation

PROMPT = (
    "Translate the text of the user from {src_name} to {tgt_name}. "
    "Answer with the translation only, without quotes or remarks. {hint}"
)
_MAX_FAILURES = 10


@dataclass(frozen=True, slots=True)
class ChatSettings:
    """How a chat model translates.

    Attributes:
        endpoint: where it answers.
        prompt: its instruction; `{src_name}` and `{tgt_name}` stand for the languages, `{hint}` for `hint`.
        hint: what it must know about markers in the texts.
        temperature: 0 asks for the likeliest answer, more for more varied ones.
        n_workers: requests made at the same time.
    """

    endpoint: Endpoint
    prompt: str = PROMPT
    hint: str = ""
    temperature: float = 0.0
    n_workers: int = 4


class ChatTranslator(NonBlank):
    """One request for each text; answers come back in the order of the texts."""

    def __init__(self, settings: ChatSettings, *, client: ChatClient | None = None) -> None:
        """Raises `EngineError`, see `ChatClient`."""
        self._settings = settings
        self._client = client or ChatClient(settings.endpoint)
        self._n_failures = 0

    @property
    def identity(self) -> Identity:
        endpoint = self._settings.endpoint
        how = {"prompt": self._settings.prompt, "hint": self._settings.hint, "temperature": self._settings.temperature}
        return {"kind": "chat", "model": endpoint.model, "base_url": endpoint.base_url, **how}

    def _translate(self, texts: Sequence[str], *, src_lang: str, tgt_lang: str) -> list[Translation]:
        """Translate; a text that the model fails on comes back with the problem.

        Raises:
            EngineError: `remote-refused`; `remote-down` after ten failures in a row, also over several calls.
        """
        names = {"src_name": language_name(src_lang), "tgt_name": language_name(tgt_lang), "hint": self._settings.hint}
        system = self._settings.prompt
        for name, value in names.items():
            system = system.replace(f"{{{name}}}", value)
        pool = ThreadPoolExecutor(max_workers=max(1, self._settings.n_workers))
        try:
            return [self._counted(found) for found in pool.map(lambda text: self._ask(system.strip(), text), texts)]
        finally:
            pool.shutdown(wait=True, cancel_futures=True)

    def _ask(self, system: str, text: str) -> Translation:
        try:
            answer = self._client.ask(system, text, temperature=self._settings.temperature)
        except EngineError as err:
            if err.problem.code == "remote-refused":
                raise
            return Translation("", None, err.problem)
        return Translation(answer.text.strip(), None, _find_problem(answer))

    def _counted(self, found: Translation) -> Translation:
        is_failure = found.problem is not None and found.problem.code == "remote-failed"
        self._n_failures = self._n_failures + 1 if is_failure else 0
        if found.problem is not None and self._n_failures >= _MAX_FAILURES:
            fault = f"{_MAX_FAILURES} requests failed in a row. The last one: {found.problem.message}"
            raise EngineError(Problem("remote-down", fault, "Try again later; what was translated is in the cache."))
        return found


def _find_problem(answer: Answer) -> Problem | None:
    if not answer.text.strip():
        reason = f" ({answer.finish})" if answer.finish not in ("", "stop") else ""
        return Problem("empty-translation", f"The model gave no text{reason}.", "Translate it another way.")
    if answer.finish == "length":
        return Problem("translation-cut", "The answer was stopped at its longest length.", "Shorten the text.")
    return None
