"""The automaton writes the given words and nothing else, whatever is chosen from what it allows."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from projection.transfer.constrained.automaton import TaggedSpan, TaggingAutomaton, TagIds

END = 0
TAGS = TagIds(opening={"LOC": (101,), "PER": (102, 103)}, closing={"LOC": (111,), "PER": (112,)})
WORDS = [(1, 2), (3,), (4, 5, 6)]


def make(words: list[tuple[int, ...]], *, max_spans: int = 2, tags: TagIds = TAGS) -> TaggingAutomaton:
    return TaggingAutomaton(words, tags, end_id=END, max_spans=max_spans)


def test_outside_the_next_word_or_a_tag_inside_words_first_and_then_a_tag() -> None:
    automaton = make(WORDS)
    assert automaton.allowed([]) == [1, 101, 102]
    # A word is written to its end.
    assert automaton.allowed([1]) == [2]
    # After a tag one word at least; the second token of a long tag comes first.
    assert automaton.allowed([102]) == [103]
    assert automaton.allowed([102, 103]) == [1]
    assert automaton.allowed([101, 1, 2]) == [3, 111]
    # All words are written: the tag must close, then the end.
    assert automaton.allowed([101, 1, 2, 3, 4, 5, 6]) == [111]
    assert automaton.allowed([101, 1, 2, 3, 4, 5, 6, 111]) == [END]
    assert automaton.allowed([1, 2, 3, 4, 5, 6]) == [END]


def test_spans_are_read_back_as_word_ranges() -> None:
    automaton = make(WORDS)
    written = [101, 1, 2, 111, 102, 103, 3, 4, 5, 6, 112, END]
    assert automaton.read(written) == (TaggedSpan("LOC", 0, 1), TaggedSpan("PER", 1, 3))
    assert automaton.read([*written, 9, 9]) == automaton.read(written)
    assert automaton.read([1, 2, 3, 4, 5, 6, END]) == ()
    assert automaton.read(written[:-1]) is None
    assert automaton.read([1, 2, 4, 5, 6, END]) is None


def test_no_more_spans_than_allowed() -> None:
    automaton = make(WORDS, max_spans=1)
    assert automaton.allowed([101, 1, 2, 111]) == [3]
    assert make(WORDS, max_spans=0).allowed([]) == [1]


def test_the_longest_text_is_as_long_as_promised() -> None:
    # 6 word tokens, two spans of PER (2 + 1 tokens), the end.
    automaton = make(WORDS)
    written = [102, 103, 1, 2, 112, 102, 103, 3, 4, 5, 6, 112, END]
    assert automaton.read(written) is not None
    assert automaton.max_tokens == len(written) == 13


def test_where_words_look_like_tags_all_readings_are_followed() -> None:
    # The second word is written with the token of the closing tag of LOC.
    automaton = make([(1,), (111,), (2,)], max_spans=1)
    assert automaton.allowed([101, 1]) == [111]
    assert automaton.allowed([101, 1, 111]) == [2, 111]
    assert automaton.read([101, 1, 111, 111, 2, END]) == (TaggedSpan("LOC", 0, 1),)
    assert automaton.read([101, 1, 111, 2, 111, END]) == (TaggedSpan("LOC", 0, 3),)


@pytest.mark.parametrize("words", [[(1,), ()], [(1, END)]])
def test_words_that_cannot_be_written_are_refused(words: list[tuple[int, ...]]) -> None:
    with pytest.raises(ValueError, match="no token"):
        make(words)


# Few ids, so that words and tags often have the same tokens.
_PIECE = st.lists(st.integers(1, 4), min_size=1, max_size=3).map(tuple)


@settings(max_examples=300, deadline=None)
@given(
    words=st.lists(_PIECE, max_size=6),
    tags=st.dictionaries(st.sampled_from(["A", "B"]), st.tuples(_PIECE, _PIECE), min_size=1),
    max_spans=st.integers(0, 3),
    seed=st.integers(0, 1000),
)
def test_whatever_is_chosen_the_words_are_written_in_their_order_and_the_text_ends(
    words: list[tuple[int, ...]], tags: dict[str, tuple[tuple[int, ...], tuple[int, ...]]], max_spans: int, seed: int
) -> None:
    ids = TagIds({label: pair[0] for label, pair in tags.items()}, {label: pair[1] for label, pair in tags.items()})
    automaton = make(words, tags=ids, max_spans=max_spans)
    choose, written = random.Random(seed), []
    while END not in written:
        written.append(choose.choice(automaton.allowed(written)))
        assert len(written) <= automaton.max_tokens
    spans = automaton.read(written)
    assert spans is not None
    assert len(spans) <= max_spans
    # Writing the words with these tags gives exactly these tokens: nothing was changed, added or left out.
    expected: list[int] = []
    for number, word in enumerate(words):
        expected += [token for span in spans if span.start == number for token in ids.opening[span.label]]
        expected += word
        expected += [token for span in spans if span.end == number + 1 for token in ids.closing[span.label]]
    assert [*expected, END] == written
