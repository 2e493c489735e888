"""The registry of projection engines: what can be chosen, with which settings, at what cost.

An engine turns items with source spans into candidates. The command line and the web application list and build
engines only through this module, so a new method is one entry here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, Protocol

from projection.errors import EngineError, Problem
from projection.types import Alignment, Candidate, Item

SettingKind = Literal["number", "integer", "choice", "boolean", "text"]
Resource = Literal["cpu", "gpu", "remote"]


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting of an engine: its name, kind, default and bounds, as shown in forms and `--help`."""

    name: str
    kind: SettingKind
    default: float | int | bool | str
    help: str
    choices: tuple[str, ...] = ()
    minimum: float | None = None
    maximum: float | None = None

    def read(self, value: object) -> float | int | bool | str:
        """Convert a value from a form or a command line.

        Raises:
            EngineError: when the value is not of this kind or out of bounds.
        """
        try:
            converted = self._convert(value)
        except (TypeError, ValueError) as err:
            raise self._error(f"{value!r} is not a {self.kind}") from err
        if self.choices and converted not in self.choices:
            raise self._error(f"{converted!r} is not one of {', '.join(self.choices)}")
        if isinstance(converted, (int, float)) and not isinstance(converted, bool):
            too_low = self.minimum is not None and converted < self.minimum
            too_high = self.maximum is not None and converted > self.maximum
            if too_low or too_high:
                raise self._error(f"{converted} is outside {self.minimum} to {self.maximum}")
        return converted

    def _convert(self, value: object) -> float | int | bool | str:
        if self.kind == "boolean":
            if isinstance(value, bool):
                return value
            lowered = str(value).strip().lower()
            if lowered in {"1", "true", "yes", "on"}:
                return True
            if lowered in {"0", "false", "no", "off", ""}:
                return False
            raise ValueError(lowered)
        if self.kind == "integer":
            return int(str(value))
        if self.kind == "number":
            return float(str(value))
        return str(value)

    def _error(self, fault: str) -> EngineError:
        return EngineError(
            Problem(
                code="bad-setting",
                message=f"{fault}.",
                remedy=f"Give a {self.kind}; the default is {self.default}.",
                place=f"setting {self.name}",
            )
        )


@dataclass(frozen=True, slots=True)
class Projection:
    """What an engine found for one item: its links and, for each source span, at least one candidate."""

    item_id: str
    alignment: Alignment | None
    candidates: tuple[Candidate, ...]


class Projector(Protocol):
    """An engine that was built with settings.

    `fit` learns from all items of a run (labels are never looked at) and may take long; `save`/`load` carry what was
    learned over a restart; `project` handles one item and is independent of the others.
    """

    def fit(self, items: Iterator[Item] | Sequence[Item], *, progress: Callable[[float], None]) -> None: ...

    def save(self, path: Path) -> None: ...

    def load(self, path: Path) -> None: ...

    def project(self, item: Item) -> Projection: ...


@dataclass(frozen=True, slots=True)
class Engine:
    """An entry of the registry.

    Attributes:
        name: identifier used in settings, exports and `--engine`.
        title: for people.
        summary: one sentence: what it does and when to choose it.
        settings: in the order in which forms show them.
        build: makes the projector from complete, converted settings.
        seconds_per_1000: CPU seconds for 1,000 sentence pairs of 20 tokens, measured, for cost estimates.
        versions: names and versions of what the result depends on.
        resource: what it waits for most: this machine's processors, a GPU, or a service elsewhere.
    """

    name: str
    title: str
    summary: str
    settings: tuple[Setting, ...]
    build: Callable[[Mapping[str, Any]], Projector]
    seconds_per_1000: float
    versions: Callable[[], dict[str, str]] = field(default=dict)
    resource: Resource = "cpu"

    def read_settings(self, given: Mapping[str, object]) -> dict[str, float | int | bool | str]:
        """Complete settings from those given, defaults filled in.

        Raises:
            EngineError: for an unknown name or a wrong value.
        """
        known = {setting.name: setting for setting in self.settings}
        for name in given:
            if name not in known:
                raise EngineError(
                    Problem(
                        code="unknown-setting",
                        message=f"The engine {self.name} has no setting {name!r}.",
                        remedy=f"Known settings: {', '.join(known) or 'none'}.",
                    )
                )
        return {name: setting.read(given.get(name, setting.default)) for name, setting in known.items()}

    def estimate_seconds(self, n_items: int) -> float:
        """Expected CPU seconds for a run over so many sentence pairs."""
        return self.seconds_per_1000 * n_items / 1000
