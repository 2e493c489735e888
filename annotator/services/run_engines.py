"""An engine for a run: its settings checked, its models found, its projector built."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path

from django.conf import settings
from django.utils.translation import gettext as _

from annotator.errors import BadRequestError, bad_request, conflict
from annotator.models import Project, Run
from annotator.queries.pretrained import get_model_path, identify_model
from annotator.queries.runs import get_engine, list_link_runs
from projection.confidence import Calibrator
from projection.engines import Engine, Projector
from projection.engines.calibrated import build_calibrated
from projection.errors import EngineError

MODEL = "model "
"""What the names of models begin with among the versions of a run."""

SettingValues = dict[str, float | int | bool | str]


def read_engine(name: str, given: Mapping[str, object]) -> tuple[Engine, SettingValues]:
    """An engine that can run here, and its complete settings; models are still names.

    Raises:
        BadRequestError: for an unknown engine or model, wrong settings, or when something it needs is not installed.
    """
    engine = get_engine(name)
    for problem in engine.list_missing():
        raise BadRequestError(problem)
    try:
        complete = engine.read_settings(given)
        _check_members(engine, complete)
        # Nothing is loaded by this, but settings that contradict each other are found.
        build_projector(engine, complete)
    except EngineError as err:
        raise BadRequestError(err.problem) from err
    return engine, complete


def _check_members(engine: Engine, complete: SettingValues) -> None:
    for member, _settings in engine.members(complete):
        for problem in member.list_missing():
            raise BadRequestError(problem)
        if member.uses_links:
            fault = _("The engine %(member)s works on the word links of other runs, which a member is not given.") % {
                "member": member.name
            }
            remedy = _("Leave it out, or choose the engine fused for links of several runs.")
            raise bad_request("wrong-links", fault, remedy, place="setting members")


def versions_of(engine: Engine, complete: SettingValues) -> dict[str, str]:
    """What the result depends on: packages, and the state of each model."""
    paths = _find_models(engine, complete)
    return engine.list_versions(complete) | {
        f"{MODEL}{complete[name]}": identify_model(path) for name, path in paths.items()
    }


def build_projector(engine: Engine, complete: SettingValues, *, calibrator: Calibrator | None = None) -> Projector:
    """The projector, with the folders of its models; its candidates carry probabilities where it has a calibrator."""
    paths = {name: str(path) for name, path in _find_models(engine, complete).items()}
    return build_calibrated(engine, complete | paths, calibrator=calibrator)


def check_unchanged(run: Run, engine: Engine) -> None:
    """Whether the models of a run are still those that it was started with.

    Raises:
        ConflictError: somebody put another state of one into its folder.
    """
    for name, now in versions_of(engine, run.settings).items():
        if name.startswith(MODEL) and run.versions.get(name) != now:
            fault = _("The %(name)s on this server is not as it was when the run was started.") % {"name": name}
            raise conflict("model-changed", fault, _("Start a new run."))


def get_learned_file(run: Run) -> Path:
    """Where what the engine learned for a run is, or will be.

    Raises:
        ConflictError: it was to be that of an earlier run, whose file is gone.
    """
    if run.model_run is None:
        return Path(settings.MEDIA_ROOT) / f"models/{run.pk}"
    path = Path(settings.MEDIA_ROOT) / run.model_run.model_file
    if not path.is_file():
        fault = _("What run %(model_run)s learned is no longer on this server.") % {"model_run": run.model_run.pk}
        raise conflict("model-gone", fault, _("Start a new run that learns anew."))
    return path


def _find_models(engine: Engine, complete: SettingValues) -> dict[str, Path]:
    return {
        setting.name: get_model_path(str(complete[setting.name]), place=f"setting {setting.name}")
        for setting in engine.settings
        if setting.kind == "model" and complete[setting.name]
    }


def check_links(engine: Engine, *, project: Project, tgt_lang: str, links_runs: Collection[Run]) -> None:
    """Whether an engine has the word links it needs, from runs that can give them.

    Raises:
        BadRequestError: it needs links and no run is given; it needs none; or a run has none for this language.
    """
    if bool(links_runs) != engine.uses_links:
        if engine.uses_links:
            fault = _("This engine aligns nothing itself.")
            remedy = _("Choose a finished run whose word links it takes.")
        else:
            fault = _("This engine makes its own word links.")
            remedy = _("Leave out the runs to take links from.")
        raise bad_request("wrong-links", fault, remedy, place="links from")
    usable = set(list_link_runs(project, tgt_lang=tgt_lang).values_list("pk", flat=True))
    for run in links_runs:
        if run.pk not in usable:
            fault = _("Run %(run)s has no word links for %(tgt_lang)s.") % {"run": run.pk, "tgt_lang": tgt_lang}
            raise bad_request("no-links", fault, _("Choose a finished run of this language that made links."))


def check_model(engine: Engine, complete: SettingValues, *, tgt_lang: str, model_run: Run | None) -> None:
    """Whether what a run learned can be used again.

    Raises:
        BadRequestError: it has learned nothing, or with another engine, language or settings.
    """
    if model_run is None:
        return
    place, remedy = "model of run", _("Choose another run, or learn anew.")
    if not model_run.model_file or (model_run.engine, model_run.tgt_lang) != (engine.name, tgt_lang):
        fault = _("Run %(model_run)s has no model of %(engine)s for %(tgt_lang)s.") % {
            "model_run": model_run.pk,
            "engine": engine.name,
            "tgt_lang": tgt_lang,
        }
        raise bad_request("wrong-model-run", fault, remedy, place=place)
    other = [name for name, value in complete.items() if model_run.settings.get(name) != value]
    if other:
        fault = _("Run %(model_run)s learned with other settings: %(other)s.") % {
            "model_run": model_run.pk,
            "other": ", ".join(other),
        }
        raise bad_request("wrong-model-run", fault, _("Give the same settings, or learn anew."), place=place)
