"""What an engine of the registry is: its settings, needs, cost and how it is built."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.metadata import version
from importlib.util import find_spec
from typing import Any, Literal

from projection import __version__
from projection.errors import EngineError, Problem
from projection.programs import find_program
from projection.projectors import Projector

SettingKind = Literal["number", "integer", "choice", "boolean", "text", "model"]
Resource = Literal["cpu", "gpu", "remote"]

_KINDS: dict[SettingKind, str] = {
    "number": "a number",
    "integer": "an integer",
    "choice": "one of these",
    "boolean": "yes or no",
    "text": "a text",
    "model": "a model",
}


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting of an engine: its name, kind, default and bounds, as shown in forms and `--help`.

    A `model` is the folder of a model, or its id on a hub; an application may offer only those that its operator put
    into a folder. A setting that `is_required` has no default and must be given.
    """

    name: str
    kind: SettingKind
    default: float | int | bool | str
    help: str
    choices: tuple[str, ...] = ()
    minimum: float | None = None
    maximum: float | None = None
    is_required: bool = False

    def read(self, value: object) -> float | int | bool | str:
        """Convert a value from a form or a command line.

        Raises:
            EngineError: when the value is not of this kind or out of bounds.
        """
        try:
            converted = self._convert(value)
        except (TypeError, ValueError) as err:
            raise self._error(f"{value!r} is not {_KINDS[self.kind]}") from err
        if self.is_required and not converted:
            raise self._error("Nothing is given")
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
            number = float(str(value))
            if not math.isfinite(number):
                raise ValueError(value)
            return number
        return str(value)

    def _error(self, fault: str) -> EngineError:
        return EngineError(
            Problem(
                code="bad-setting",
                message=f"{fault}.",
                remedy=f"Give {_KINDS[self.kind]}" + ("." if self.is_required else f"; the default is {self.default}."),
                place=f"setting {self.name}",
            )
        )


@dataclass(frozen=True, slots=True)
class Requirement:
    """Something that an engine needs on the machine: an importable module, or a program on the search path.

    Attributes:
        name: of the module or program.
        kind: which of the two.
        remedy: how to get it.
    """

    name: str
    kind: Literal["module", "program"]
    remedy: str

    @property
    def is_met(self) -> bool:
        """Whether it is there; nothing is imported or run."""
        if self.kind == "module":
            return find_spec(self.name) is not None
        return find_program(self.name) is not None

    @property
    def problem(self) -> Problem:
        """What to say where it is missing."""
        return Problem(f"missing-{self.kind}", f"The {self.kind} {self.name} is not installed.", self.remedy)


NEURAL = tuple(
    Requirement(name, "module", "Install the neural part: pip install 'crossgloss[neural]'.")
    for name in ("torch", "transformers")
)


def _no_members(settings: Mapping[str, Any]) -> Sequence[tuple[Engine, Mapping[str, Any]]]:
    del settings
    return ()


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
        uses_links: aligns nothing itself and works only on items that carry alignments.
        makes_links: finds word links, with or without source spans.
        requirements: what must be installed.
        learns: whether it learns from the sentence pairs, so that what it learned can serve other pairs.
        members: for complete settings, the engines that it runs inside, each with its own complete settings.
    """

    name: str
    title: str
    summary: str
    settings: tuple[Setting, ...]
    build: Callable[[Mapping[str, Any]], Projector]
    seconds_per_1000: float
    versions: Callable[[], dict[str, str]] = field(default=dict)
    resource: Resource = "cpu"
    uses_links: bool = False
    makes_links: bool = False
    requirements: tuple[Requirement, ...] = ()
    learns: bool = False
    members: Callable[[Mapping[str, Any]], Sequence[tuple[Engine, Mapping[str, Any]]]] = field(default=_no_members)

    @property
    def is_model_required(self) -> bool:
        """Whether it cannot run without a pretrained model."""
        return any(setting.kind == "model" and setting.is_required for setting in self.settings)

    def list_missing(self) -> list[Problem]:
        """What this machine lacks for the engine."""
        return [requirement.problem for requirement in self.requirements if not requirement.is_met]

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

    def estimate_seconds(self, n_items: int, settings: Mapping[str, Any] | None = None) -> float:
        """Expected CPU seconds for a run over so many sentence pairs; with complete settings those of members too."""
        members = self.members(settings) if settings is not None else ()
        own = self.seconds_per_1000 * n_items / 1000
        return max(own, sum(member.estimate_seconds(n_items) for member, _ in members))

    def list_versions(self, settings: Mapping[str, Any]) -> dict[str, str]:
        """What the result depends on with complete settings, members included."""
        versions = self.versions()
        for member, _ in self.members(settings):
            versions |= member.versions()
        return versions


def versions_of(*packages: str) -> Callable[[], dict[str, str]]:
    """For `Engine.versions`: the versions of this library and of the packages named."""
    return lambda: {"crossgloss": __version__} | {name: version(name) for name in packages}
