"""Addresses and bodies that no page makes: refused in words, never an error of the server."""

from __future__ import annotations

import json
import re
import uuid

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from annotator.models import Label, Membership
from tests.annotator.factories import make_project, make_run
from tests.annotator.reviewing import Desk, make_desk

pytestmark = pytest.mark.django_db

HUGE = 10**30
# As a column of its own, not only looked into.
WHOLE_REPORT = re.compile(r'(?:SELECT|,) "annotator_(?:import|export)"\."report"')
PAGES = (
    "project-detail",
    "project-settings",
    "label-list",
    "item-list",
    "event-list",
    "import-list",
    "import-create",
    "run-list",
    "run-create",
    "run-compare",
    "review-show",
    "export-list",
    "member-list",
)
QUERIES = (
    "page=-1",
    f"page={HUGE}",
    "page=x&lang=xx&state=zz&order=zz&engine=zz",
    "lang=%00&text=%00&engine=%00",
    f"item={HUGE}",
    "item=abc",
    f"first={HUGE}&second=0",
    f"second={HUGE}",
    f"from={HUGE}",
)


@pytest.fixture
def desk(client: Client) -> Desk:
    made = make_desk()
    client.force_login(made.project.created_by)
    return made


def post(client: Client, desk: Desk, name: str, body: object) -> tuple[int, str]:
    text = body if isinstance(body, str) else json.dumps(body)
    answer = client.post(reverse(name, args=[desk.project.pk]), text, content_type="application/json")
    return answer.status_code, answer.json().get("code", "")


@pytest.mark.parametrize("query", QUERIES)
def test_every_page_takes_any_query(client: Client, desk: Desk, query: str) -> None:
    statuses = {name: client.get(f"{reverse(name, args=[desk.project.pk])}?{query}").status_code for name in PAGES}
    assert set(statuses.values()) <= {200, 404}, statuses
    assert statuses.pop("review-show") == (404 if query.startswith("item=") else 200)
    assert set(statuses.values()) == {200}


@pytest.mark.parametrize("name", ["review-item", "run-detail", "import-detail", "export-detail", "job-detail"])
def test_ids_beyond_the_database_are_absent(client: Client, desk: Desk, name: str) -> None:
    assert client.get(reverse(name, args=[desk.project.pk, HUGE])).status_code == 404
    assert client.get(reverse("project-detail", args=[HUGE])).status_code == 404
    assert client.get(f"/api/v1/projects/{HUGE}/").status_code == 404


@pytest.mark.parametrize("exclude", [5, None, [HUGE], [-1], [True], ["1"]])
def test_what_is_to_be_left_out_must_be_a_list_of_ids(client: Client, desk: Desk, exclude: object) -> None:
    assert post(client, desk, "review-claim", {"exclude": exclude}) == (400, "bad-id")


def test_too_many_ids_are_refused(client: Client, desk: Desk) -> None:
    assert post(client, desk, "review-claim", {"exclude": list(range(1, 10_002))}) == (400, "too-many-ids")


def test_json_that_is_nested_too_deeply_is_refused(client: Client, desk: Desk) -> None:
    assert post(client, desk, "review-preferences", "[" * 200_000) == (400, "bad-json")


@pytest.mark.parametrize("reason", ["\0", "\ud800", "no-such-one"])
def test_a_reason_that_no_database_holds_is_unknown(client: Client, desk: Desk, reason: str) -> None:
    body = {"step": str(uuid.uuid4()), "item": desk.items[0].pk, "acts": [desk.act("reject", 0, reason=reason)]}
    assert post(client, desk, "decision-create", body) == (400, "no-such-reason")


def test_a_version_below_zero_has_seen_nothing(client: Client, desk: Desk) -> None:
    desk.decide(0, desk.accept(0))
    desk.release()
    acts = [desk.act("reject", 0, reason="other")]
    body = {"step": str(uuid.uuid4()), "item": desk.items[0].pk, "acts": acts, "seen_version": -1}
    assert post(client, desk, "decision-create", body) == (409, "changed-elsewhere")


@pytest.mark.parametrize("layer", ["", "abc", "٣", str(HUGE)])
def test_a_label_needs_a_layer_of_the_project(client: Client, desk: Desk, layer: str) -> None:
    answer = client.post(reverse("label-create", args=[desk.project.pk]), {"layer": layer, "name": "EVENT"})
    assert answer.status_code == 404


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("X" * 101, "Name: Ensure this value has at most 100 characters (it has 101)."),
        ("a\0b", "Name: Null characters are not allowed."),
        (" ", "Name: This field is required."),
    ],
)
def test_a_label_with_a_wrong_name_is_refused_in_words(client: Client, desk: Desk, name: str, says: str) -> None:
    given = {"layer": desk.project.layers.get().pk, "name": name}
    n_before = Label.objects.count()
    page = client.post(reverse("label-create", args=[desk.project.pk]), given, follow=True).content.decode()
    assert says in page
    assert Label.objects.count() == n_before


@pytest.mark.parametrize("field", ["src_lang", "tgt_langs"])
def test_a_language_code_longer_than_any_column_is_refused(client: Client, desk: Desk, field: str) -> None:
    code = "de-Latn-DE-1901-1996-fonipa-fonxsamp"
    given = {"name": "Rivers", "src_lang": "en", "tgt_langs": "fr", field: code}
    page = client.post(reverse("project-create"), given).content.decode()
    assert f"&#x27;{code}&#x27; is not a language code." in page


def test_a_member_with_a_wrong_name_is_refused_in_words(client: Client, desk: Desk) -> None:
    given = {"username": "a\0b", "role": "viewer"}
    page = client.post(reverse("member-add", args=[desk.project.pk]), given, follow=True).content.decode()
    assert "User name: Null characters are not allowed." in page
    assert not Membership.objects.filter(role="viewer").exists()


def test_the_estimate_of_an_unknown_language_is_that_of_the_first(client: Client, desk: Desk) -> None:
    given = {"engine": "hmm", "tgt_lang": "a\0b", "estimate": "1"}
    answer = client.post(reverse("run-create", args=[desk.project.pk]), given, headers={"HX-Request": "true"})
    assert "<strong>3</strong> items" in answer.content.decode()


@pytest.mark.parametrize("name", ["import-create", "run-create", "export-list"])
def test_a_page_begins_with_the_language_of_its_address(client: Client, name: str) -> None:
    project = make_project(tgt_langs=("ar", "de", "th"))
    client.force_login(project.created_by)
    page = client.get(f"{reverse(name, args=[project.pk])}?lang=de").content.decode()
    assert '<option value="de" selected>' in page
    assert '<option value="ar" selected>' not in page


def test_the_overview_leads_to_the_export_of_a_finished_language(client: Client, desk: Desk) -> None:
    desk.project.items.update(state="done")
    page = client.get(reverse("project-detail", args=[desk.project.pk])).content.decode()
    address = f"{reverse('export-list', args=[desk.project.pk])}?lang=de"
    assert f'href="{address}"' in page
    end = client.get(reverse("review-show", args=[desk.project.pk]) + "?lang=de").content.decode()
    assert f'href="{address}"' in end
    assert client.get(address).status_code == 200


def test_lists_and_progress_do_not_read_whole_reports(client: Client, desk: Desk) -> None:
    job = make_run(desk.project, is_active=False).job
    desk.project.imports.update(report={"n_items": 3, "skipped": [["source", 1, ["no-target"]]]})
    with CaptureQueriesContext(
        connection,
    ) as queries:
        page = client.get(reverse("import-list", args=[desk.project.pk])).content.decode()
        client.get(reverse("project-detail", args=[desk.project.pk]))
        client.get(reverse("job-detail", args=[desk.project.pk, job.pk]))
    assert '<td class="number" data-label="Items">3</td>' in page
    assert not [query["sql"] for query in queries if WHOLE_REPORT.search(query["sql"])]
