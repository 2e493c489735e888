"""The filter of items: what each part lets through, and the counts beside it, worked by hand."""

from __future__ import annotations

import pytest

from annotator.models import Document, Flag, Item, Thread, TranslationMark
from annotator.queries import item_facets
from annotator.queries.item_facets import Found, count_facets
from annotator.queries.item_filter import ItemFilter, filter_items, read_item_filter
from tests.annotator.factories import make_annotation, make_items, make_member, make_project, make_review
from tests.annotator.reviewing import Desk, make_desk

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk() -> Desk:
    """h1 (PER Ada Brandt, LOC Bremen; least score 0.8), h2 (LOC Uppsala; 0.7), h3 (PER Tomas Vale, ORG Nordlys; 0)."""
    return make_desk()


def ids(desk: Desk, *, sees_all: bool = True, **params: object) -> list[str]:
    wanted, problems = read_item_filter(params)
    assert problems == []
    found = filter_items(desk.project, wanted, sees_all=sees_all).order_by("position")
    return [item.external_id for item in found]


def counts(found: Found, name: str) -> dict[str, int]:
    return {value.value: value.n for value in found.facets.get(name, [])}


def test_columns_of_items(desk: Desk) -> None:
    make_items(desk.project, tgt_lang="ar", n=1)
    other = Document.objects.create(project=desk.project, name="second")
    Item.objects.filter(pk=desk.items[1].pk).update(state="reviewed", disagreement=0.5, document=other)
    assert ids(desk) == ["h1", "h1", "h2", "h3"]
    assert ids(desk, lang="ar") == ["h1"]
    assert ids(desk, state="reviewed") == ["h2"]
    assert ids(desk, document="second") == ["h2"]
    assert ids(desk, disagreement="0.5") == ["h2"]
    assert ids(desk, disagreement="0.51") == []
    # What no run has scored has no score, though 1 stands in its row.
    assert ids(desk, score_min="0.7") == ["h1", "h2"]
    assert ids(desk, score_min="0.7", score_max="0.7") == ["h2"]
    assert ids(desk, engine="statistical") == ["h1", "h2", "h3"]
    assert ids(desk, engine="hmm") == []


def test_labels_of_either_side(desk: Desk) -> None:
    assert ids(desk, label="LOC") == ["h1", "h2"]
    assert ids(desk, label="NONE") == []
    review = make_review(desk.items[2], desk.reviewer)
    span = desk.span(2, 1)
    made = make_annotation(review, span=span, label="LOC", surface="Nordlys")
    assert ids(desk, label="LOC") == ["h1", "h2", "h3"]
    made.state, made.reason = "rejected", desk.project.reject_reasons.first()
    made.save()
    assert ids(desk, label="LOC") == ["h1", "h2"]


def test_texts_and_forms(desk: Desk) -> None:
    assert ids(desk, text="MUSEUM") == ["h1"]
    assert ids(desk, text="segelt") == ["h3"]
    assert ids(desk, text="segelt", side="source") == []
    assert ids(desk, text="ERÖFFNETE", side="target") == ["h1"]
    assert ids(desk, text="100 %") == []
    assert ids(desk, form="Uppsala", side="target") == ["h2"]
    assert ids(desk, form="Uppsala", side="target", label="PER") == []
    assert ids(desk, form="Nordlys", side="source", label="ORG") == ["h3"]
    assert ids(desk, form="Nordlys", side="target") == []
    assert ids(desk, form="Nord") == []


def test_what_people_left(desk: Desk) -> None:
    first, second, third = desk.items
    other = make_member(desk.project, "reviewer", username="nour")
    review = make_review(first, other)
    make_review(second, desk.reviewer, state="open")
    TranslationMark.objects.create(segment=desk.target(1), reviewer=other, errors=["omission", "style"])
    Thread.objects.create(project=desk.project, item=first, created_by=other)
    Thread.objects.create(project=desk.project, item=second, created_by=other, is_open=False)
    Flag.objects.create(project=desk.project, item=first, review=review, raised_by=other)
    Flag.objects.create(
        project=desk.project, item=third, review=review, raised_by=other, closed_at=third.imported_by.created_at
    )
    assert ids(desk, reviewer="nour") == ["h1"]
    assert ids(desk, error="omission") == ["h2"]
    assert ids(desk, error="omi") == []
    assert ids(desk, comment="open") == ["h1"]
    assert ids(desk, flag="open") == ["h1"]
    assert ids(desk, flag="open", reviewer=desk.reviewer.username) == []


def test_figures_of_blind_items_are_kept_back_until_they_are_decided(desk: Desk) -> None:
    Item.objects.filter(pk=desk.items[1].pk).update(is_blind=True, disagreement=1.0)
    assert ids(desk, score_max="0.75", sees_all=False) == ["h3"]
    assert ids(desk, disagreement="0.1", sees_all=False) == []
    assert ids(desk, label="LOC", sees_all=False) == ["h1", "h2"]
    found = count_facets(desk.project, ItemFilter(), sees_all=False)
    assert sum(counts(found, "score").values()) == 2
    assert "disagreement" not in found.facets
    Item.objects.filter(pk=desk.items[1].pk).update(state="done")
    assert ids(desk, score_max="0.75", sees_all=False) == ["h2", "h3"]


def test_what_one_of_several_people_thinks_is_kept_from_the_others(desk: Desk) -> None:
    review = make_review(desk.items[2], desk.reviewer)
    make_annotation(review, span=desk.span(2, 1), label="LOC", surface="Nordlys")
    Thread.objects.create(project=desk.project, item=desk.items[2], created_by=desk.reviewer)
    Item.objects.filter(pk=desk.items[2].pk).update(n_reviews=2, state="open")
    for seen, found in ((True, ["h3"]), (False, [])):
        assert ids(desk, comment="open", sees_all=seen) == found
        assert ids(desk, form="Nordlys", side="target", sees_all=seen) == found
        assert ids(desk, label="LOC", sees_all=seen) == ["h1", "h2", *found]
        facets = count_facets(desk.project, ItemFilter(), sees_all=seen)
        assert counts(facets, "comment") == dict.fromkeys(["open"] * len(found), 1)
        assert counts(facets, "label")["LOC"] == 2 + len(found)


def test_the_address_holds_what_is_given_and_nothing_else() -> None:
    wanted, problems = read_item_filter({"lang": "de", "score_min": "0.25", "side": "", "page": "3"})
    assert problems == []
    assert wanted.params == {"lang": "de", "score_min": "0.25"}
    assert read_item_filter(wanted.params)[0] == wanted
    assert (ItemFilter().query, ItemFilter().is_empty) == ("", True)


@pytest.mark.parametrize(
    ("name", "value"),
    [("score_min", "-1"), ("score_max", "nan"), ("disagreement", "half"), ("state", "gone"), ("text", "a\0b"),
     ("text", "x" * 201), ("flag", "shut")],
)  # fmt: skip
def test_what_makes_no_sense_is_named_and_left_out(name: str, value: str) -> None:
    wanted, problems = read_item_filter({name: value, "lang": "de"})
    assert wanted == ItemFilter(lang="de")
    assert [(problem.code, problem.place) for problem in problems] == [("bad-filter", name)]


def test_who_may_only_see_own_reviews_asks_for_no_others() -> None:
    assert read_item_filter({"reviewer": "nour"}, only_reviewer="nour")[0].reviewer == "nour"
    wanted, problems = read_item_filter({"reviewer": "ada"}, only_reviewer="nour")
    assert wanted.is_empty
    assert problems[0].place == "reviewer"


def test_counts_are_those_of_the_items_that_fit_the_rest_of_the_filter(desk: Desk) -> None:
    Item.objects.filter(pk=desk.items[0].pk).update(state="done", disagreement=0.25)
    found = count_facets(desk.project, ItemFilter())
    assert found.n_items == 3
    assert counts(found, "state") == {"done": 1, "open": 2}
    assert counts(found, "lang") == {"de": 3}
    assert counts(found, "engine") == {"statistical": 3}
    assert counts(found, "label") == {"LOC": 2, "ORG": 1, "PER": 2}
    assert {value: n for value, n in counts(found, "score").items() if n} == {"0": 1, "0.7": 1, "0.8": 1}
    assert counts(found, "disagreement") == {"0.01": 1, "0.5": 0}
    narrowed = count_facets(desk.project, ItemFilter(label="LOC", state="open"))
    assert narrowed.n_items == 1
    # The other values of a part say what there would be instead of it.
    assert counts(narrowed, "label") == {"LOC": 1, "ORG": 1, "PER": 1}
    assert counts(narrowed, "state") == {"done": 1, "open": 1}
    chosen = next(value for value in narrowed.facets["label"] if value.is_chosen)
    assert (chosen.value, chosen.wanted) == ("LOC", ItemFilter(state="open"))


def test_every_count_is_what_its_link_finds(desk: Desk) -> None:
    make_items(desk.project, tgt_lang="ar", n=2)
    reviewer = make_member(desk.project, "reviewer")
    make_review(desk.items[0], reviewer)
    Item.objects.filter(pk=desk.items[2].pk).update(disagreement=1.0)
    for wanted in (ItemFilter(), ItemFilter(lang="de"), ItemFilter(label="PER"), ItemFilter(score_min=0.5)):
        found = count_facets(desk.project, wanted)
        assert {"state", "label", "score", "reviewer"} <= set(found.facets)
        for values in found.facets.values():
            for value in values:
                if not value.is_chosen:
                    assert value.n == filter_items(desk.project, value.wanted).count(), value


def test_many_items_are_estimated_from_a_random_share(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(item_facets, "MAX_EXACT", 50)
    project = make_project()
    make_items(project, n=200)
    found = count_facets(project, ItemFilter())
    # Sentences take turns: LOC stands in two of three, PER in two of three, ORG in one of three.
    assert found.n_items == 200
    assert counts(found, "state") == {"new": 200}
    estimated = {value.value: value for value in found.facets["label"]}
    assert all(value.is_estimate for value in estimated.values())
    assert estimated["LOC"].n == pytest.approx(133, abs=25)
    assert estimated["ORG"].n == pytest.approx(67, abs=25)
    few = count_facets(project, ItemFilter(text="Uppsala", label="LOC"))
    assert few.n_items == 67


def test_items_of_other_projects_are_never_counted(desk: Desk) -> None:
    other = make_desk(n=9)
    make_review(other.items[0], other.reviewer)
    found = count_facets(desk.project, ItemFilter())
    assert found.n_items == 3
    assert counts(found, "label") == {"LOC": 2, "ORG": 1, "PER": 2}
    assert "reviewer" not in found.facets
    assert ids(desk, reviewer=other.reviewer.username) == []
    assert ids(desk, text="Uppsala") == ["h2"]
