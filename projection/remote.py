"""Chat models behind an endpoint that speaks the OpenAI protocol, on this machine or elsewhere."""

from __future__ import annotations

import os
import random
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from threading import Lock
from typing import Any, Literal

from projection.errors import EngineError, Problem

_FIRST_WAIT_S = 1.0
_LONGEST_WAIT_S = 60.0
_MAX_SAID = 500
_TOO_LATE = 408
_TOO_MANY = 429
_SERVER_FAULT = 500
# Wrong or missing key, no right to the model, no such model or address: no other request will fare better.
_REFUSALS = {401, 403, 404}
# The request is not understood, or is larger than the endpoint takes.
_BAD_REQUESTS = {400, 413, 422}

Shape = Literal["schema", "tool", "json", "plain"]
SHAPES: tuple[Shape, ...] = ("schema", "tool", "json", "plain")
"""How an answer of a given structure is asked for, the strictest first."""
_TOOL = "answer"
# What an endpoint may refuse by its name without refusing the rest.
_OPTIONS = ("seed", "temperature", "max_tokens")


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
    """The text of an answer, why it ended (`stop`, `length`, `content_filter`), and its tokens as far as it says."""

    text: str
    finish: str
    n_input_tokens: int = 0
    n_output_tokens: int = 0


class RejectedError(EngineError):
    """The endpoint works, and refuses this request: asking again would change nothing."""


@dataclass
class ChatClient:
    """Asks one model; the key is read from the environment or handed in, sent, and neither kept nor shown elsewhere.

    One client may be used by several threads. What the endpoint refused once (a schema, a seed) is not sent again.

    Attributes:
        endpoint: where it answers.
        key: the key, for callers that keep it elsewhere than in the environment.
        sleep: waits a number of seconds; what it returns is true where nothing shall be sent any more.
        jitter: a random share (0 to 1) that is added to each wait of our own.
        on_busy: is told for how long the endpoint wants to be left alone.
    """

    endpoint: Endpoint
    key: str = field(default="", repr=False)
    sleep: Callable[[float], object] = time.sleep
    jitter: Callable[[], float] = lambda: 0.0
    on_busy: Callable[[float], None] = lambda _: None
    _client: Any = field(init=False, repr=False)
    _openai: Any = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Prepare requests; nothing is sent yet.

        Raises:
            EngineError: `missing-module` without the package openai, `no-key`, `bad-url`.
        """
        try:
            import openai  # noqa: PLC0415
        except ImportError as err:
            remedy = "Install the part for remote models: pip install 'crossgloss[remote]'."
            raise EngineError(Problem("missing-module", "The package openai is not installed.", remedy)) from err
        if not self.endpoint.base_url.startswith(("http://", "https://")):
            fault = f"{self.endpoint.base_url!r} is no address of an endpoint."
            raise EngineError(Problem("bad-url", fault, "Give one like http://localhost:8000/v1."))
        self._openai = openai
        self._client = openai.OpenAI(
            base_url=self.endpoint.base_url,
            api_key=self.key or _read_key(self.endpoint.key_variable),
            timeout=self.endpoint.timeout_s,
            max_retries=0,
        )
        self.key = ""
        self._shapes = list(SHAPES)
        self._refused: set[str] = set()
        self._lock = Lock()

    def ask(self, system: str, user: str, *, temperature: float = 0.0) -> Answer:
        """The answer to one message. Asks again only where the endpoint is busy (429), fails (5xx) or is too slow.

        Raises:
            EngineError: `remote-refused` where no other request will fare better; `remote-failed` else.
        """
        return self._send({"messages": _messages(system, user), "temperature": temperature}, self.sleep)

    def ask_structured(
        self,
        system: str,
        user: str,
        schema: Mapping[str, Any],
        *,
        wait: Callable[[float], object] | None = None,
        **options: float | None,
    ) -> tuple[Answer, Shape]:
        """The answer to one message as JSON of a schema, by the strictest means that the endpoint offers.

        Tried in turn, each only after the endpoint refused the one before it (400 or 422): a JSON schema, a tool call,
        JSON without schema, plain text. What is refused while a laxer request is accepted is not tried again; an option
        that is refused by its name is left out from then on.

        Args:
            system: instructions.
            user: the message.
            schema: JSON schema of the answer.
            wait: waits instead of `sleep`, for this request.
            options: `temperature`, `seed`, `max_tokens`; None ones are not sent.

        Returns:
            The answer, and how it was asked for.

        Raises:
            RejectedError: where even the plain request is refused.
            EngineError: as `ask`.
        """
        body: dict[str, Any] = {"messages": _messages(system, user)}
        with self._lock:
            shapes = list(self._shapes)
        for number, shape in enumerate(shapes):
            try:
                answer = self._with_options(body | _shaped(shape, schema), options, wait or self.sleep)
            except RejectedError:
                if number == len(shapes) - 1:
                    raise
                continue
            with self._lock:
                self._shapes = [each for each in self._shapes if SHAPES.index(each) >= SHAPES.index(shape)]
            return answer, shape
        raise AssertionError("plain text is always among the shapes")

    def _with_options(
        self, body: Mapping[str, Any], options: Mapping[str, float | None], wait: Callable[[float], object]
    ) -> Answer:
        """Send with those options that the endpoint takes; one that it refuses by its name is left out at once."""
        while True:
            sent = {name: value for name, value in options.items() if value is not None and name not in self._refused}
            try:
                return self._send({**body, **sent}, wait)
            except RejectedError as err:
                named = [name for name in _OPTIONS if name in sent and name in err.problem.message]
                if not named:
                    raise
                with self._lock:
                    self._refused.update(named)

    def _send(self, body: Mapping[str, Any], wait: Callable[[float], object]) -> Answer:
        messages, options = body["messages"], {name: value for name, value in body.items() if name != "messages"}
        for attempt in range(1, self.endpoint.n_attempts + 1):
            try:
                # As extra, the body is sent as it is; otherwise each schema is walked through for its types.
                answer = self._client.chat.completions.create(
                    model=self.endpoint.model, messages=messages, extra_body=options
                )
            except self._openai.APITimeoutError as err:
                self._wait_or_give_up(attempt, "The endpoint did not answer in time.", None, err, wait)
            except self._openai.APIStatusError as err:
                self._check_status(err)
                self._wait_or_give_up(attempt, self._fault(err), err.response.headers, err, wait)
            except self._openai.OpenAIError as err:
                fault = f"The endpoint cannot be reached or gives no answer: {err}"
                raise EngineError(Problem("remote-failed", fault, "Check its address.")) from err
            except ValueError as err:
                # What it sent is no JSON, or has numbers where texts belong.
                raise EngineError(_NO_ANSWER) from err
            else:
                return _read_answer(answer)
        raise AssertionError("the last attempt returns or raises")

    def _fault(self, err: Any) -> str:
        return _fault_of(err, self._client.api_key)

    def _check_status(self, err: Any) -> None:
        if err.status_code in _REFUSALS:
            remedy = "Check the name of the model, the address, and the key in the variable that you named."
            raise EngineError(Problem("remote-refused", self._fault(err), remedy)) from err
        if err.status_code not in (_TOO_LATE, _TOO_MANY) and err.status_code < _SERVER_FAULT:
            kind = RejectedError if err.status_code in _BAD_REQUESTS else EngineError
            raise kind(Problem("remote-failed", self._fault(err), "Change the text or the prompt.")) from err

    def _wait_or_give_up(
        self,
        attempt: int,
        fault: str,
        headers: Mapping[str, str] | None,
        err: Exception,
        wait: Callable[[float], object],
    ) -> None:
        """Wait twice as long after each attempt, or as long as the endpoint asks for."""
        if attempt == self.endpoint.n_attempts:
            fault = f"{fault} That was attempt {attempt} of {self.endpoint.n_attempts}."
            raise EngineError(Problem("remote-failed", fault, "Try again later.")) from err
        asked = _seconds((headers or {}).get("retry-after", ""))
        seconds = asked if asked is not None else _FIRST_WAIT_S * 2 ** (attempt - 1) * (1 + self.jitter())
        seconds = min(seconds, _LONGEST_WAIT_S)
        if asked is not None:
            self.on_busy(seconds)
        if wait(seconds):
            raise EngineError(Problem("stopped", "The work was stopped.", "Start it again.")) from err


_NO_ANSWER = Problem(
    "remote-failed",
    "What the endpoint sent is no answer of a chat model.",
    "Check that the address ends in the version, such as /v1.",
)


def random_jitter() -> float:
    """A share by which waits differ, so that many clients do not come back at once."""
    return random.random() / 2


def _messages(system: str, user: str) -> list[dict[str, str]]:
    return [{"role": "system", "content": system}, {"role": "user", "content": user}]


def _shaped(shape: Shape, schema: Mapping[str, Any]) -> dict[str, Any]:
    """What a request has to hold to get its answer in a shape."""
    if shape == "schema":
        wanted = {"name": _TOOL, "strict": True, "schema": schema}
        return {"response_format": {"type": "json_schema", "json_schema": wanted}}
    if shape == "tool":
        function = {"name": _TOOL, "description": "Give the answers.", "parameters": schema}
        choice = {"type": "function", "function": {"name": _TOOL}}
        return {"tools": [{"type": "function", "function": function}], "tool_choice": choice}
    return {"response_format": {"type": "json_object"}} if shape == "json" else {}


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


def _fault_of(err: Any, key: str) -> str:
    """The endpoint's own words on a status, without headers, and without the key should it repeat that."""
    body = err.body if isinstance(err.body, dict) else {}
    said = str(body.get("message") or "").replace(key, "***").strip()[:_MAX_SAID]
    return f"The endpoint answered with status {err.status_code}{': ' + said if said else '.'}"


def _seconds(value: str) -> float | None:
    try:
        return max(0.0, float(value))
    except ValueError:
        return None


def _read_answer(answer: Any) -> Answer:
    """Raises `EngineError` (`remote-failed`) for an answer that is not one of the protocol."""
    choices = getattr(answer, "choices", None)
    if not isinstance(choices, list) or not choices or getattr(choices[0], "message", None) is None:
        raise EngineError(_NO_ANSWER)
    message = choices[0].message
    calls = getattr(message, "tool_calls", None) or ()
    written = [getattr(getattr(call, "function", None), "arguments", None) for call in calls]
    text = "\n".join(each for each in written if isinstance(each, str)) or message.content
    usage = getattr(answer, "usage", None)
    return Answer(
        text if isinstance(text, str) else "",
        str(choices[0].finish_reason or ""),
        _count(getattr(usage, "prompt_tokens", 0)),
        _count(getattr(usage, "completion_tokens", 0)),
    )


def _count(value: object) -> int:
    return value if isinstance(value, int) and value > 0 else 0
