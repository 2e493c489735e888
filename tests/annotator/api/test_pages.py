"""The API lets nothing through that the pages refuse."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from annotator.models import Event, Import, Label, Layer, Membership, Project, Run
from projection import engines
from tests.annotator.api.clients import sent
from tests.annotator.api.conftest import World

pytestmark = pytest.mark.django_db


def state_of(world: World) -> list[Any]:
    """All that the requests below could change."""
    return [
        Project.objects.count(),
        list(Project.objects.filter(pk=world.project.pk).values()),
        list(world.project.target_languages.values_list("code", flat=True)),
        list(Label.objects.order_by("pk").values()),
        list(Layer.objects.values_list("pk", flat=True)),
        list(Membership.objects.order_by("pk").values()),
        Import.objects.count(),
        Run.objects.count(),
        Event.objects.count(),
    ]


def label_of(world: World) -> Label:
    label = Label.objects.filter(layer__project=world.project).first()
    assert label is not None
    return label


LONG = "x" * 201
PROJECT = {"name": "News", "src_lang": "en", "tgt_langs": ["de"]}
EDIT = {"name": "News", "tgt_langs": "de"}
LABEL = {"key": "1", "color": "#0a6ebd"}
CONLL, PLAIN = "Bremen\tB-LOC\n", "Bremen\n"
UPLOAD = {"tgt_lang": "de", "source": CONLL, "target": PLAIN}
FORM = {
    "tgt_lang": "de",
    "source_text": CONLL,
    "target_text": PLAIN,
    "src_format": "auto",
    "tgt_format": "auto",
    "pairing": "auto",
    "layer": "spans",
    "documents": "file",
}

# What the page gets, what the API gets: wrong in the same way.
WRONG = {
    "project without a name": ("projects/new/", {**PROJECT, "name": " "}, "", {**PROJECT, "name": " "}),
    "project with a long name": ("projects/new/", {**PROJECT, "name": LONG}, "", {**PROJECT, "name": LONG}),
    "no language code": ("projects/new/", {**PROJECT, "src_lang": "eng lish"}, "", {**PROJECT, "src_lang": "eng lish"}),
    "an unknown language": ("projects/new/", {**PROJECT, "src_lang": "qq-Zzzz-99"}, "", None),
    "same language twice": ("projects/new/", {**PROJECT, "tgt_langs": "en"}, "", {**PROJECT, "tgt_langs": ["en"]}),
    "no target language": ("projects/new/", {**PROJECT, "tgt_langs": ""}, "", {**PROJECT, "tgt_langs": []}),
    "name taken away": ("{at}settings/", {**EDIT, "name": ""}, "{at}", {"name": ""}),
    "name too long": ("{at}settings/", {**EDIT, "name": LONG}, "{at}", {"name": LONG}),
    "language in use": ("{at}settings/", {**EDIT, "tgt_langs": "th"}, "{at}", {"tgt_langs": ["th"]}),
    "label without a name": ("{at}labels/add/", {"name": " "}, "{at}labels/", {"name": " "}),
    "label that exists": ("{at}labels/add/", {"name": "PER"}, "{at}labels/", {"name": "PER"}),
    "key that is no digit": ("{label}", {**LABEL, "key": "0"}, "{label}", {"key": "0"}),
    "key with a newline": ("{label}", {**LABEL, "key": "1\n2"}, "{label}", {"key": "1\n2"}),
    "key that is taken": ("{label}", {**LABEL, "key": "2"}, "{label}", {"key": "2"}),
    "colour by name": ("{label}", {**LABEL, "color": "red"}, "{label}", {"color": "red"}),
    "name in no language": ("{label}", {**LABEL, "names": "??=Ort"}, "{label}", {"translated_names": {"??": "Ort"}}),
    "unknown account": (
        "{at}members/add/",
        {"username": "nobody", "role": "viewer"},
        "{at}members/",
        {"username": "nobody", "role": "viewer"},
    ),
    "unknown role": (
        "{at}members/add/",
        {"username": "stranger", "role": "king"},
        "{at}members/",
        {"username": "stranger", "role": "king"},
    ),
    "unknown encoding": (
        "{at}imports/new/",
        {**FORM, "src_encoding": "rot13"},
        "{at}imports/",
        {**UPLOAD, "src_encoding": "rot13"},
    ),
    "target as a table": (
        "{at}imports/new/",
        {**FORM, "tgt_format": "tsv"},
        "{at}imports/",
        {**UPLOAD, "tgt_format": "tsv"},
    ),
    "layer of another kind": (
        "{at}imports/new/",
        {**FORM, "layer": "topics"},
        "{at}imports/",
        {**UPLOAD, "layer": "topics"},
    ),
    "layer with a long name": (
        "{at}imports/new/",
        {**FORM, "layer": LONG},
        "{at}imports/",
        {**UPLOAD, "layer": LONG},
    ),
    "import without a source": (
        "{at}imports/new/",
        {**FORM, "source_text": ""},
        "{at}imports/",
        {**UPLOAD, "source": ""},
    ),
    "source and target alike": (
        "{at}imports/new/",
        {**FORM, "target_text": CONLL},
        "{at}imports/",
        {**UPLOAD, "target": CONLL},
    ),
    "import into the source language": (
        "{at}imports/new/",
        {**FORM, "tgt_lang": "other", "new_lang": "en"},
        "{at}imports/",
        {**UPLOAD, "tgt_lang": "en"},
    ),
}

RUN_FORM = {"engine": "hmm", "tgt_lang": "de", "token": "11111111-1111-4111-8111-111111111111"}
WRONG_SETTINGS = [
    ("min_score", "nan"),
    ("min_score", "inf"),
    ("min_score", "1.5"),
    ("min_score", "half"),
    ("n_alternatives", "0"),
    ("n_alternatives", "2.5"),
    ("kind", "verb"),
]


@pytest.mark.parametrize(("name", "value"), WRONG_SETTINGS)
def test_page_and_api_refuse_the_same_settings(name: str, value: str, world: World) -> None:
    engine = engines.get_engine("hmm")
    form = {f"setting-{each.name}": each.default for each in engine.settings} | RUN_FORM
    browser = Client()
    browser.force_login(world.people["manager"])
    path = f"/projects/{world.project.pk}/runs/new/"
    n_before = Run.objects.count()
    browser.post(path, {**form, f"setting-{name}": value})
    given = {"tgt_lang": "de", "engine": "hmm", "settings": {name: value}}
    refused = sent(world.client("manager").post(world.at("runs/"), given, format="json"), 400)
    assert (refused["code"], refused["place"]) == ("bad-setting", f"setting {name}")
    assert Run.objects.count() == n_before
    browser.post(path, form)
    sent(world.client("manager").post(world.at("runs/"), {"tgt_lang": "de", "engine": "hmm"}, format="json"), 201)
    assert Run.objects.count() == n_before + 2


@pytest.mark.parametrize("name", WRONG)
def test_page_and_api_refuse_the_same(name: str, world: World) -> None:
    Layer.objects.create(project=world.project, name="topics", kind="class")
    page_path, form, api_path, given = WRONG[name]
    label = label_of(world)
    parts = {"at": f"projects/{world.project.pk}/", "label": f"projects/{world.project.pk}/labels/{label.pk}/"}
    before = state_of(world)

    browser = Client()
    browser.force_login(world.people["manager"])
    if "labels/add" in page_path:
        form = {**form, "layer": label.layer_id}
    browser.post(f"/{page_path.format(**parts)}", form)
    assert state_of(world) == before, "the page let it through"

    if given is None:
        given = form if isinstance(form["tgt_langs"], list) else {**form, "tgt_langs": [form["tgt_langs"]]}
    path = f"/api/v1/{api_path.format(**parts)}" if api_path else "/api/v1/projects/"
    if path.endswith("/labels/"):
        given = {**given, "layer": label.layer_id}
    is_change = api_path in ("{at}", "{label}")
    client = world.client("manager")
    answer = (client.patch if is_change else client.post)(path, given, format="json")
    assert answer.status_code in (400, 409), answer.content
    assert answer.json()["message"]
    assert state_of(world) == before


def test_both_take_what_is_right(world: World) -> None:
    """The table above would prove nothing if its requests were refused for another reason."""
    browser = Client()
    browser.force_login(world.people["manager"])
    client, label, pk = world.client("manager"), label_of(world), world.project.pk
    Label.objects.filter(pk=label.pk).update(key="1")
    assert browser.post("/projects/new/", {**PROJECT, "tgt_langs": "de"}).status_code == 302
    sent(client.post("/api/v1/projects/", PROJECT, format="json"), 201)
    assert browser.post(f"/projects/{pk}/settings/", EDIT).status_code == 302
    sent(client.patch(world.at(), {"name": "News", "tgt_langs": ["de"]}, format="json"))
    assert browser.post(f"/projects/{pk}/labels/{label.pk}/", {**LABEL, "names": "de=Ort"}).status_code == 302
    sent(client.patch(world.at(f"labels/{label.pk}/"), {**LABEL, "translated_names": {"de": "Ort"}}, format="json"))
    assert browser.post(f"/projects/{pk}/imports/new/", FORM).status_code == 302
    sent(client.post(world.at("imports/"), UPLOAD, format="json"), 201)


def test_a_label_change_leaves_the_rest_alone(world: World) -> None:
    label = label_of(world)
    client = world.client("manager")
    changed = sent(client.patch(world.at(f"labels/{label.pk}/"), {"description": "A person."}, format="json"))
    assert changed["description"] == "A person."
    assert (changed["key"], changed["color"]) == (label.key, label.color)
    changed = sent(client.patch(world.at(f"labels/{label.pk}/"), {"key": ""}, format="json"))
    assert (changed["key"], changed["description"]) == ("", "A person.")


def test_a_demoted_last_manager_is_refused(world: World) -> None:
    Membership.objects.filter(project=world.project, role="manager").exclude(user=world.people["manager"]).delete()
    own = Membership.objects.get(project=world.project, user=world.people["manager"])
    client = world.client("manager")
    assert sent(client.delete(world.at(f"members/{own.pk}/")), 409)["code"] == "last-manager"
    assert sent(client.patch(world.at(f"members/{own.pk}/"), {"role": "viewer"}, format="json"), 409)["code"] == (
        "last-manager"
    )


def test_a_finished_import_cannot_be_replaced(world: World) -> None:
    done = world.project.imports.filter(state="done").first()
    assert done is not None
    given = {"tgt_lang": "de", "source": SimpleUploadedFile("s.conll", CONLL.encode()), "replaces": done.pk}
    assert sent(world.client("manager").post(world.at("imports/"), given, format="multipart"), 404)["code"] == (
        "not-found"
    )
