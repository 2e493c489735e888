"""What an engine needs on the server: installed parts and models by name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partialmethod
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse

from annotator import jobs
from annotator.errors import BadRequestError, ConflictError
from annotator.forms.runs import RunForm
from annotator.models import Alignment, Candidate, Project, Run, RunItem, SourceSpan
from annotator.queries.pretrained import identify_model, list_models
from annotator.services import runs
from projection import engines
from projection.engines import Requirement, Setting
from projection.engines.combined import make_combined
from projection.errors import EngineError, Problem
from tests.annotator.factories import make_items, make_project
from tests.annotator.surface_engine import SURFACE_ENGINE, SurfaceProjector

pytestmark = pytest.mark.django_db
built: list[Mapping[str, Any]] = []


def build(settings: Mapping[str, Any]) -> SurfaceProjector:
    built.append(settings)
    return SurfaceProjector(settings)


MODEL = Setting("model", "model", "", "Folder of the model.", is_required=True)
NEURAL_ENGINE = replace(
    SURFACE_ENGINE, name="neural", title="Neural", settings=(*SURFACE_ENGINE.settings, MODEL), build=build
)
PROGRAM = Requirement("no-such-program-here", "program", "Install it.")
LACKING_ENGINE = replace(SURFACE_ENGINE, name="lacking", title="Lacking", requirements=(PROGRAM,))


@pytest.fixture(autouse=True)
def models_dir(monkeypatch: pytest.MonkeyPatch, settings: Any, tmp_path: Path) -> Path:
    settings.MEDIA_ROOT = tmp_path / "media"
    settings.MODELS_DIR = str(tmp_path / "pretrained")
    monkeypatch.setitem(engines.ENGINES, "surface", SURFACE_ENGINE)
    monkeypatch.setitem(engines.ENGINES, "neural", NEURAL_ENGINE)
    monkeypatch.setitem(engines.ENGINES, "lacking", LACKING_ENGINE)
    return tmp_path / "pretrained"


@pytest.fixture
def project() -> Project:
    project = make_project()
    make_items(project)
    return project


def put_model(folder: Path, name: str) -> None:
    (folder / name).mkdir(parents=True)
    (folder / name / "config.json").write_text("{}", encoding="utf-8")


def start(project: Project, *, engine: str = "neural", links_runs: list[Run] | None = None, **settings: Any) -> Run:
    return runs.start_run(
        project=project,
        actor=project.created_by,
        tgt_lang="de",
        engine=engine,
        settings=settings,
        token=engine,
        links_runs=links_runs or [],
    )


def execute(run: Run) -> Run:
    job = jobs.claim(run.job_id)
    assert job is not None
    runs.execute_run(jobs.JobControl(job))
    return Run.objects.get(pk=run.pk)


def test_models_are_the_folders_with_a_configuration(models_dir: Path) -> None:
    assert list_models() == []
    put_model(models_dir, "mbert")
    put_model(models_dir, "labse")
    (models_dir / "notes").mkdir()
    assert list_models() == ["labse", "mbert"]


@pytest.mark.parametrize("name", ["mbert", "../pretrained/labse", "/etc", "google/mt5-small"])
def test_only_models_of_the_operator_are_taken(project: Project, models_dir: Path, name: str) -> None:
    put_model(models_dir, "labse")
    with pytest.raises(BadRequestError) as caught:
        start(project, model=name)
    assert caught.value.problem.code == "unknown-model"
    assert caught.value.problem.remedy == "Choose one of: labse."


def test_a_model_must_be_given_and_one_must_be_there(project: Project) -> None:
    with pytest.raises(BadRequestError, match="Nothing is given"):
        start(project)
    with pytest.raises(BadRequestError, match="MODELS_DIR"):
        start(project, model="labse")


def test_a_run_stores_the_name_and_builds_with_the_folder(project: Project, models_dir: Path) -> None:
    put_model(models_dir, "labse")
    run = start(project, model="labse")
    assert run.settings["model"] == "labse"
    assert run.versions["model labse"] == identify_model(models_dir / "labse")
    built.clear()
    execute(run)
    assert {settings["model"] for settings in built} == {str(models_dir / "labse")}
    assert Candidate.objects.filter(run=run).exists()


def test_another_state_of_a_model_is_another_version(models_dir: Path) -> None:
    put_model(models_dir, "labse")
    before = identify_model(models_dir / "labse")
    (models_dir / "labse" / "config.json").write_text('{"layers": 2}', encoding="utf-8")
    assert identify_model(models_dir / "labse") != before


def test_an_engine_that_lacks_something_says_so_and_is_not_started(project: Project, client: Client) -> None:
    with pytest.raises(BadRequestError, match="no-such-program-here is not installed"):
        start(project, engine="lacking")
    client.force_login(project.created_by)
    page = client.get(reverse("run-create", args=[project.pk])).content.decode()
    assert "The program no-such-program-here is not installed." in page
    listed = client.get("/api/v1/engines/").json()["results"]
    missing = {engine["name"]: engine["missing"] for engine in listed}
    assert missing["hmm"] == []
    assert "no-such-program-here" in missing["lacking"][0]


def test_the_form_offers_the_models_or_says_where_they_belong(project: Project, models_dir: Path) -> None:
    field = RunForm(project=project, engine=NEURAL_ENGINE).fields["setting-model"]
    assert "MODELS_DIR" in field.help_text
    put_model(models_dir, "labse")
    field = RunForm(project=project, engine=NEURAL_ENGINE).fields["setting-model"]
    assert field.choices == [("labse", "labse")]


def test_links_of_a_finished_run_are_used_again(project: Project) -> None:
    aligned = execute(start(project, engine="surface"))
    run = execute(start(project, engine="links", links_runs=[aligned]))
    assert list(run.links_runs.all()) == [aligned]
    # The engine of this test links the first words only: spans elsewhere have no link.
    reasons = set(Candidate.objects.filter(run=run).values_list("unprojected_reason", flat=True))
    assert "no-link" in reasons
    assert "no-alignment" not in reasons
    assert Alignment.objects.filter(run=run).count() == Alignment.objects.filter(run=aligned).count()


def test_links_of_several_runs_are_fused(project: Project) -> None:
    aligned = [execute(start(project, engine=engine)) for engine in ("surface", "hmm")]
    run = execute(start(project, engine="fused", links_runs=aligned))
    assert run.job.state == "done"
    assert set(run.links_runs.all()) == set(aligned)
    best = Candidate.objects.filter(run=run, rank=0)
    assert best.count() == SourceSpan.objects.filter(item__project=project).count()
    assert best.filter(unprojected_reason="").exists()


def test_an_engine_without_links_needs_a_run_that_has_them(project: Project) -> None:
    with pytest.raises(BadRequestError, match="aligns nothing itself"):
        start(project, engine="links")
    aligned = execute(start(project, engine="surface"))
    with pytest.raises(BadRequestError, match="makes its own word links"):
        start(project, engine="similarity", links_runs=[aligned])
    unaligned = execute(start(project, engine="similarity"))
    with pytest.raises(BadRequestError, match="has no word links for de"):
        start(project, engine="links", links_runs=[unaligned])


def test_the_page_of_an_engine_without_links_lists_the_runs_that_have_them(project: Project, client: Client) -> None:
    client.force_login(project.created_by)
    url = reverse("run-create", args=[project.pk])
    assert "No run has made word links yet." in client.get(url, {"engine": "links"}).content.decode()
    aligned = execute(start(project, engine="surface"))
    assert f"no. {aligned.pk}: de, Same surface" in client.get(url, {"engine": "links"}).content.decode()
    form = {"engine": "links", "tgt_lang": "de", "token": "5f0b3c9e-4d54-4a38-8b8a-61e6fbb5f3f1"}
    form |= {f"setting-{setting.name}": setting.default for setting in engines.get_engine("links").settings}
    assert "Choose a finished run" in client.post(url, form).content.decode()
    assert client.post(url, form | {"links_runs": [aligned.pk]}).status_code == 302
    assert list(Run.objects.get(engine="links").links_runs.all()) == [aligned]


def test_what_a_run_learned_serves_later_runs(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    first = execute(start(project, engine="surface"))
    fits: list[int] = []
    monkeypatch.setattr(SurfaceProjector, "fit", lambda *_, **__: fits.append(1))
    second = execute(start_again(project, model_run=first))
    assert fits == []
    assert second.job.state == "done"
    assert second.model_file == ""
    rows = [
        list(Candidate.objects.filter(run=run).order_by("source_span", "rank").values_list("source_span", "surface"))
        for run in (first, second)
    ]
    assert rows[0] == rows[1] != []


def start_again(project: Project, *, model_run: Run, engine: str = "surface", **settings: Any) -> Run:
    return runs.start_run(
        project=project,
        actor=project.created_by,
        tgt_lang="de",
        engine=engine,
        settings=settings,
        token=f"again {engine}",
        model_run=model_run,
    )


def test_a_model_that_does_not_fit_is_refused_at_once(project: Project) -> None:
    first = start(project, engine="surface")
    with pytest.raises(BadRequestError, match="has no model of surface for de"):
        start_again(project, model_run=first)
    first = execute(first)
    with pytest.raises(BadRequestError, match="learned with other settings: score"):
        start_again(project, model_run=first, score=0.5)
    with pytest.raises(BadRequestError, match="has no model of similarity for de"):
        start_again(project, model_run=first, engine="similarity")


def test_a_model_that_changed_since_the_start_stops_the_run(project: Project, models_dir: Path) -> None:
    put_model(models_dir, "labse")
    run = start(project, model="labse")
    (models_dir / "labse" / "config.json").write_text('{"layers": 2}', encoding="utf-8")
    with pytest.raises(ConflictError, match="model labse on this server is not as it was"):
        execute(run)
    assert not Candidate.objects.exists()


def test_a_model_that_cannot_be_loaded_stops_the_run_at_once(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def fail(self: SurfaceProjector, item: Any) -> Any:
        asked.append(item.id)
        raise EngineError(Problem("bad-model", "It cannot be loaded.", "Give another."))

    monkeypatch.setattr(SurfaceProjector, "project", fail)
    run = start(project, engine="surface")
    with pytest.raises(EngineError):
        execute(run)
    assert len(asked) == 1
    assert not Candidate.objects.exists()
    assert not Run.objects.get(pk=run.pk).is_active


def test_what_an_earlier_run_learned_is_not_learned_again_in_its_place(project: Project) -> None:
    first = execute(start(project, engine="surface"))
    file = Path(settings.MEDIA_ROOT) / first.model_file
    second = start_again(project, model_run=first)
    file.unlink()
    with pytest.raises(ConflictError, match=f"What run {first.pk} learned is no longer"):
        execute(second)
    assert not file.exists()


@pytest.mark.parametrize(
    ("given", "fault"),
    [
        ({"members": "hmm,magic"}, "'magic' cannot be a member"),
        ({"members": "hmm,links"}, "works on the word links of other runs"),
        ({"members": "hmm,embedding:model=/etc"}, "cannot name a model here"),
        ({"members": "hmm,embedding"}, "Nothing is given"),
        ({"members": "hmm,tprojection:scorer=google/mt5-small", "model": "labse"}, "cannot name a model here"),
        ({"members": "hmm,embedding", "model": "google/mt5-small"}, "no model 'google/mt5-small'"),
        ({"members": "hmm,embedding", "model": "labse", "model_2": "../labse"}, "no model '../labse'"),
        ({"weights": "much"}, "'much' are no weights"),
    ],
)
def test_what_cannot_be_combined_is_said_before_the_run(
    project: Project, models_dir: Path, given: dict[str, str], fault: str
) -> None:
    put_model(models_dir, "labse")
    with pytest.raises(BadRequestError, match=fault):
        start(project, engine="combined", **given)
    assert not Run.objects.exists()


def test_no_engine_takes_a_model_address_or_program_as_free_text() -> None:
    free = {
        (name, each.name) for name, engine in engines.ENGINES.items() for each in engine.settings if each.kind == "text"
    }
    known = {("combined", "members"), ("combined", "weights"), ("fused", "weights"), ("marked", "prefix")}
    assert free - known == {("surface", "broken"), ("neural", "broken"), ("lacking", "broken")}


def test_messages_name_a_model_and_not_its_folder(
    project: Project, models_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_model(models_dir, "labse")
    said = f"{models_dir / 'labse'} cannot be loaded."

    def fail(self: SurfaceProjector, item: Any, *, code: str) -> Any:
        raise EngineError(Problem(code, said, "Give another."))

    for code in ("bad-model", "text-too-long"):
        monkeypatch.setattr(SurfaceProjector, "project", partialmethod(fail, code=code))
        run = runs.start_run(
            project=project,
            actor=project.created_by,
            tgt_lang="de",
            engine="neural",
            settings={"model": "labse"},
            token=code,
        )
        if code == "bad-model":
            with pytest.raises(EngineError, match=r"^labse cannot be loaded\. Give another\.$"):
                execute(run)
        else:
            execute(run)
            messages = set(RunItem.objects.filter(run=run).values_list("error_message", flat=True))
            assert messages == {"labse cannot be loaded. Give another."}


def test_where_a_run_comes_from_is_told(project: Project, client: Client) -> None:
    aligned = [execute(start(project, engine=engine)) for engine in ("surface", "hmm")]
    run = execute(start(project, engine="fused", links_runs=aligned[::-1]))
    client.force_login(project.created_by)
    told = client.get(f"/api/v1/projects/{project.pk}/runs/{run.pk}/").json()
    assert told["links_runs"] == [each.pk for each in aligned]
    assert told["model_run"] is None
    assert told["calibration"]["run"] is None
    page = client.get(reverse("run-detail", args=[project.pk, run.pk])).content.decode()
    assert page.index(f">run no. {aligned[0].pk}<") < page.index(f">run no. {aligned[1].pk}<")
    again = execute(start_again(project, model_run=aligned[0]))
    listed = client.get(f"/api/v1/projects/{project.pk}/runs/").json()["results"]
    assert {row["id"]: row["model_run"] for row in listed}[again.pk] == aligned[0].pk
    body = {"tgt_lang": "de", "engine": "links", "links_runs": [10**30]}
    response = client.post(f"/api/v1/projects/{project.pk}/runs/", body, content_type="application/json")
    assert response.status_code == 404


def test_the_estimate_of_engines_together_is_that_of_the_members(
    project: Project, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    client.force_login(project.created_by)
    url = reverse("run-create", args=[project.pk])
    form = {"engine": "combined", "tgt_lang": "de", "estimate": "1"}
    form |= {f"setting-{each.name}": each.default for each in engines.get_engine("combined").settings}
    assert "done in about a second" in client.post(url, form).content.decode()
    slow = replace(SURFACE_ENGINE, name="slow", seconds_per_1000=3_600_000.0)
    combined = make_combined([slow, engines.get_engine("hmm")])
    monkeypatch.setitem(engines.ENGINES, "combined", combined)
    page = client.post(url, form | {"setting-members": "hmm,slow"}).content.decode()
    assert "about 180 minutes on one processor" in page
