"""Two connections that want the same rows at once: each gets its turn. SQLite has one writer at a time anyway."""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Callable

import pytest
from django.db import connection, transaction
from rest_framework.authtoken.models import Token

from annotator import jobs
from annotator.errors import ConflictError
from annotator.models import Document, Item, Label, Review, RunItem
from annotator.services import imports, review, run_order
from annotator.services.accounts import create_token
from annotator.services.imports import execution
from annotator.services.review_acts import read_acts
from tests.annotator.factories import make_member, make_project, make_run, make_user
from tests.annotator.reviewing import make_desk
from tests.annotator.services.test_imports import confirm, start

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor != "postgresql", reason="rows are locked one by one on PostgreSQL only"),
]

BLOCKED = "SELECT count(*) FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY(pg_blocking_pids(pid))"


class Other:
    """Work on a second connection; says how it ended."""

    def __init__(self, work: Callable[[], object]) -> None:
        self.error: Exception | None = None
        self._work = work
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def _run(self) -> None:
        try:
            self._work()
        except Exception as err:
            self.error = err
        finally:
            connection.close()

    def wait_until_blocked(self) -> None:
        end = time.monotonic() + 10
        while time.monotonic() < end:
            with connection.cursor() as cursor:
                cursor.execute(BLOCKED)
                if cursor.fetchone()[0]:
                    return
            time.sleep(0.01)
        raise AssertionError("the other connection does not wait for this one")

    def join(self) -> Exception | None:
        self._thread.join(timeout=10)
        assert not self._thread.is_alive()
        return self.error


def test_a_run_becomes_active_while_somebody_decides():
    desk = make_desk()
    second = make_run(desk.project, is_active=False)
    for item in desk.items:
        RunItem.objects.create(run=second, item=item, state="done", confidence=0.25)
    with transaction.atomic():
        desk.decide(0, desk.accept(0))
        other = Other(lambda: run_order.activate_run(run=second, actor=desk.project.created_by))
        other.wait_until_blocked()
    assert other.join() is None
    second.refresh_from_db()
    assert second.is_active
    assert set(Item.objects.values_list("confidence", flat=True)) == {0.25}
    assert desk.annotation(0).state == "accepted"


def test_an_item_is_claimed_while_its_first_decision_arrives():
    desk = make_desk()
    acts = read_acts([desk.accept(0)])
    item_id = desk.items[0].pk

    def decide() -> None:
        review.decide(project=desk.project, actor=desk.reviewer, step=uuid.uuid4(), item_id=item_id, acts=acts)

    with transaction.atomic():
        review.claim_items(project=desk.project, actor=desk.reviewer, n=1, wanted=item_id)
        other = Other(decide)
        other.wait_until_blocked()
    assert other.join() is None
    assert desk.annotation(0).state == "accepted"
    assert Review.objects.get(item=item_id).claimed_by == desk.reviewer


def test_two_clicks_for_a_key_leave_one_key():
    user = make_user()
    with transaction.atomic():
        create_token(user=user)
        other = Other(lambda: create_token(user=user))
        other.wait_until_blocked()
    assert other.join() is None
    assert Token.objects.filter(user=user).count() == 1


class TestImports:
    @pytest.fixture(autouse=True)
    def _own_media(self, settings, tmp_path):
        settings.MEDIA_ROOT = tmp_path

    @staticmethod
    def meanwhile(monkeypatch, work: Callable[[], object]) -> list[Other]:
        """Start work on another connection once an import is about to write its rows."""
        others: list[Other] = []
        write_rows = execution.write_rows

        def wrapped(*args):
            if not others:
                others.append(Other(work))
                others[0].wait_until_blocked()
            return write_rows(*args)

        monkeypatch.setattr(execution, "write_rows", wrapped)
        return others

    @staticmethod
    def execute(job) -> None:
        imports.execute_import(jobs.JobControl(jobs.claim(job.pk)))

    def test_cancelling_during_the_last_transaction_comes_too_late_and_says_so(self, monkeypatch):
        record = start(make_project())
        job = confirm(record)
        others = self.meanwhile(
            monkeypatch, lambda: imports.cancel_import(import_record=record, actor=record.created_by)
        )
        self.execute(job)
        error = others[0].join()
        assert isinstance(error, ConflictError)
        assert error.problem.code == "import-closed"
        record.refresh_from_db()
        job.refresh_from_db()
        assert (record.state, job.state, Item.objects.count()) == ("done", "done", 2)

    def test_two_languages_that_bring_the_same_labels_and_documents_are_both_imported(self, monkeypatch):
        project = make_project(tgt_langs=("de", "fr"))
        german, french = start(project), start(project, tgt_lang="fr")
        first, second = confirm(german), confirm(french)
        others = self.meanwhile(monkeypatch, lambda: self.execute(second))
        self.execute(first)
        assert others[0].join() is None
        assert sorted(Item.objects.values_list("tgt_lang", flat=True)) == ["de", "de", "fr", "fr"]
        assert sorted(Label.objects.values_list("name", flat=True)) == ["LOC", "ORG", "PER"]
        assert list(Document.objects.values_list("name", flat=True)) == ["harbour"]


class TestSlots:
    """Two people who want the same slot of an item at the same moment."""

    @staticmethod
    def share(n_reviews: int):
        desk = make_desk()
        Item.objects.update(n_reviews=n_reviews)
        return desk, make_member(desk.project, "reviewer", username="mira")

    @staticmethod
    def claim(desk, actor) -> set[int]:
        return {place.item_id for place in review.claim_items(project=desk.project, actor=actor, n=9)}

    def race(self, desk, other) -> tuple[set[int], set[int]]:
        won: list[set[int]] = []
        with transaction.atomic():
            mine = self.claim(desk, desk.reviewer)
            rival = Other(lambda: won.append(self.claim(desk, other)))
            rival.wait_until_blocked()
        assert rival.join() is None
        return mine, won[0]

    def test_one_of_two_gets_an_item_that_one_person_reviews(self):
        desk, other = self.share(1)
        mine, theirs = self.race(desk, other)
        assert (len(mine), theirs) == (len(desk.items), set())
        assert set(Review.objects.values_list("reviewer", flat=True)) == {desk.reviewer.pk}

    def test_who_comes_second_gets_the_second_slot(self):
        desk, other = self.share(2)
        mine, theirs = self.race(desk, other)
        assert mine == theirs == {item.pk for item in desk.items}
        rows = Review.objects.values_list("number", "reviewer__username").distinct().order_by("number")
        assert list(rows) == [(1, desk.reviewer.username), (2, "mira")]

    def test_two_tabs_of_one_person_get_one_review(self):
        desk, _ = self.share(2)
        mine, again = self.race(desk, desk.reviewer)
        assert mine == again
        assert Review.objects.count() == len(desk.items)

    def test_many_people_at_once_never_share_a_slot(self):
        desk = make_desk(n=40)
        Item.objects.update(n_reviews=2)
        people = [make_member(desk.project, "reviewer") for _ in range(6)]
        won: dict[int, set[int]] = {}

        def work(person) -> None:
            won[person.pk] = set()
            for _ in range(5):
                seen = list(won[person.pk])
                places = review.claim_items(project=desk.project, actor=person, n=5, exclude=seen)
                won[person.pk] |= {place.item_id for place in places}

        others = [Other(lambda person=person: work(person)) for person in people]
        assert [other.join() for other in others] == [None] * len(people)
        rows = list(Review.objects.values_list("item", "claimed_by"))
        assert len(rows) == len(set(rows)) == sum(map(len, won.values())) == 80
        assert {(item_id, person) for person, ids in won.items() for item_id in ids} == set(rows)

    def test_the_last_two_reviews_of_an_item_end_at_the_same_moment(self):
        desk, other = self.share(2)
        for person in (desk.reviewer, other):
            self.claim(desk, person)
        with transaction.atomic():
            desk.decide(1, desk.accept(1))
            rival = Other(lambda: desk.decide(1, desk.accept(1), actor=other))
            rival.wait_until_blocked()
        assert rival.join() is None
        item = Item.objects.get(pk=desk.items[1].pk)
        assert (item.state, item.gold_review.number) == ("done", 1)
