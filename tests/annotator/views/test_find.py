"""Pages of finding, of acts on many items and of adjudication: who sees them, what they answer, where links lead."""

from __future__ import annotations

import re
import uuid

import pytest
from django.test import Client
from django.urls import reverse

from annotator.models import Bulk, Decision, Item, Membership
from tests.annotator.factories import make_member, make_user
from tests.annotator.reviewing import Desk, make_desk

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk() -> Desk:
    return make_desk()


def log_in(client: Client, desk: Desk, role: str) -> None:
    client.force_login(make_member(desk.project, role))


def url(desk: Desk, name: str, *args: object) -> str:
    return reverse(name, args=[desk.project.pk, *args])


PAGES = [
    ("bulk-preview", ("accept",), "curator"),
    ("bulk-preview", ("reject",), "curator"),
    ("bulk-preview", ("assign",), "manager"),
    ("bulk-list", (), "curator"),
    ("competing-list", (), "curator"),
    ("adjudication-list", (), "curator"),
    ("gap-list", (), "curator"),
    ("rule-list", (), "curator"),
]


@pytest.mark.parametrize(("name", "args", "least"), PAGES)
def test_pages_open_for_those_who_may(client: Client, desk: Desk, name: str, args: tuple[str, ...], least: str) -> None:
    order = ["viewer", "reviewer", "curator", "manager"]
    for role in order:
        log_in(client, desk, role)
        expected = 200 if order.index(role) >= order.index(least) else 403
        assert client.get(url(desk, name, *args)).status_code == expected, role
    client.force_login(make_user("stranger"))
    assert client.get(url(desk, name, *args)).status_code == 404


def test_a_part_of_the_page_for_htmx_and_the_whole_one_for_its_history(client: Client, desk: Desk) -> None:
    log_in(client, desk, "reviewer")
    address = url(desk, "item-list") + "?label=LOC"
    part = client.get(address, headers={"HX-Request": "true"})
    assert part.content.decode().lstrip().startswith('<div id="find"')
    assert "HX-Request" in part["Vary"]
    restored = client.get(address, headers={"HX-Request": "true", "HX-History-Restore-Request": "true"})
    assert "<html" in restored.content.decode()


def test_choices_are_links_with_counts_and_what_is_chosen_can_be_taken_back(client: Client, desk: Desk) -> None:
    log_in(client, desk, "reviewer")
    page = client.get(url(desk, "item-list"), {"label": "LOC"}).content.decode()
    assert re.search(
        r'href="[^"]*\?state=open&amp;label=LOC"[^>]*><bdi class="choice-words">to review</bdi>\s*'
        r'<span class="choice-n">2<',
        page,
    )
    assert re.search(r'class="chip" href="[^"]*\?"><span class="chip-title">Label</span> <bdi>LOC</bdi>', page)
    assert "Accept all" not in page
    assert "is no number" in client.get(url(desk, "item-list"), {"score_min": "x"}).content.decode()


def test_reviewers_are_named_to_managers_only_where_names_are_hidden(client: Client, desk: Desk) -> None:
    desk.decide(0, desk.accept(0, 0))
    desk.project.hides_names = True
    desk.project.save()
    for role, is_named in (("manager", True), ("curator", False), ("reviewer", False)):
        log_in(client, desk, role)
        page = client.get(url(desk, "item-list")).content.decode()
        assert ("part-reviewer" in page) is is_named
        found = client.get(url(desk, "item-list"), {"reviewer": desk.reviewer.username}).content.decode()
        assert ("your own reviews" in found) is not is_named


def test_an_act_is_previewed_done_and_undone(client: Client, desk: Desk) -> None:
    log_in(client, desk, "curator")
    preview = client.get(url(desk, "bulk-preview", "reject"), {"label": "LOC"}).content.decode()
    assert ">2 items<" in preview
    assert "<mark>Uppsala</mark>" in preview
    given = {"label": "LOC", "n_seen": "2", "step": str(uuid.uuid4()), "reason": "wrong-words"}
    done = client.post(url(desk, "bulk-start", "reject"), given, follow=True).content.decode()
    assert "Undo it for 2 items" in done
    bulk = Bulk.objects.get()
    undone = client.post(url(desk, "bulk-undo", bulk.pk), follow=True).content.decode()
    assert "Undone" in undone
    assert "Undo it for" not in undone
    assert "Reject all proposals" in client.get(url(desk, "bulk-list")).content.decode()


def test_a_stale_preview_and_a_missing_reason_come_back_with_what_is_wrong(client: Client, desk: Desk) -> None:
    log_in(client, desk, "curator")
    stale = client.post(url(desk, "bulk-start", "accept"), {"n_seen": "7"}, follow=True).content.decode()
    assert "on 3 items now, not on 7" in stale
    missing = client.post(url(desk, "bulk-start", "reject"), {"n_seen": "3"}, follow=True).content.decode()
    assert "No reason was chosen" in missing
    assert client.get(url(desk, "bulk-preview", "delete")).status_code == 404
    assert client.get(url(desk, "bulk-preview", "agreed")).status_code == 404


def test_only_whoever_did_it_and_managers_undo(client: Client, desk: Desk) -> None:
    log_in(client, desk, "curator")
    client.post(url(desk, "bulk-start", "accept"), {"n_seen": "3"})
    bulk = Bulk.objects.get()
    log_in(client, desk, "curator")
    assert "Undo it for" not in client.get(url(desk, "bulk-detail", bulk.pk)).content.decode()
    assert client.post(url(desk, "bulk-undo", bulk.pk)).status_code == 403
    log_in(client, desk, "manager")
    client.post(url(desk, "bulk-undo", bulk.pk))
    assert Bulk.objects.get().state == "undone"


def test_competing_labels_link_to_their_items(client: Client, desk: Desk) -> None:
    log_in(client, desk, "curator")
    assert "No form bears" in client.get(url(desk, "competing-list")).content.decode()
    desk.decide(1, desk.act("relabel", 1, label=desk.label("PER")), desk.act("accept", 1, surface="Uppsala"))
    page = client.get(url(desk, "competing-list")).content.decode()
    rows = re.findall(r"</svg> (\w+)</td>\s*<td[^>]*>(\d+)</td>\s*<td[^>]*>(\d+)</td>", page)
    assert rows == [("LOC", "1", "0"), ("PER", "0", "1")]
    link = re.search(r'href="([^"]*form=Uppsala[^"]*label=PER[^"]*|[^"]*label=PER[^"]*form=Uppsala[^"]*)"', page)
    assert link
    assert ">1 item<" in client.get(link[1].replace("&amp;", "&")).content.decode()
    source = client.get(url(desk, "competing-list"), {"side": "source"}).content.decode()
    assert re.findall(r"</svg> (\w+)</td>\s*<td[^>]*>(\d+)</td>\s*<td[^>]*>(\d+)</td>", source) == rows


def test_an_item_is_settled_on_its_page(client: Client, desk: Desk) -> None:
    Item.objects.update(n_reviews=2)
    other = make_member(desk.project, Membership.Role.REVIEWER, username="zoe")
    desk.decide(1, desk.accept(1))
    desk.decide(1, desk.act("reject", 1, reason="wrong-words"), actor=other)
    log_in(client, desk, "curator")
    item_id = desk.items[1].pk
    listed = client.get(url(desk, "adjudication-list")).content.decode()
    assert ">h2</a>" in listed
    page = client.get(url(desk, "adjudication-item", item_id)).content.decode()
    assert f"only {desk.reviewer} has it" in page
    unit = f"s{desk.span(1).pk}"
    refused = client.post(url(desk, "adjudication-item-settle", item_id), {"step": str(uuid.uuid4())})
    assert (refused.status_code, "Nobody was given right" in refused.content.decode()) == (400, True)
    given = {"step": str(uuid.uuid4()), f"side-{unit}": "1", f"reason-{unit}": "a place", f"gap-{unit}": "on"}
    done = client.post(url(desk, "adjudication-item-settle", item_id), given, follow=True).content.decode()
    assert "h2 is settled" in done
    assert "a place" in client.get(url(desk, "gap-list")).content.decode()
    assert ">h2</a>" in client.get(url(desk, "adjudication-list"), {"state": "settled"}).content.decode()
    # Opened again, it stands as it was settled.
    again = client.get(url(desk, "adjudication-item", item_id)).content.decode()
    assert "Settle anew" in again
    assert 'value="a place"' in again
    assert re.search(r'value="1" checked', again)
    client.post(url(desk, "adjudication-undo"), {"step": str(uuid.uuid4())})
    assert (desk.state(1), Decision.objects.filter(kind="undo").count()) == ("reviewed", 1)
    assert client.get(url(desk, "adjudication-item", 10**9)).status_code == 404


def test_rules_show_what_they_would_take(client: Client, desk: Desk) -> None:
    log_in(client, desk, "curator")
    page = client.get(url(desk, "rule-list"), {"n": "x", "percent": "1000"}).content.decode()
    assert 'name="percent" min="50" max="100" value="100"' in page
    refused = client.post(url(desk, "rule-start", "unanimous"), {"percent": "95", "lang": "de"}, follow=True)
    assert "two finished runs" in refused.content.decode()
    nothing = client.post(url(desk, "rule-start", "agreed"), {"n": "2", "lang": "de"}, follow=True)
    assert "no item that this could be done on" in nothing.content.decode()
    assert client.post(url(desk, "rule-start", "other")).status_code == 404
