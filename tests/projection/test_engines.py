from __future__ import annotations

import pytest

from projection.engines import ENGINES, Engine, Projection, Projector, get_engine, list_engines
from projection.errors import EngineError
from projection.projectors import AlignedProjector, LinksProjector, SimilarityProjector


def test_registry() -> None:
    assert list(ENGINES)[:3] == ["hmm", "links", "similarity"]
    assert [engine.name for engine in list_engines()] == list(ENGINES)
    assert all(get_engine(name) is engine for name, engine in ENGINES.items())
    assert Projection.__name__ == "Projection"
    assert Projector.__name__ == "Projector"
    with pytest.raises(EngineError, match="Known engines: hmm, links, similarity"):
        get_engine("magic")


def _required(engine: Engine) -> dict[str, object]:
    """A value for each setting that has no default."""
    return {setting.name: "somewhere" for setting in engine.settings if setting.is_required}


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("hmm", AlignedProjector),
        ("links", LinksProjector),
        ("similarity", SimilarityProjector),
        ("embedding", AlignedProjector),
    ],
)
def test_engines_build_from_their_defaults(name: str, kind: type) -> None:
    engine = get_engine(name)
    assert isinstance(engine.build(engine.read_settings(_required(engine))), kind)


@pytest.mark.parametrize("engine", list_engines(), ids=lambda engine: engine.name)
def test_every_setting_accepts_its_default_and_explains_itself(engine: object) -> None:
    for setting in engine.settings:
        assert setting.help.endswith(".")
        if setting.is_required:
            with pytest.raises(EngineError, match=f"setting {setting.name}: Nothing is given"):
                setting.read(setting.default)
            continue
        assert setting.read(setting.default) == setting.default
        assert setting.read(str(setting.default)) == setting.default
    assert engine.estimate_seconds(2000) == pytest.approx(2 * engine.seconds_per_1000)
    assert engine.versions()["crossgloss"]


@pytest.mark.parametrize(
    ("given", "match"),
    [
        ({"kind": "sentence"}, "not one of auto, name, phrase, clause"),
        ({"min_score": 2}, "outside 0 to 1"),
        ({"n_alternatives": "many"}, "not an integer. Give an integer; the default is 5."),
        ({"speed": 3}, "no setting 'speed'"),
    ],
)
def test_wrong_settings_are_refused(given: dict[str, object], match: str) -> None:
    with pytest.raises(EngineError, match=match):
        get_engine("hmm").read_settings(given)
