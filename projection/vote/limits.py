"""How fast and how much a voter may be asked: requests and tokens a minute, at the same time, for how much money."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from projection.errors import EngineError, Problem

_MINUTE_S = 60.0
# Longest wait after which it is looked whether the work was stopped, or the endpoint wants to be left alone.
_LOOK_S = 0.5


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits of one voter; 0 means none.

    Attributes:
        requests_per_minute: evenly spread; after a pause as many as `n_workers` may go at once.
        tokens_per_minute: sent and received.
        n_workers: requests at the same time, at least 1.
        budget: in the currency of the prices; no request is begun that could exceed it.
        max_failures: failures in a row after which the voter is not asked any more.
    """

    requests_per_minute: float = 0.0
    tokens_per_minute: float = 0.0
    n_workers: int = 4
    budget: float = 0.0
    max_failures: int = 10

    def __post_init__(self) -> None:
        amounts = (self.requests_per_minute, self.tokens_per_minute, self.budget)
        if min(amounts) < 0 or self.n_workers < 1 or self.max_failures < 1:
            remedy = "Give no negative amounts, and at least one worker."
            raise EngineError(Problem("bad-setting", "A limit is out of range.", remedy))


_DEFAULTS = Limits()


@dataclass(frozen=True, slots=True)
class Prices:
    """What a million tokens cost."""

    per_million_input: float = 0.0
    per_million_output: float = 0.0

    def cost(self, n_input_tokens: int, n_output_tokens: int) -> float:
        """Of so many tokens."""
        return (n_input_tokens * self.per_million_input + n_output_tokens * self.per_million_output) / 1e6


class Stop(Protocol):
    """Says that the work shall end; an event of `threading` is one."""

    def is_set(self) -> bool: ...

    def wait(self, timeout: float | None = None) -> bool: ...


class BudgetError(EngineError):
    """The next request could cost more than is left."""


@dataclass
class Gate:
    """Lets requests through as the limits allow; one gate for all threads of a voter.

    Attributes:
        limits: of the voter.
        clock: seconds, never going back.
        spent: what the requests so far cost.
    """

    limits: Limits
    clock: Callable[[], float] = time.monotonic
    spent: float = 0.0
    _reserved: float = 0.0
    _next_request: float = field(default=0.0, repr=False)
    _next_token: float = field(default=0.0, repr=False)
    _busy_until: float = field(default=0.0, repr=False)
    _changed: threading.Condition = field(default_factory=threading.Condition, repr=False)

    def enter(self, *, n_tokens: int, cost: float, stop: Stop) -> None:
        """Wait until a request of about so many tokens and at most so much cost may go.

        Raises:
            BudgetError: `budget-spent`.
            EngineError: `stopped`.
        """
        self._reserve(cost, stop)
        try:
            self._wait(self._book(n_tokens), stop)
        except EngineError:
            self._settle(cost, 0.0)
            raise

    def leave(self, *, reserved: float, cost: float, n_more_tokens: int = 0) -> None:
        """Say what a request did cost, and how many tokens it took beyond those that were announced."""
        self._settle(reserved, cost)
        rate = self.limits.tokens_per_minute
        if rate:
            with self._changed:
                self._next_token += n_more_tokens * _MINUTE_S / rate

    def pause(self, seconds: float) -> None:
        """Let nothing through for a while: the endpoint asks for it."""
        with self._changed:
            self._busy_until = max(self._busy_until, self.clock() + seconds)

    def _reserve(self, cost: float, stop: Stop) -> None:
        with self._changed:
            while self.limits.budget and self.spent + self._reserved + cost > self.limits.budget:
                if stop.is_set():
                    raise _stopped()
                if not self._reserved:
                    fault = f"{self.spent:.4f} of the budget of {self.limits.budget:g} are spent."
                    raise BudgetError(Problem("budget-spent", fault, "Raise the budget; what was answered is kept."))
                # Another request may turn out cheaper than what is reserved for it.
                self._changed.wait(_LOOK_S)
            self._reserved += cost

    def _settle(self, reserved: float, cost: float) -> None:
        with self._changed:
            self._reserved = max(0.0, self._reserved - reserved)
            self._reserved = 0.0 if self._reserved < 1e-12 else self._reserved
            self.spent += cost
            self._changed.notify_all()

    def _book(self, n_tokens: int) -> float:
        """Take a place in both queues; when it is due."""
        limits = self.limits
        n_at_once = limits.n_workers - 1
        rates = (limits.requests_per_minute, limits.tokens_per_minute)
        steps = [size * _MINUTE_S / rate if rate else 0.0 for size, rate in zip((1, n_tokens), rates, strict=True)]
        with self._changed:
            now = self.clock()
            turns = [
                max(turn, now - step * n_at_once) if rate else now
                for turn, step, rate in zip((self._next_request, self._next_token), steps, rates, strict=True)
            ]
            due = max(now, *turns)
            # Waiting for the one queue does not count as time saved in the other.
            taken = [max(turn, due - step * n_at_once) + step for turn, step in zip(turns, steps, strict=True)]
            self._next_request, self._next_token = taken
            return due

    def _wait(self, due: float, stop: Stop) -> None:
        while True:
            if stop.is_set():
                raise _stopped()
            left = max(due, self._busy_until) - self.clock()
            if left <= 0:
                return
            stop.wait(min(left, _LOOK_S))


def _stopped() -> EngineError:
    return EngineError(Problem("stopped", "The work was stopped.", "Start it again: what was answered is kept."))


class Never:
    """A stop that never comes."""

    def is_set(self) -> bool:
        return False

    def wait(self, timeout: float | None = None) -> bool:
        time.sleep(timeout or 0.0)
        return False


NEVER: Stop = Never()


def read_limits(settings: Mapping[str, Any]) -> Limits:
    """Limits from JSON values. Raises `EngineError` (`bad-setting`)."""
    try:
        return Limits(
            requests_per_minute=float(settings.get("requests_per_minute", 0)),
            tokens_per_minute=float(settings.get("tokens_per_minute", 0)),
            n_workers=int(settings.get("n_workers", _DEFAULTS.n_workers)),
            budget=float(settings.get("budget", 0)),
            max_failures=int(settings.get("max_failures", _DEFAULTS.max_failures)),
        )
    except (TypeError, ValueError) as err:
        raise EngineError(Problem("bad-setting", "A limit is no number.", "Give numbers.")) from err
