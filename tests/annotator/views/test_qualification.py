"""The gold of qualification items is in no answer to those who are asked; the page of the managers; the API."""

from __future__ import annotations

import json
import uuid
from html import unescape
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from annotator.models import Attempt, Decision, Item
from annotator.services import exports, notes
from annotator.services.notes import Target
from tests.annotator.api.clients import address, client_of, sent, work
from tests.annotator.factories import make_member
from tests.annotator.qualifying import GOLD_ONLY, Exam, make_exam

pytestmark = pytest.mark.django_db

REMARK = "the museum is meant as an organisation"


@pytest.fixture
def exam() -> Exam:
    """With a remark of the curator, and an export that was made before the items came into the set."""
    exam = make_exam(mark=None)
    exam.fill("release", qualification="yes")
    ids = uuid.uuid4(), uuid.uuid4()
    target = Target(exam.desk.items[0].pk)
    notes.post_comment(
        project=exam.project, actor=exam.curator, comment_id=ids[0], thread_id=ids[1], target=target, text=REMARK
    )
    export = exports.start_export(project=exam.project, actor=exam.curator, format="jsonl", filters={})
    work(export.job_id)
    exam.fill()
    exam.set_mark(80)
    return exam


def browser_of(exam: Exam, user: Any = None) -> Client:
    client = Client()
    client.force_login(user or exam.reviewer)
    return client


def secrets_of(exam: Exam) -> list[str]:
    """What is only in the gold: ids of its labels and steps, the place of the moved label, words of the curator."""
    made = Decision.objects.filter(actor=exam.curator)
    steps = {str(step) for step in made.values_list("step", flat=True)}
    labels = {str(pk) for pk in made.values_list("annotation", flat=True)}
    [[start, end]] = exam.desk.place(0, GOLD_ONLY)["intervals"]
    return [*steps, *labels, f"[[{start},{end}]]", REMARK]


def read(response: Any) -> str:
    raw = b"".join(response.streaming_content) if response.streaming else response.content
    return unescape(raw.decode()).replace(", ", ",")


def assert_untold(exam: Exam, response: Any) -> None:
    text = read(response)
    assert [secret for secret in secrets_of(exam) if secret in text] == [], response.request["PATH_INFO"]


def list_addresses(exam: Exam) -> list[str]:
    """Whatever a reviewer can read of the items of the set, in the browser and over the API."""
    project, item = exam.project.pk, exam.desk.items[0]
    span = item.source_spans.get(position=1).pk
    layer = exam.project.layers.get().pk
    export = exam.project.exports.get().pk
    pages = [
        reverse("review-show", args=[project]),
        reverse("review-show", args=[project]) + f"?item={item.pk}",
        reverse("review-show", args=[project]) + "?state=done",
        reverse("review-item", args=[project, item.pk]),
        reverse("item-print", args=[project, item.pk]),
        reverse("item-list", args=[project]),
        reverse("review-tags", args=[project]) + f"?item={item.pk}&layer={layer}&form={GOLD_ONLY}",
        reverse("repeat-list", args=[project]) + f"?item={item.pk}&source_span={span}",
        reverse("thread-list", args=[project]),
        reverse("thread-next", args=[project]),
        reverse("review-own", args=[project]),
        reverse("people-progress", args=[project]),
        reverse("translation-list", args=[project]),
        reverse("export-list", args=[project]),
        reverse("export-detail", args=[project, export]),
        reverse("export-download", args=[project, export]),
        reverse("project-detail", args=[project]),
        reverse("member-list", args=[project]),
    ]
    api = [
        "items/", f"items/{item.pk}/", "decisions/", f"decisions/?item={item.pk}", "queue/", "queue/?state=done",
        f"repeats/?item={item.pk}&source_span={span}", "flags/", "threads/", "exports/", f"exports/{export}/",
        f"exports/{export}/file/", "qualification/", f"runs/{exam.desk.run.pk}/candidates/",
    ]  # fmt: skip
    return [*pages, *(address(project, each) for each in api)]


def assert_all_untold(exam: Exam, client: Client) -> None:
    for url in list_addresses(exam):
        response = client.get(url)
        assert response.status_code in (200, 403, 404, 409), url
        assert_untold(exam, response)


def test_no_answer_holds_the_gold_before_during_and_after(exam: Exam) -> None:
    client = browser_of(exam)
    assert_all_untold(exam, client)
    assert_untold(exam, send(client, exam, "review-claim", {"n": 9}))
    claim_url = address(exam.project, "queue/claim/")
    assert_untold(exam, client.post(claim_url, "{}", content_type="application/json"))
    assert_untold(exam, decide(client, exam, 0, exam.desk.accept(0, 0), exam.desk.accept(0, 1)))
    assert_all_untold(exam, client)
    assert_untold(exam, decide(client, exam, 2, exam.desk.accept(2, 0), exam.desk.accept(2, 1)))
    assert exam.attempt.state == "failed"
    assert_all_untold(exam, client)


def test_viewers_are_not_told_either_but_curators_are(exam: Exam) -> None:
    assert_all_untold(exam, browser_of(exam, make_member(exam.project, "viewer")))
    curator = browser_of(exam, exam.curator)
    found = "".join(read(curator.get(url)) for url in list_addresses(exam))
    assert [secret for secret in secrets_of(exam) if secret not in found] == []


def send(client: Client, exam: Exam, name: str, given: dict[str, Any]) -> Any:
    return client.post(reverse(name, args=[exam.project.pk]), json.dumps(given), content_type="application/json")


def decide(client: Client, exam: Exam, n: int, *acts: dict[str, Any]) -> Any:
    given = {"step": str(uuid.uuid4()), "item": exam.desk.items[n].pk, "acts": list(acts)}
    return send(client, exam, "decision-create", given)


def test_filters_by_the_gold_find_nothing(exam: Exam) -> None:
    api = client_of(exam.reviewer)
    assert sent(api.get(address(exam.project, f"items/?form={GOLD_ONLY}")))["results"] == []
    assert [row["external_id"] for row in sent(api.get(address(exam.project, "items/?label=ORG")))["results"]] == ["h3"]
    # h3 has a source label ORG; curators find h1 by its gold too.
    curator = client_of(exam.curator)
    found = sent(curator.get(address(exam.project, "items/?label=ORG")))["results"]
    assert [row["external_id"] for row in found] == ["h1", "h3"]


def test_the_gold_is_told_after_the_item_and_only_where_the_project_says_so(exam: Exam) -> None:
    client = browser_of(exam)
    answer = decide(client, exam, 0, exam.desk.accept(0, 0), exam.desk.accept(0, 1)).json()
    assert "qualification" not in answer
    exam.set_mark(80, shows_gold=True)
    half = decide(client, exam, 2, exam.desk.accept(2, 0))
    assert "qualification" not in half.json()
    assert_untold(exam, half)
    answer = decide(client, exam, 2, exam.desk.accept(2, 1)).json()["qualification"]
    assert answer["is_over"]
    words = " ".join(unescape(answer["html"]).split())
    assert "1 of 2 labels as in the gold." in words
    assert "only in the gold" in words
    assert "you have not passed; 57.1 % were right, 80 % are needed." in words
    assert "another place: 1" in words


def test_the_differences_are_told_in_words() -> None:
    exam = make_exam(shows_gold=True)
    client = browser_of(exam)
    answer = decide(client, exam, 0, exam.desk.accept(0, 0), exam.desk.accept(0, 1)).json()["qualification"]
    words = " ".join(unescape(answer["html"]).split())
    assert not answer["is_over"]
    assert "LOC, in the gold ORG; at another place" in words
    assert words.count(GOLD_ONLY) == 1
    # Sent again, the same step gets the same answer.
    step = str(exam.attempt.reviews.get().decisions.first().step)
    given = {"step": step, "item": exam.desk.items[0].pk, "acts": [exam.desk.accept(0, 0)]}
    assert send(client, exam, "decision-create", given).json()["qualification"] == answer


def test_the_screen_says_what_is_asked_and_how_it_ended(exam: Exam) -> None:
    client = browser_of(exam)
    page = client.get(reverse("review-show", args=[exam.project.pk]))
    assert page.context["progress"] == {"n_done": 0, "n_total": 2}
    assert "80 % are needed for real work" in page.content.decode()
    item = page.context["item"]
    assert (item.data["is_qualification"], item.data["state"], page.context["place_reason"]) == (
        True,
        "open",
        "qualification",
    )
    exam.answer_badly()
    end = " ".join(send(client, exam, "review-claim", {"n": 5}).json()["end_html"].split())
    assert "Qualification not passed" in end
    assert "57.1 % were right, 80 % are needed" in end
    assert "labels left out: 1" in end
    overview = browser_of(exam, exam.manager).get(reverse("project-detail", args=[exam.project.pk]))
    assert "1 reviewer has not passed the qualification" in overview.content.decode()
    assert "not passed the qualification" not in client.get(overview.request["PATH_INFO"]).content.decode()


def test_the_page_shows_set_mark_and_people_and_managers_decide(exam: Exam) -> None:
    exam.answer_badly()
    client = browser_of(exam, exam.manager)
    url = reverse("qualification-show", args=[exam.project.pk])
    page = client.get(url).content.decode()
    text = " ".join(page.split())
    for words in ("<bdi>ORG</bdi> 2", "not passed", "57.1&nbsp;%", "2 of 2", "Let try again"):
        assert words in text
    save_url = reverse("qualification-save", args=[exam.project.pk])
    saved = client.post(save_url, {"pass_percent": "50", "shows_gold": "on"})
    assert saved.status_code == 302
    assert (exam.project.pass_percent, exam.project.shows_gold) == (50, True)
    member = exam.project.memberships.get(user=exam.reviewer)
    client.post(reverse("qualification-retry", args=[exam.project.pk, member.pk, "de"]))
    assert exam.attempt.number == 2
    client.post(reverse("qualification-pass", args=[exam.project.pk, member.pk, "de"]))
    assert (exam.attempt.state, exam.attempt.let_by) == ("passed", exam.manager)
    again = client.post(reverse("qualification-pass", args=[exam.project.pk, member.pk, "de"]), follow=True)
    assert "does not have to qualify in this language" in again.content.decode()
    wrong = client.post(save_url, {"pass_percent": "101"})
    assert wrong.status_code == 400
    assert exam.project.pass_percent == 50


@pytest.mark.parametrize(
    ("role", "reads", "writes"), [("reviewer", 403, 403), ("curator", 200, 403), ("manager", 200, 302)]
)
def test_who_may_do_what(exam: Exam, role: str, reads: int, writes: int) -> None:
    exam.answer_badly()
    client = browser_of(exam, make_member(exam.project, role))
    member = exam.project.memberships.get(user=exam.reviewer).pk
    assert client.get(reverse("qualification-show", args=[exam.project.pk])).status_code == reads
    for name, args in (("save", []), ("pass", [member, "de"]), ("retry", [member, "de"])):
        assert client.post(reverse(f"qualification-{name}", args=[exam.project.pk, *args])).status_code == writes


def test_bulk_preview_says_what_becomes_of_the_items(exam: Exam) -> None:
    client = browser_of(exam, exam.curator)
    url = reverse("bulk-preview", args=[exam.project.pk, "release"])
    page = client.get(url, {"qualification": "yes"})
    assert page.context["preview"].n_meant == 2
    assert client.get(reverse("item-list", args=[exam.project.pk]), {"qualification": "yes"}).context["n_items"] == 2
    assert browser_of(exam).get(url).status_code == 403


# ---------------------------------------------------------------------------------------------------------------- API


def test_the_api_obeys_and_tells_the_state(exam: Exam) -> None:
    api = client_of(exam.reviewer)
    places = sent(api.post(address(exam.project, "queue/claim/"), {"n": 9}, format="json"))["places"]
    assert {(place["item"]["external_id"], place["drawn_by"]) for place in places} == {
        ("h1", "qualification"),
        ("h3", "qualification"),
    }
    desk = exam.desk
    real = {"step": str(uuid.uuid4()), "item": desk.items[3].pk, "acts": [desk.accept(3, 0)]}
    assert sent(api.post(address(exam.project, "decisions/"), real, format="json"), 409)["code"] == "not-qualified"
    other = make_member(exam.project, "reviewer", username="zoe")
    exam.answer_well(actor=other)
    exam.answer_badly()
    state = sent(api.get(address(exam.project, "qualification/")))
    assert [(row["user"], row["state"], row["percent"]) for row in state["people"]] == [
        (exam.reviewer.username, "failed", 57.1)
    ]
    assert len(sent(client_of(exam.curator).get(address(exam.project, "qualification/")))["people"]) == 2
    assert sent(api.get(address(exam.project, "queue/")))["places"] == []
    manager = client_of(exam.manager)
    row = state["people"][0]["membership"]
    change = {"lang": "de", "act": "let-pass"}
    sent(manager.post(address(exam.project, f"qualification/{row}/"), change, format="json"))
    assert len(sent(api.get(address(exam.project, "queue/")))["places"]) == 3
    changed = sent(manager.patch(address(exam.project, "qualification/"), {"pass_percent": None}, format="json"))
    assert (changed["pass_percent"], changed["shows_gold"]) == (None, False)


def test_what_a_reviewer_decided_is_the_only_thing_seen_of_an_item(exam: Exam) -> None:
    other = make_member(exam.project, "reviewer")
    exam.answer_first_well(actor=other)
    exam.desk.decide(0, exam.desk.accept(0, 0))
    detail = sent(client_of(exam.reviewer).get(address(exam.project, f"items/{exam.desk.items[0].pk}/")))
    assert [row["surface"] for row in detail["annotations"]] == ["Ada Brandt"]
    assert [(row["kind"], row["reviewer"]) for row in detail["reviews"]] == [("qualification", exam.reviewer.username)]
    assert {row["actor"] for row in detail["decisions"]} == {exam.reviewer.username}
    assert Attempt.objects.count() == 2


def test_blind_projects_are_blind_in_the_qualification_too(exam: Exam) -> None:
    Item.objects.filter(is_qualification=True).update(is_blind=True, confidence=0.731906)
    api = client_of(exam.reviewer)
    detail = sent(api.get(address(exam.project, f"items/{exam.desk.items[0].pk}/")))
    assert (detail["candidates"], detail["confidence"]) == ([], None)
    assert sent(api.get(address(exam.project, "items/?score_min=0.73&score_max=0.74")))["results"] == []
    page = browser_of(exam).get(reverse("review-item", args=[exam.project.pk, exam.desk.items[0].pk])).content.decode()
    data = json.loads(unescape(page.split('data-item="')[1].split('"')[0]))
    assert [span["label"] for span in data["spans"]] == [None, None]
