"""Where spans and links go when a text is edited; every place is worked by hand."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from projection.edits import TextEdit
from projection.text import is_grapheme_boundary, tokenize
from projection.types import Interval, Link

OLD = "Ada Brandt eröffnete das Hafenmuseum in Bremen."


def edit(old: str, new: str, *, lang: str = "de") -> TextEdit:
    return TextEdit(old, new, old_tokens=tokenize(old, lang=lang), new_tokens=tokenize(new, lang=lang))


def place(text: str, surface: str) -> tuple[int, int]:
    start = text.index(surface)
    return start, start + len(surface)


@pytest.mark.parametrize(
    ("new", "surface", "expected", "is_hit"),
    [
        # Text put in before, after, at the edges: the span keeps its words.
        ("Gestern: Ada Brandt eröffnete das Hafenmuseum in Bremen.", "Ada Brandt", "Ada Brandt", False),
        ("Ada Brandt eröffnete das Hafenmuseum in Bremen gestern.", "Bremen", "Bremen", False),
        ("Ada Brandt selbst eröffnete das Hafenmuseum in Bremen.", "Ada Brandt", "Ada Brandt", False),
        # Changed inside: the new words, and somebody looks again.
        ("Ada Brand eröffnete das Hafenmuseum in Bremen.", "Ada Brandt", "Ada Brand", True),
        ("Ada Maria Brandt eröffnete das Hafenmuseum in Bremen.", "Ada Brandt", "Ada Maria Brandt", True),
        ("Ada Brandt eröffnete das Hafenmuseum in Hamburg.", "Bremen", "Hamburg", True),
        ("Ada Brandt eröffnete das Hafenmuseum in Bremens.", "Bremen", "Bremens", True),
        # Taken out.
        ("Brandt eröffnete das Hafenmuseum in Bremen.", "Ada Brandt", "Brandt", True),
        ("Ada Brandt eröffnete das Hafenmuseum.", "Bremen", "", True),
        # A change elsewhere.
        ("Ada Brandt schloss das Hafenmuseum in Bremen.", "Bremen", "Bremen", False),
    ],
)
def test_where_a_span_goes(new: str, surface: str, expected: str, is_hit: bool) -> None:
    moved = edit(OLD, new).move([place(OLD, surface)])
    assert " ".join(new[start:end] for start, end in moved.intervals) == expected
    assert moved.is_hit is is_hit


def test_words_inside_a_bigger_change_are_found_again_where_they_stand_once() -> None:
    old, new = "Er kam aus Lyon gern", "Aus Lyon reiste er an"
    moved = edit(old, new).move([place(old, "Lyon")])
    assert moved.intervals == (Interval(*place(new, "Lyon")),)


def test_a_span_whose_surroundings_were_all_rewritten_has_no_place() -> None:
    old, new = "alpha beta gamma", "delta zeta"
    assert edit(old, new).move([place(old, "beta")]).intervals == ()


def test_pieces_move_alone() -> None:
    old, new = "er rief sie gestern an", "er rief sie gestern Abend laut an"
    moved = edit(old, new).move([place(old, "rief"), (20, 22)])
    assert [new[start:end] for start, end in moved.intervals] == ["rief", "an"]
    assert not moved.is_hit


def test_links_follow_their_tokens_and_those_of_changed_tokens_go() -> None:
    old, new = "das Haus brennt", "seht , das große Haus brannte"
    links = [Link(0, 0, 0.9), Link(1, 1, 0.8), Link(2, 2, 0.7)]
    assert edit(old, new).move_links(links) == [Link(0, 2, 0.9), Link(1, 4, 0.8)]


def test_an_edge_never_cuts_a_cluster() -> None:
    old, new = "cafe da", "cafe\u0301 da"
    moved = edit(old, new, lang="fr").move([(0, 4)])
    assert [new[start:end] for start, end in moved.intervals] == ["cafe\u0301"]
    assert moved.is_hit


WORDS = st.lists(st.sampled_from(["ada", "kam", "e\u0301te", "ไป", "سلام", ".", "x y"]), max_size=7).map(" ".join)


@given(WORDS, WORDS, st.data())
def test_moved_spans_are_whole_and_lie_in_the_new_text(old: str, new: str, data: st.DataObject) -> None:
    tokens = tokenize(old, lang="en")
    if not tokens:
        return
    first = data.draw(st.integers(0, len(tokens) - 1))
    last = data.draw(st.integers(first, len(tokens) - 1))
    span = (tokens[first][0], tokens[last][1])
    moved = edit(old, new, lang="en").move([span])
    for start, end in moved.intervals:
        assert 0 <= start < end <= len(new)
        assert is_grapheme_boundary(new, start)
        assert is_grapheme_boundary(new, end)
        assert new[start:end].strip() == new[start:end]
    if not moved.is_hit:
        assert [new[start:end] for start, end in moved.intervals] == [old[span[0] : span[1]]]
