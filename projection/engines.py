"""The registry of projection engines: what can be chosen, with which settings, at what cost.

An engine turns items with source spans into candidates. The command line and the web application list and build
engines only through this module, so a new method is one entry here.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib.metadata import version
from typing import Any, Literal

from projection import __version__
from projection.align.base import SYMMETRISATIONS
from projection.align.statistical import AlignerSettings
from projection.errors import EngineError, Problem
from projection.project import HmmProjector, LinkSettings, LinksProjector, Projection, Projector, SimilarityProjector
from projection.transfer.decoder import DecoderSettings
from projection.transfer.heuristic import HeuristicSettings
from projection.transfer.profiles import KINDS

__all__ = ["ENGINES", "Engine", "Projection", "Projector", "Setting", "get_engine", "list_engines"]

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
                remedy=f"Give a {self.kind}; the default is {self.default}.",
                place=f"setting {self.name}",
            )
        )


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


def _versions(*packages: str) -> Callable[[], dict[str, str]]:
    return lambda: {"crossgloss": __version__} | {name: version(name) for name in packages}


_KIND = Setting(
    "kind",
    "choice",
    "auto",
    "What the spans are: names, phrases, clauses (long spans), or auto to choose for each span by its length and case.",
    choices=KINDS,
)
_N_ALTERNATIVES = Setting(
    "n_alternatives", "integer", 5, "Candidates kept for each span, the best included.", minimum=1, maximum=20
)
_MIN_SCORE = Setting("min_score", "number", 0.15, "Spans below this score stay unprojected.", minimum=0, maximum=1)


def _decoder_settings(settings: Mapping[str, Any]) -> DecoderSettings:
    return DecoderSettings(settings["kind"], settings["n_alternatives"], settings["min_score"])


def _build_hmm(settings: Mapping[str, Any]) -> Projector:
    aligner = AlignerSettings(
        stem_letters=settings["stem_letters"],
        prior_weight=settings["prior_weight"],
        ibm1_rounds=settings["ibm1_rounds"],
        hmm_rounds=settings["hmm_rounds"],
    )
    return HmmProjector(aligner, _decoder_settings(settings), symmetrisation=settings["symmetrisation"])


def _build_links(settings: Mapping[str, Any]) -> Projector:
    return LinksProjector(
        LinkSettings(
            method=settings["method"],
            decoder=_decoder_settings(settings),
            heuristic=HeuristicSettings(
                mode="published" if settings["method"] == "published" else "corrected",
                gap=settings["gap"],
                n_alternatives=settings["n_alternatives"],
                min_length_ratio=settings["min_length_ratio"],
                drop_signs=settings["drop_signs"],
            ),
        )
    )


def _build_similarity(settings: Mapping[str, Any]) -> Projector:
    return SimilarityProjector(n_alternatives=settings["n_alternatives"], min_score=settings["min_score"])


_HMM = Engine(
    name="hmm",
    title="Statistical word alignment",
    summary="Learns word links from the given sentence pairs and scores target spans; the default for every language.",
    settings=(
        _KIND,
        _N_ALTERNATIVES,
        _MIN_SCORE,
        Setting(
            "prior_weight",
            "number",
            2.0,
            "How much alike spellings (names, cognates; romanised across scripts) count; 0 switches this off.",
            minimum=0,
            maximum=20,
        ),
        Setting("stem_letters", "integer", 4, "Words are cut to so many letters; 0 for whole.", minimum=0, maximum=20),
        Setting("ibm1_rounds", "integer", 5, "Training rounds without word order.", minimum=1, maximum=20),
        Setting("hmm_rounds", "integer", 5, "Training rounds with word order.", minimum=1, maximum=20),
        Setting(
            "symmetrisation",
            "choice",
            "grow-diag-final-and",
            "How the word links shown and exported are made from the two directions.",
            choices=SYMMETRISATIONS,
        ),
    ),
    build=_build_hmm,
    seconds_per_1000=2.7,
    versions=_versions("numpy", "rapidfuzz", "uroman", "icu4py"),
)

_LINKS = Engine(
    name="links",
    title="Imported word links",
    summary="Transfers spans over links that were imported with the data (Pharaoh files); aligns nothing itself.",
    settings=(
        Setting(
            "method",
            "choice",
            "corrected",
            "corrected: runs of linked words, gaps closed; published: the same with the gap rule of the published "
            "code; scored: the decoder of the statistical engine.",
            choices=("corrected", "published", "scored"),
        ),
        Setting("gap", "integer", 2, "Unlinked words that may lie inside a span.", minimum=0, maximum=1000),
        Setting(
            "min_length_ratio",
            "number",
            0.0,
            "Runs with fewer target words per source word are dropped; 0 keeps all.",
            minimum=0,
            maximum=2,
        ),
        Setting("drop_signs", "boolean", True, "Ignore links to punctuation."),
        _KIND,
        _N_ALTERNATIVES,
        _MIN_SCORE,
    ),
    build=_build_links,
    seconds_per_1000=0.2,
    versions=_versions("numpy", "rapidfuzz", "icu4py"),
    uses_links=True,
)

_SIMILARITY = Engine(
    name="similarity",
    title="String similarity",
    summary="Finds names by their spelling alone (romanised across scripts): precise, but misses translated names.",
    settings=(
        _N_ALTERNATIVES,
        Setting("min_score", "number", 0.4, "Spans below this score stay unprojected.", minimum=0, maximum=1),
    ),
    build=_build_similarity,
    seconds_per_1000=0.7,
    versions=_versions("numpy", "rapidfuzz", "uroman", "icu4py"),
)

ENGINES: dict[str, Engine] = {engine.name: engine for engine in (_HMM, _LINKS, _SIMILARITY)}
"""All engines by name; the first one is the default."""


def list_engines() -> list[Engine]:
    """All engines, the default first."""
    return list(ENGINES.values())


def get_engine(name: str) -> Engine:
    """The engine with this name.

    Raises:
        EngineError: there is none.
    """
    if name not in ENGINES:
        problem = Problem("unknown-engine", f"There is no engine {name!r}.", f"Known engines: {', '.join(ENGINES)}.")
        raise EngineError(problem)
    return ENGINES[name]
