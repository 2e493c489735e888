"""Marks of translations, error categories, and what the import's check flags."""

from __future__ import annotations

import pytest

from annotator.errors import ServiceError
from annotator.models import Event, TranslationMark
from annotator.queries.translations import list_error_categories, list_scores
from annotator.services import translations
from tests.annotator.factories import make_member
from tests.annotator.reviewing import Desk, make_desk

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk() -> Desk:
    return make_desk()


def mark(desk: Desk, n: int = 0, **more: object) -> TranslationMark:
    given = {"meaning": 1.0, "fluency": 0.5, "errors": ["grammar"], "note": "", "version": 1, **more}
    return translations.mark_translation(
        project=desk.project,
        actor=given.pop("actor", desk.reviewer),  # type: ignore[arg-type]
        segment_id=desk.target(n).pk,
        **given,  # type: ignore[arg-type]
    )


def test_a_second_mark_of_the_same_text_replaces_the_first(desk: Desk) -> None:
    mark(desk)
    mark(desk, meaning=0.5, errors=["name", "grammar"], note=" twice ")
    stored = TranslationMark.objects.get()
    assert (stored.meaning, stored.fluency, stored.errors, stored.note) == (1, 1, ["grammar", "name"], "twice")
    assert Event.objects.filter(kind="translation-marked").count() == 2


def test_scores_worked_by_hand(desk: Desk) -> None:
    other = make_member(desk.project, "reviewer")
    mark(desk, 0, meaning=1.0, fluency=1.0, errors=[])
    mark(desk, 1, meaning=0.5, fluency=None, errors=["name", "grammar"])
    mark(desk, 1, actor=other, meaning=0.0, fluency=0.5, errors=["name"])
    scores = list_scores(desk.project)[0]
    assert (scores.n_marked, scores.n_good) == (3, 1)
    assert scores.meaning == pytest.approx(0.5)
    assert scores.fluency == pytest.approx(0.75)
    assert [(code, n) for code, _, n in scores.errors] == [("name", 2), ("grammar", 1)]


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"meaning": 0.7}, "bad-score"),
        ({"errors": ["nonsense"]}, "no-such-category"),
        ({"version": 2}, "text-changed"),
        ({"note": "x" * 2001}, "note-too-long"),
    ],
)
def test_wrong_marks_are_refused(desk: Desk, given: dict[str, object], code: str) -> None:
    with pytest.raises(ServiceError) as caught:
        mark(desk, **given)
    assert caught.value.problem.code == code
    assert not TranslationMark.objects.exists()


def test_a_project_can_have_its_own_categories(desk: Desk) -> None:
    texts = ["tone: wrong register", "Dialect", ""]
    translations.set_error_categories(project=desk.project, actor=desk.reviewer, texts=texts)
    assert list_error_categories(desk.project) == [
        {"code": "tone", "text": "wrong register"},
        {"code": "dialect", "text": "Dialect"},
    ]
    assert mark(desk, errors=["tone"]).errors == ["tone"]
    translations.set_error_categories(project=desk.project, actor=desk.reviewer, texts=[])
    assert list_error_categories(desk.project)[0]["code"] == "meaning"


def test_the_same_code_twice_is_refused(desk: Desk) -> None:
    with pytest.raises(ServiceError, match="stands twice"):
        translations.set_error_categories(project=desk.project, actor=desk.reviewer, texts=["a: one", "A: two"])
