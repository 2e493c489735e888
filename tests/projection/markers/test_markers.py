"""Markers around spans: put in, carried by a translation, read back, each loss with its reason."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from projection.markers import MARKERS, Marked, Reading, insert_markers, marker_hint, read_markers
from projection.markers.brackets import Entity, Match, assign
from projection.reasons import REASONS
from projection.text import grapheme_boundaries, trim_interval
from projection.types import Interval, Span

TEXT = "Ada met Bob in London."
LABELS = {"Ada": "PER", "Bob": "PER", "London": "LOC"}


def spans_of(text: str, **labels: str) -> dict[str, Span]:
    found = {
        word: Span(label, (Interval(text.index(word), text.index(word) + len(word)),)) for word, label in labels.items()
    }
    return {f"s{number}": span for number, span in enumerate(found.values(), start=1)}


def read(translation: str, scheme: str = "numbered", text: str = TEXT, **labels: str) -> tuple[Reading, dict[str, str]]:
    """The reading, and by key the surface of each target span or the reason why there is none."""
    marked = insert_markers(text, spans_of(text, **(labels or LABELS)), scheme)
    reading = read_markers(marked, translation)
    found = {span.source_id: span.surface(reading.text) for span in reading.spans}
    return reading, found | {each.key: each.reason for each in reading.rejects}


# ------------------------------------------------------------------------------------------------ there and back again

SIGNS = "aB é1279[]/<>&;#【】《》［］＜,.\ń‍👩🏽ア ا"
TEXTS = st.text(alphabet=SIGNS, min_size=1, max_size=24) | st.sampled_from(
    ["[1]a[/1] [2]", "a &amp; <b>c</b>", "&#91;x&#93; [[y]]", "[ 1 ] 【2】 [/3]", "a &lt; b &amp;lt; c", "，,; a"]
)


@st.composite
def texts_with_spans(draw: st.DrawFn) -> tuple[str, dict[str, Span]]:
    text = draw(TEXTS)
    edges = grapheme_boundaries(text)
    positions = st.integers(0, len(edges) - 1)
    spans: dict[str, Span] = {}
    for number in range(draw(st.integers(0, 4))):
        start, end = sorted((draw(positions), draw(positions)))
        if start < end:
            spans[f"k{number}"] = Span(draw(st.sampled_from(["A", "B"])), (Interval(edges[start], edges[end]),))
    return text, spans


@pytest.mark.parametrize("scheme", MARKERS)
@settings(max_examples=300, deadline=None)
@given(case=texts_with_spans())
def test_a_translation_that_changes_nothing_gives_text_and_spans_back(
    scheme: str, case: tuple[str, dict[str, Span]]
) -> None:
    text, spans = case
    marked = insert_markers(text, spans, scheme)
    reading = read_markers(marked, marked.text, segment=0)
    assert reading.text == text
    is_clear = {each.reason for each in reading.rejects} != {"marker-mismatch"}
    # Brackets alone do not tell two labels on equal strings apart.
    assert reading.rejects == marked.rejects or (scheme == "brackets" and not is_clear)
    left_out = {each.key for each in marked.rejects}
    expected = {
        key: (span.label, trim_interval(text, *span.intervals[0])) for key, span in spans.items() if key not in left_out
    }
    if scheme == "brackets":
        # Brackets tell labels apart, and spans of one label only by what they cover.
        by_label = sorted((span.label, span.intervals[0]) for span in reading.spans)
        assert by_label == sorted(expected.values()) or not is_clear
    else:
        assert {span.source_id: (span.label, span.intervals[0]) for span in reading.spans} == expected
    assert left_out <= {key for key, span in spans.items()}
    if scheme == "numbered":
        assert all(not text[slice(*spans[key].intervals[0])].strip() for key in left_out)


def test_what_a_translator_gets_to_see() -> None:
    assert (
        insert_markers(TEXT, spans_of(TEXT, **LABELS), "numbered").text == "[1]Ada[/1] met [2]Bob[/2] in [3]London[/3]."
    )
    assert insert_markers(TEXT, spans_of(TEXT, **LABELS), "brackets").text == "[Ada] met [Bob] in [London]."
    assert insert_markers(TEXT, spans_of(TEXT, **LABELS), "xml").text == "<a>Ada</a> met <b>Bob</b> in <c>London</c>."
    assert all("<" in marker_hint("xml") and marker_hint(scheme).endswith(".") for scheme in MARKERS)


def test_numbers_that_the_text_uses_are_not_used_for_tags() -> None:
    text = "As in [1] and [ ٣ ], Bob met Ada."
    marked = insert_markers(text, spans_of(text, Bob="PER", Ada="PER"), "numbered")
    assert marked.text == "As in [1] and [ ٣ ], [2]Bob[/2] met [4]Ada[/4]."
    assert read_markers(marked, "Bei [1] und [ ٣ ] traf [2]Bob[/2] [4]Ada[/4].").problems == ()


def test_signs_of_the_text_are_escaped_where_they_would_be_taken_for_markers() -> None:
    text = "5 < 6 [sic] &amp; Ada"
    assert insert_markers(text, spans_of(text, Ada="P"), "xml").text == "5 &#60; 6 [sic] &amp;amp; <a>Ada</a>"
    assert insert_markers(text, spans_of(text, Ada="P"), "brackets").text == "5 < 6 &#91;sic&#93; &amp;amp; [Ada]"
    assert insert_markers(text, spans_of(text, Ada="P"), "numbered").text == "5 < 6 [sic] &amp;amp; [1]Ada[/1]"


# ----------------------------------------------------------------------------------------------------------- reordering


@pytest.mark.parametrize(
    ("scheme", "translation"),
    [
        ("numbered", "In [3]London[/3] traf [1]Ada[/1] [2]Bob[/2]."),
        ("numbered", "In [3] London [/3] traf [ 1 ]Ada[ / 1 ] ［2］Bob【/2】."),
        ("numbered", "In [٣]London[/٣] traf [1]Ada[/1] [2]Bob[/2]."),
        ("xml", "In <c>London</c> traf <a>Ada</a> <b>Bob</b>."),
        ("xml", "In < C >London</ C> traf <A> Ada < /A> <b>Bob</ b>."),
        ("brackets", "In [London] traf [Ada] [Bob]."),
        ("brackets", "In [[London]] traf 【Ada】 《 Bob 》."),
        ("brackets", "In [ [London] ] traf [Ada] [Bob ]."),
    ],
)
def test_markers_that_moved_or_changed_their_looks_are_read(scheme: str, translation: str) -> None:
    reading, found = read(translation, scheme)
    assert reading.text == "In London traf Ada Bob."
    assert found == {"s1": "Ada", "s2": "Bob", "s3": "London"}
    assert reading.loss == 0
    assert [(span.label, span.segment) for span in reading.spans] == [("PER", 1), ("PER", 1), ("LOC", 1)]


def test_entities_of_the_translator_are_unescaped_and_offsets_count_the_clean_text() -> None:
    reading, found = read("L&#39;ami d&apos;[1]Ada &amp; Cie[/1] : [2]Bob[/2], [3]Londres[/3]")
    assert reading.text == "L'ami d'Ada & Cie : Bob, Londres"
    assert found["s1"] == "Ada & Cie"
    assert reading.spans[1].intervals == (Interval(20, 23),)


@pytest.mark.parametrize(
    ("translation", "text"),
    [
        ("vu par[1] Ada [/1]hier", "vu par Ada hier"),
        ("vu par [1] Ada [/1] hier", "vu par Ada hier"),
        ("[1] Ada [/1], hier", "Ada, hier"),
        ("vu par [1]Ada [/1](hier)", "vu par Ada (hier)"),
        ("par [1] Ada[/1]", "par Ada"),
    ],
)
def test_blanks_next_to_markers_do_not_stay_twice_and_do_not_get_lost(translation: str, text: str) -> None:
    reading, found = read(translation, Ada="PER")
    assert (reading.text, found) == (text, {"s1": "Ada"})


def test_a_comma_pulled_into_the_tag_is_put_out_again() -> None:
    assert read("Gestern <a>, Ada,</a> heute", "xml", Ada="PER")[1] == {"s1": "Ada"}
    assert read("a <a>, Ada</a>", "xml", "x , Ada", **{", Ada": "PER"})[1] == {"s1": ", Ada"}


# --------------------------------------------------------------------------------------------------------------- losses


@pytest.mark.parametrize(
    ("translation", "reasons", "text"),
    [
        ("[1]Ada[/1] traf Bob in [3]London[/3].", {"s2": "marker-missing"}, "Ada traf Bob in London."),
        ("[1]Ada[/1] traf [2]Bob in [3]London[/3].", {"s2": "marker-unclosed"}, "Ada traf Bob in London."),
        ("[1]Ada[/1] traf Bob[/2] in [3]London[/3].", {"s2": "marker-unopened"}, "Ada traf Bob in London."),
        ("[1]Ada[/1] traf [/2]Bob[2] in [3]London[/3].", {"s2": "marker-unopened"}, "Ada traf Bob in London."),
        (
            "[1]Ada[/1] traf [2]Bob[/2] in [2]X[/2] [3]London[/3].",
            {"s2": "marker-duplicated"},
            "Ada traf Bob in X London.",
        ),
        ("[1]Ada[/1] traf [2] [/2] in [3]London[/3].", {"s2": "marker-empty"}, "Ada traf in London."),
        ("[1]Ada traf [2]Bob[/2][/1] in [3]London[/3].", {"s1": "marker-nested"}, "Ada traf Bob in London."),
        (
            "[1]Ada [2]traf[/1] Bob[/2] in [3]London[/3].",
            {"s1": "marker-nested", "s2": "marker-nested"},
            "Ada traf Bob in London.",
        ),
        ("", {"s1": "marker-missing", "s2": "marker-missing", "s3": "marker-missing"}, ""),
    ],
)
@pytest.mark.parametrize("scheme", ["numbered", "xml"])
def test_every_lost_tag_has_its_reason_and_the_others_survive(
    scheme: str, translation: str, reasons: dict[str, str], text: str
) -> None:
    if scheme == "xml":
        for number, name in (("1", "a"), ("2", "b"), ("3", "c")):
            translation = translation.replace(f"[{number}]", f"<{name}>").replace(f"[/{number}]", f"</{name}>")
    reading, found = read(translation, scheme)
    assert reading.text == text
    assert {key: value for key, value in found.items() if value.startswith("marker-")} == reasons
    assert {value for value in found.values() if not value.startswith("marker-")} <= set(LABELS)
    assert len(found) == 3
    assert reading.loss == len(reasons) / 3
    assert set(reasons.values()) <= set(REASONS)


def test_a_reject_says_which_span_and_where() -> None:
    reading, _ = read("[1]Ada[/1] traf [2]Bob in [3]London[/3].")
    problem = reading.rejects[0].problem
    assert problem.place == "span s2, translation character 16"
    assert "PER 'Bob': its closing marker is gone" in problem.message
    assert reading.reasons == {"marker-unclosed": 1}
    assert read("Ada traf [2]Bob[/2] in [3]London[/3].")[0].rejects[0].problem.place == "span s1, source characters 0-3"


def test_tags_that_nobody_put_in_stay_and_are_reported() -> None:
    reading, _ = read("[1]Ada[/1] traf [2]Bob[/2] in [3]London[/3] [7].")
    assert reading.text == "Ada traf Bob in London [7]."
    assert [problem.code for problem in reading.problems] == ["marker-unknown"]


def test_nested_and_crossing_source_spans() -> None:
    text = "University of Vienna staff"
    labels = {text: "GROUP", "University of Vienna": "ORG", "Vienna": "LOC", "of Vienna staff": "X"}
    marked = insert_markers(text, spans_of(text, **labels), "numbered")
    assert marked.text == "[1][2]University [3]of [4]Vienna[/4][/2] staff[/3][/1]"
    reading = read_markers(marked, "[1]Personal [3]der [2]Universität [4]Wien[/4][/2][/3][/1]")
    surfaces = [span.surface(reading.text) for span in reading.spans]
    assert surfaces == ["Personal der Universität Wien", "Universität Wien", "Wien", "der Universität Wien"]
    xml = insert_markers(text, spans_of(text, **labels), "xml")
    assert xml.text == "<a><b>University of <c>Vienna</c></b> staff</a>"
    assert [(each.key, each.reason) for each in xml.rejects] == [("s4", "marker-overlap")]
    brackets = insert_markers(text, spans_of(text, **labels), "brackets")
    assert brackets.text == "[University of Vienna staff]"
    assert [each.reason for each in brackets.rejects] == ["marker-overlap"] * 3
    assert read_markers(brackets, "Personal").reasons == {"marker-overlap": 3, "marker-count": 1}


def test_pieces_of_a_discontinuous_span_survive_together_or_not_at_all() -> None:
    text = "arm and leg pain"
    spans = {"d": Span("DIS", (Interval(0, 3), Interval(12, 16))), "e": Span("DIS", (Interval(4, 7),))}
    marked = insert_markers(text, spans, "numbered")
    assert marked.text == "[1]arm[/1] [2]and[/2] leg [3]pain[/3]"
    reading = read_markers(marked, "[3]Schmerz[/3] in [1]Arm[/1] [2]und[/2] Bein")
    assert reading.spans[0].surface(reading.text) == "Schmerz Arm"
    assert read_markers(marked, "Armschmerz [2]und[/2] [3]x[/3]").reasons == {"marker-missing": 1}
    assert insert_markers(text, spans, "brackets").rejects[0].reason == "marker-discontinuous"


def test_a_span_of_white_space_is_rejected_when_it_is_marked() -> None:
    for scheme in MARKERS:
        marked = insert_markers("a  b", {"k": Span("X", (Interval(1, 3),))}, scheme)
        assert isinstance(marked, Marked)
        assert (marked.text, marked.rejects[0].reason) == ("a  b", "no-tokens")
        assert read_markers(marked, "a b").reasons == {"no-tokens": 1}


# ------------------------------------------------------------------------------------------------------------- brackets


def test_brackets_that_do_not_fit_reject_the_sentence() -> None:
    def reasons(translation: str) -> dict[str, int]:
        return dict(read(translation, "brackets")[0].reasons)

    assert reasons("[Ada] traf Bob in [London].") == {"marker-count": 3}
    assert reasons("[Ada] traf [Bob] in [London] [x].") == {"marker-count": 3}
    assert reasons("]Ada[ traf [Bob] in [London].") == {"marker-nested": 3}
    assert reasons("[Ada] traf [] in [London].") == {"marker-empty": 3}
    # Two strings are like no source span: neither can be told by what is left over.
    assert reasons("[Ada] traf [Robert] in [Wien].") == {"marker-mismatch": 3}
    assert read("[Ada] traf Bob in [London].", "brackets")[0].text == "Ada traf Bob in London."


def test_other_brackets_of_the_target_stay_where_the_square_ones_suffice() -> None:
    assert read("[Ada]《x》[Bob][London]", "brackets")[0].text == "Ada《x》BobLondon"


def test_the_published_rules_tell_which_bracket_is_which() -> None:
    entities = [
        Entity("1", "PER", "ada"),
        Entity("2", "LOC", "germany", "deutschland"),
        Entity("3", "ORG", "nato", "otan"),
    ]
    # Equal to a translation; equal to the source; like neither, but one label is left.
    assert assign(["Deutschland", "NATO", "Xy"], entities) == [Match("2", 1.0), Match("3", 1.0), Match("1", 1.0)]
    # difflib: "deutschlands" and "deutschland" share 11 of 12 and 11 letters.
    assert assign(["Otan", "Deutschlands", "Ada"], entities)[1] == Match("2", pytest.approx(22 / 23))
    assert assign(["Otan", "Qx", "Zz"], entities) is None
    # The labels found are not those of the source.
    assert assign(["Otan", "Otan", "Ada"], entities) is None
    assert assign(["Otan", "Deutschlands", "Ada"], entities, min_ratio=0.99) is not None
    assert assign(["Otan", "Deutschlands", "Xy"], entities, min_ratio=0.99) is None


def test_spans_of_one_label_are_told_by_likeness_then_by_order() -> None:
    entities = [Entity(str(number), "PER", name) for number, name in enumerate(("ada", "bob", "eve"), start=1)]
    assert [match.key for match in assign(["Bob", "X", "Ada"], entities)] == ["2", "3", "1"]
    assert [match.key for match in assign(["X", "Y", "Z"], entities)] == ["1", "2", "3"]


def test_translations_of_single_spans_help_and_the_likeness_is_the_score() -> None:
    text = "Germany joined NATO"
    marked = insert_markers(text, spans_of(text, Germany="LOC", NATO="ORG"), "brackets")
    assert read_markers(marked, "[Deutschlands] Beitritt zur [OTAN]").reasons == {"marker-mismatch": 2}
    reading = read_markers(marked, "[OTAN] [Deutschlands]", surfaces={"s1": "Deutschland", "s2": "OTAN"})
    assert [(span.source_id, span.label, span.meta) for span in reading.spans] == [
        ("s1", "LOC", {"score": round(22 / 23, 4)}),
        ("s2", "ORG", {}),
    ]
