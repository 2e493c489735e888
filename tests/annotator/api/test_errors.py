"""What goes wrong always has the same shape: code, message, remedy, place, and problems where there are several."""

from __future__ import annotations

import json
import logging
import uuid

import pytest
from django.test import override_settings
from rest_framework.exceptions import Throttled

from annotator.api.errors import handle_exception
from annotator.models import Label, Review
from tests.annotator.api.clients import client_of, sent
from tests.annotator.api.conftest import World
from tests.annotator.factories import make_user

pytestmark = pytest.mark.django_db
SHAPE = {"code", "message", "remedy", "place"}
PROJECTS = "/api/v1/projects/"


def shape_of(answer, status: int) -> tuple[str, str]:
    """Code and place of an error, its shape checked: every part is a text, fault and remedy are given."""
    data = sent(answer, status)
    assert set(data) - {"problems"} == SHAPE
    assert all(isinstance(data[name], str) for name in SHAPE)
    assert data["message"]
    assert data["remedy"]
    return data["code"], data["place"]


def test_no_key_or_a_wrong_one_is_401_and_says_how() -> None:
    answer = client_of(None).get(PROJECTS)
    assert shape_of(answer, 401) == ("not-authenticated", "")
    assert answer["WWW-Authenticate"] == "Token"
    assert "Authorization: Token" in answer.json()["remedy"]
    client = client_of(None)
    client.credentials(HTTP_AUTHORIZATION="Token 0123456789")
    assert shape_of(client.get(PROJECTS), 401) == ("authentication-failed", "")


def test_a_session_needs_the_csrf_token_to_write() -> None:
    user = make_user()
    client = client_of(None)
    client.handler.enforce_csrf_checks = True
    client.force_login(user)
    sent(client.get(PROJECTS))
    refused = client.post(PROJECTS, {"name": "N", "src_lang": "en", "tgt_langs": ["de"]}, format="json")
    data = sent(refused, 403)
    assert (data["code"], "CSRF" in data["message"]) == ("permission-denied", True)
    client.get("/account/")
    token = client.cookies["csrftoken"].value
    given = {"name": "N", "src_lang": "en", "tgt_langs": ["de"]}
    sent(client.post(PROJECTS, given, format="json", headers={"X-CSRFToken": token}), 201)


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("get", "/api/v1/nothing/", 404, "not-found"),
        ("post", "/api/v1/projects", 404, "not-found"),
        ("get", "/api/v1/projects/999999/", 404, "not-found"),
        ("delete", "/api/v1/projects/", 405, "method-not-allowed"),
        ("get", "/api/v1/projects/?cursor=x", 404, "not-found"),
        ("get", "/api/v1/projects/?limit=0", 400, "min-value"),
        ("get", "/api/v1/projects/?sort=name", 400, "unknown-field"),
    ],
)
def test_addresses_and_methods(method: str, path: str, status: int, code: str) -> None:
    assert shape_of(getattr(client_of(make_user()), method)(path), status)[0] == code


@pytest.mark.parametrize(
    ("data", "content_type", "status", "code"),
    [
        ("{not json", "application/json", 400, "parse-error"),
        ("[1, 2]", "application/json", 400, "invalid"),
        ("name=x", "application/x-www-form-urlencoded", 415, "unsupported-media-type"),
        ("<a/>", "application/xml", 415, "unsupported-media-type"),
    ],
)
def test_bodies(data: str, content_type: str, status: int, code: str) -> None:
    assert shape_of(client_of(make_user()).post(PROJECTS, data, content_type=content_type), status)[0] == code


def test_one_fault_names_its_field() -> None:
    answer = client_of(make_user()).post(PROJECTS, {"name": "N", "src_lang": "en"}, format="json")
    assert shape_of(answer, 400) == ("required", "tgt_langs")
    assert "problems" not in answer.json()


def test_several_faults_are_listed_one_by_one() -> None:
    given = {"name": "", "src_lang": "english!", "tgt_langs": ["de", "??"]}
    answer = client_of(make_user()).post(PROJECTS, given, format="json")
    assert shape_of(answer, 400) == ("invalid", "name, src_lang, tgt_langs[1]")
    problems = answer.json()["problems"]
    assert [(each["code"], each["place"]) for each in problems] == [
        ("blank", "name"),
        ("invalid", "src_lang"),
        ("invalid", "tgt_langs[1]"),
    ]
    assert problems[2]["message"] == "'??' is not a language code. Give one such as de, pt-BR or th."
    assert all(set(each) == SHAPE for each in problems)


def test_a_misspelt_field_is_refused_and_nothing_is_done() -> None:
    given = {"name": "N", "src_lang": "en", "tgt_langs": ["de"], "guidlines": "Read."}
    client = client_of(make_user())
    assert shape_of(client.post(PROJECTS, given, format="json"), 400) == ("unknown-field", "guidlines")
    assert sent(client.get(PROJECTS))["results"] == []


def test_a_fault_deep_inside_has_its_path(world: World) -> None:
    act = {"kind": "move", "source_span": world.items[0].source_spans.first().pk, "intervall": [[0, 3]]}
    given = {"step": "no uuid", "item": world.items[0].pk, "acts": [{"kind": "accept"}, act]}
    answer = world.client("reviewer").post(world.at("decisions/"), given, format="json")
    assert shape_of(answer, 400)[0] == "invalid"
    assert {(each["code"], each["place"]) for each in answer.json()["problems"]} == {
        ("invalid", "step"),
        ("unknown-field", "acts[1].intervall"),
    }


def test_a_wrong_request_to_a_service_is_400_with_its_own_code(world: World) -> None:
    answer = world.client("manager").post(world.at("runs/"), {"tgt_lang": "de", "engine": "magic"}, format="json")
    assert shape_of(answer, 400)[0] == "unknown-engine"
    settings = {"tgt_lang": "de", "engine": "hmm", "settings": {"no_such": 1}}
    answer = world.client("manager").post(world.at("runs/"), settings, format="json")
    assert shape_of(answer, 400)[0] == "unknown-setting"
    answer = world.client("viewer").get(world.at("runs/estimate/?tgt_lang=de&engine=magic"))
    assert shape_of(answer, 400)[0] == "unknown-engine"


def test_what_came_too_late_is_409(world: World) -> None:
    manager = world.client("manager")
    given = {"username": "viewer", "role": "reviewer"}
    assert shape_of(manager.post(world.at("members/"), given, format="json"), 409)[0] == "already-member"
    owner = world.people["owner"]
    Review.objects.create(item=world.items[0], reviewer=owner, claimed_by=owner, claim_expires_at="2100-01-01T00:00Z")
    span = world.items[0].source_spans.first()
    act = {"kind": "reject", "source_span": span.pk, "reason": "wrong-words"}
    step = {"step": str(uuid.uuid4()), "item": world.items[0].pk, "acts": [act]}
    assert shape_of(world.client("reviewer").post(world.at("decisions/"), step, format="json"), 409) == (
        "claimed",
        world.items[0].external_id,
    )


@pytest.mark.parametrize("format_", ["json", "multipart"])
def test_more_than_the_limit_is_413_before_it_is_read(world: World, format_: str) -> None:
    given = {"tgt_lang": "de", "source": "Bremen\tB-LOC\n" * 200, "target": "Bremen\n"}
    with override_settings(UPLOAD_MAX_BYTES=2000):
        answer = world.client("manager").post(world.at("imports/"), given, format=format_)
        assert shape_of(answer, 413)[0] == "upload-too-large"
    assert world.project.imports.count() == 2


HUGE = 10**30
ODD = [
    ("get", f"items/{HUGE}/", None),
    ("get", f"runs/compare/?a={HUGE}&b=1", None),
    ("get", f"decisions/?item={HUGE}", None),
    ("get", "items/?text=%00", None),
    ("get", "items/?text=%25%5F", None),
    ("get", "jobs/?cursor=cD1hYmM%3D", None),
    ("get", "items/?cursor=cD0xMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAw", None),
    ("post", "queue/claim/", {"exclude": [HUGE]}),
    ("post", "queue/claim/", {"n": "many"}),
    ("post", "labels/", {"name": "a\ud800b"}),
    ("post", "labels/", {"name": "X", "layer": HUGE}),
    ("post", "labels/", {"name": ["X"]}),
    ("post", "runs/", {"tgt_lang": "de", "engine": "hmm", "settings": {"iterations": {"a": 1}}}),
    ("post", "runs/", {"tgt_lang": "de", "engine": "hmm", "settings": []}),
    ("post", "runs/", {"tgt_lang": "de", "engine": "hmm", "settings": {"kind": "a\x00b"}}),
    ("post", "runs/", {"tgt_lang": "de", "engine": "hmm", "settings": {"a\x00b": 1}}),
    ("post", "imports/", {"tgt_lang": "de", "source": 7}),
    ("post", "imports/", {"tgt_lang": "de", "source": "a\ud800\tB-X\n", "target": "b"}),
    ("post", "imports/", {"tgt_lang": "de", "source": "a\tB-X\n", "target": "b", "replaces": HUGE}),
    ("post", "exports/", {"format": "jsonl", "filters": {"labels": "PER"}}),
    ("post", "exports/", {"format": "jsonl", "filters": {"document": "a\x00b"}}),
    ("post", "decisions/", {"step": 1, "item": HUGE, "acts": [{"kind": "nothing"}]}),
    (
        "post",
        "decisions/",
        {"step": "11111111-1111-4111-8111-111111111111", "item": HUGE, "acts": [{"kind": "nothing"}]},
    ),
]


@pytest.mark.parametrize(("method", "path", "body"), ODD)
def test_odd_values_are_never_a_fault_of_ours(method: str, path: str, body: object, world: World) -> None:
    client = world.client("manager")
    if method == "get":
        answer = client.get(world.at(path))
    else:
        answer = client.post(world.at(path), json.dumps(body), content_type="application/json")
    assert answer.status_code < 500, answer.content
    assert answer.json()


@pytest.mark.parametrize("intervals", [[[0, HUGE]], [[-1, 3]], [[3, 0]], [[]], "0-3", [[0, 3, 5]], [["0", "3"]], {}])
def test_odd_places_are_refused(intervals: object, world: World) -> None:
    span = world.items[0].source_spans.first()
    act = {"kind": "move", "source_span": span.pk, "intervals": intervals, "surface": "Ada"}
    given = {"step": str(uuid.uuid4()), "item": world.items[0].pk, "acts": [act]}
    answer = world.client("manager").post(world.at("decisions/"), given, format="json")
    assert sent(answer, 400)["message"]


def test_too_many_requests_is_429_and_says_how_long() -> None:
    answer = handle_exception(Throttled(wait=7), {})
    assert (answer.status_code, answer["Retry-After"], answer.data["code"]) == (429, "7", "throttled")
    assert set(answer.data) == SHAPE


def test_a_fault_of_ours_is_500_without_a_word_of_it(world: World, monkeypatch, caplog) -> None:
    def fail(**_: object) -> None:
        raise RuntimeError("Ada Brandt lives here")

    monkeypatch.setattr("annotator.services.projects.create_label", fail)
    with caplog.at_level(logging.ERROR, logger="annotator.api.errors"):
        answer = world.client("manager").post(world.at("labels/"), {"name": "EVENT"}, format="json")
    assert shape_of(answer, 500)[0] == "internal-error"
    assert b"Ada" not in answer.content
    assert "LabelList" in caplog.text


def test_the_last_defence_of_the_database_model_is_400_too(world: World) -> None:
    label = Label.objects.filter(layer__project=world.project).first()
    answer = world.client("manager").patch(world.at(f"labels/{label.pk}/"), {"description": "x\x00y"}, format="json")
    assert shape_of(answer, 400)[1] == "description"
