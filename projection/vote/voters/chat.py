"""A chat model behind an endpoint: hosted ones, and servers such as vLLM, Ollama or llama.cpp."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from projection.remote import ChatClient, Endpoint, random_jitter
from projection.vote.asking import Request
from projection.vote.ballots import Usage
from projection.vote.limits import Gate, Limits, Prices, Stop
from projection.vote.voters.base import Reply

# Fewer characters than most tokenizers make one token of, so that budgets are not exceeded.
_CHARS_PER_TOKEN = 2.0


@dataclass(frozen=True, slots=True)
class ChatSettings:
    """How a chat model is asked.

    Attributes:
        endpoint: where it answers.
        temperature: 0 asks for the likeliest answer.
        seed: sent along where the endpoint takes one.
        max_tokens: longest answer; also what is set aside of the budget before each request.
        limits: how fast and for how much.
        prices: what tokens cost.
    """

    endpoint: Endpoint
    temperature: float = 0.0
    seed: int | None = 0
    max_tokens: int = 2048
    limits: Limits = field(default_factory=Limits)
    prices: Prices = field(default_factory=Prices)


class ChatModel:
    """Sends requests to an endpoint within the limits; waits where it is busy; never shows the key."""

    def __init__(self, settings: ChatSettings, *, key: str = "") -> None:
        """Prepare requests; nothing is sent yet.

        Args:
            settings: how it is asked.
            key: the key, for callers that keep it elsewhere than in the environment.

        Raises:
            EngineError: see `ChatClient`.
        """
        self._settings = settings
        self._gate = Gate(settings.limits)
        self._client = ChatClient(settings.endpoint, key=key, jitter=random_jitter, on_busy=self._gate.pause)

    @property
    def gate(self) -> Gate:
        return self._gate

    @property
    def identity(self) -> Mapping[str, Any]:
        settings = self._settings
        how = {"temperature": settings.temperature, "seed": settings.seed, "max_tokens": settings.max_tokens}
        return {"kind": "chat", "model": settings.endpoint.model, "base_url": _bare(settings.endpoint.base_url), **how}

    def reply(self, request: Request, *, stop: Stop) -> Reply:
        """The answer to a request.

        Raises:
            EngineError: see `Voter`; `BudgetError` before a request that could exceed the budget.
        """
        settings = self._settings
        n_sent = int((len(request.system) + len(request.user)) / _CHARS_PER_TOKEN) + 1
        reserved = settings.prices.cost(n_sent, settings.max_tokens)
        self._gate.enter(n_tokens=n_sent, cost=reserved, stop=stop)
        began = time.monotonic()
        usage = Usage()
        try:
            answer, _ = self._client.ask_structured(
                request.system,
                request.user,
                request.schema,
                temperature=settings.temperature,
                seed=settings.seed,
                max_tokens=settings.max_tokens,
                wait=stop.wait,
            )
            cost = settings.prices.cost(answer.n_input_tokens, answer.n_output_tokens)
            seconds = time.monotonic() - began
            usage = Usage(1, answer.n_input_tokens, answer.n_output_tokens, cost, seconds)
        finally:
            n_tokens = usage.n_input_tokens + usage.n_output_tokens
            more = n_tokens - n_sent if n_tokens else 0
            self._gate.leave(reserved=reserved, cost=usage.cost, n_more_tokens=more)
        return Reply(answer.text, answer.finish, usage)


def _bare(url: str) -> str:
    """An address without a name and password in it."""
    parts = urlsplit(url)
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))
