"""Chat models behind an endpoint that speaks the OpenAI protocol, on this machine or elsewhere."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from projection.errors import EngineError, Problem

_FIRST_WAIT_S = 1.0
_LONGEST_WAIT_S = 60.0
_TOO_MANY = 429
_SERVER_FAULT = 500
# Wrong or missing key, no right to the model, no such model or address: no other request will fare better.
_REFUSALS = {401, 403, 404}


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where a chat model answers.

    Attributes:
        model: its name at the endpoint.
        base_url: address up to the version: `http://localhost:8000/v1`.
        key_variable: environment variable that holds the key; "" for an endpoint that wants none.
        timeout_s: seconds to wait for one answer.
        n_attempts: how often a request is made when the endpoint is busy, fails or is too slow.
    """

    model: str
    base_url: str
    key_variable: str = ""
    timeout_s: float = 120.0
    n_attempts: int = 5


@dataclass(frozen=True, slots=True)
class Answer:
    """The text of an answer, and why it ended (`stop`, `length`, `content_filter`)."""

    text: str
    finish: str


class ChatClient:
    """Asks one model; the key is read from the environment, sent, and neither kept nor shown elsewhere."""

    def __init__(self, endpoint: Endpoint, *, sleep: Callable[[float], None] = time.sleep) -> None:
        """Prepare requests; nothing is sent yet.

        Raises:
            EngineError: `missing-module` without the package openai, `no-key`, `bad-url`.
        """
        try:
            import openai  # noqa: PLC0415
        except ImportError as err:
            remedy = "Install the part for remote models: pip install 'crossgloss[remote]'."
            raise EngineError(Problem("missing-module", "The package openai is not installed.", remedy)) from err
        if not endpoint.base_url.startswith(("http://", "https://")):
            fault = f"{endpoint.base_url!r} is no address of an endpoint."
            raise EngineError(Problem("bad-url", fault, "Give one like http://localhost:8000/v1."))
        self._endpoint = endpoint
        self._sleep = sleep
        self._openai: Any = openai
        self._client: Any = openai.OpenAI(
            base_url=endpoint.base_url,
            api_key=_read_key(endpoint.key_variable),
            timeout=endpoint.timeout_s,
            max_retries=0,
        )

    def ask(self, system: str, user: str, *, temperature: float = 0.0) -> Answer:
        """The answer to one message. Asks again only where the endpoint is busy (429), fails (5xx) or is too slow.

        Raises:
            EngineError: `remote-refused` where no other request will fare better; `remote-failed` else.
        """
        messages = [{"role": "system", "content": system}, {"role": "user", "content": user}]
        for attempt in range(1, self._endpoint.n_attempts + 1):
            try:
                answer = self._client.chat.completions.create(
                    model=self._endpoint.model, messages=messages, temperature=temperature
                )
            except self._openai.APITimeoutError as err:
                self._wait_or_give_up(attempt, "The endpoint did not answer in time.", None, err)
            except self._openai.APIStatusError as err:
                self._check_status(err)
                self._wait_or_give_up(attempt, _fault_of(err), err.response.headers, err)
            except self._openai.OpenAIError as err:
                fault = f"The endpoint cannot be reached or gives no answer: {err}"
                raise EngineError(Problem("remote-failed", fault, "Check its address.")) from err
            else:
                return _read_answer(answer)
        raise AssertionError("the last attempt returns or raises")

    def _check_status(self, err: Any) -> None:
        if err.status_code in _REFUSALS:
            remedy = "Check the name of the model, the address, and the key in the variable that you named."
            raise EngineError(Problem("remote-refused", _fault_of(err), remedy)) from err
        if err.status_code != _TOO_MANY and err.status_code < _SERVER_FAULT:
            raise EngineError(Problem("remote-failed", _fault_of(err), "Change the text or the prompt.")) from err

    def _wait_or_give_up(self, attempt: int, fault: str, headers: Mapping[str, str] | None, err: Exception) -> None:
        """Wait twice as long after each attempt, or as long as the endpoint asks for."""
        if attempt == self._endpoint.n_attempts:
            fault = f"{fault} That was attempt {attempt} of {self._endpoint.n_attempts}."
            raise EngineError(Problem("remote-failed", fault, "Try again later.")) from err
        asked = _seconds((headers or {}).get("retry-after", ""))
        wait = asked if asked is not None else _FIRST_WAIT_S * 2 ** (attempt - 1)
        self._sleep(min(wait, _LONGEST_WAIT_S))


def _read_key(variable: str) -> str:
    """The key of a variable; a placeholder where no variable is named, so that none of another purpose is sent.

    Raises:
        EngineError: `no-key`.
    """
    if not variable:
        return "none"
    key = os.environ.get(variable, "").strip()
    if not key:
        fault = f"The environment variable {variable} holds no key."
        raise EngineError(Problem("no-key", fault, "Set it, or name another one."))
    return key


def _fault_of(err: Any) -> str:
    """The endpoint's own words on a status, without headers."""
    body = err.body if isinstance(err.body, dict) else {}
    said = str(body.get("message") or "").strip()
    return f"The endpoint answered with status {err.status_code}{': ' + said if said else '.'}"


def _seconds(value: str) -> float | None:
    try:
        return max(0.0, float(value))
    except ValueError:
        return None


def _read_answer(answer: Any) -> Answer:
    """Raises `EngineError` (`remote-failed`) for an answer that is not one of the protocol."""
    choices = getattr(answer, "choices", None)
    if not choices or getattr(choices[0], "message", None) is None:
        fault = "What the endpoint sent is no answer of a chat model."
        raise EngineError(Problem("remote-failed", fault, "Check that the address ends in the version, such as /v1."))
    return Answer(choices[0].message.content or "", choices[0].finish_reason or "")
