"""The engine that combines others."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from projection.engines.base import Engine, Setting, versions_of
from projection.engines.shared import N_ALTERNATIVES, read_weights
from projection.errors import EngineError, Problem
from projection.projectors import CombinedProjector, CombinedSettings, Projector

NAME = "combined"
_MODELS = ("model", "model_2", "model_3")


def make_combined(engines: Sequence[Engine]) -> Engine:
    """The engine that combines any of these."""
    by_name = {engine.name: engine for engine in engines}
    return Engine(
        name=NAME,
        title="Several engines together",
        summary="Brings the candidates of several engines together; how much they disagree is part of the score.",
        settings=(
            Setting(
                "members",
                "text",
                "hmm,similarity",
                "Engines with commas, settings after a colon with semicolons: hmm,similarity:min_score=0.5.",
            ),
            Setting(
                "weights",
                "text",
                "auto",
                "What each member counts, in their order: 1,0.5; auto estimates it from how well they agree and how "
                "consistent they are.",
            ),
            Setting(
                "choice",
                "number",
                1.0,
                "What coming first with a member adds to the score of a target, beside the scores of all targets.",
                minimum=0,
                maximum=10,
            ),
            N_ALTERNATIVES,
            Setting("model", "model", "", "Model of the first member that needs one."),
            Setting("model_2", "model", "", "Model of the second member that needs one."),
            Setting("model_3", "model", "", "Model of the third member that needs one."),
        ),
        build=lambda settings: _build(settings, by_name),
        members=lambda settings: _list_members(settings, by_name),
        seconds_per_1000=3.5,
        versions=versions_of("numpy", "rapidfuzz", "uroman", "icu4py"),
    )


def _build(settings: Mapping[str, Any], engines: Mapping[str, Engine]) -> Projector:
    members: dict[str, Projector] = {}
    seen: Counter[str] = Counter()
    for engine, complete in _list_members(settings, engines):
        for problem in engine.list_missing():
            raise EngineError(problem)
        seen[engine.name] += 1
        key = engine.name if seen[engine.name] == 1 else f"{engine.name}-{seen[engine.name]}"
        members[key] = engine.build(complete)
    weights = read_weights(settings["weights"])
    if len(weights) not in (0, len(members)):
        fault = f"There are {len(weights)} weights for {len(members)} members."
        raise EngineError(Problem("bad-setting", fault, "Give auto, or one for each.", place="setting weights"))
    wanted = CombinedSettings(weights, settings["choice"], settings["n_alternatives"])
    return CombinedProjector(members, wanted)


def _list_members(settings: Mapping[str, Any], engines: Mapping[str, Engine]) -> list[tuple[Engine, dict[str, Any]]]:
    """The members in their order, each with its complete settings.

    Raises:
        EngineError: `bad-setting`, `unknown-setting`.
    """
    models = [settings[name] for name in _MODELS]
    members: list[tuple[Engine, dict[str, Any]]] = []
    for text in settings["members"].split(","):
        name, _, given = text.strip().partition(":")
        if name not in engines:
            known = ", ".join(engines)
            raise _error(f"{name!r} cannot be a member.", f"Name engines with commas: {known}.")
        engine = engines[name]
        members.append((engine, engine.read_settings(_read_given(engine, given) | _next_model(engine, models))))
    return members


def _read_given(engine: Engine, text: str) -> dict[str, object]:
    """Settings of a member as written, `key=value` with semicolons.

    Raises:
        EngineError: `bad-setting` without `=`, or for a model, which has settings of its own.
    """
    given: dict[str, object] = {}
    kinds = {setting.name: setting.kind for setting in engine.settings}
    for part in filter(None, map(str.strip, text.split(";"))):
        name, sign, value = part.partition("=")
        if not sign:
            raise _error(f"{part!r} of {engine.name} has no value.", "Write key=value, several with semicolons.")
        if kinds.get(name.strip()) == "model":
            raise _error(f"{engine.name} cannot name a model here.", "Give it in the setting model.")
        given[name.strip()] = value.strip()
    return given


def _next_model(engine: Engine, models: list[str]) -> dict[str, object]:
    """The next model for a member that cannot do without; it is taken from the list."""
    wanted = [setting.name for setting in engine.settings if setting.kind == "model" and setting.is_required]
    return {name: models.pop(0) for name in wanted if models}


def _error(fault: str, remedy: str) -> EngineError:
    return EngineError(Problem("bad-setting", fault, remedy, place="setting members"))
