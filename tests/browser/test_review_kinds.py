"""Labels of every kind reviewed by keyboard alone, to the end of the project, with undo."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser import kind_texts
from tests.browser.kind_page import KindPage
from tests.stack import Stack

pytestmark = pytest.mark.browser


def test_tags_stand_in_a_grid_and_a_digit_tags_and_goes_on(page: Page, stack: Stack) -> None:
    review = KindPage.make_kind(page, stack, kind_texts.TOKENS)
    assert review.texts(".token")[:2] == ["The DET Das DET", "red ADJ rote ADJ"]
    assert page.locator(".box.accepted, .box.machine").count() == 1
    review.press("Enter")
    assert review.live == "accepted, DET, next: rote, ADJ, 6 left"
    review.press("4")
    assert review.live == "accepted, ADV, next: Boot, NOUN, 5 left"
    review.press("Control+z")
    assert review.status.startswith("rote ADJ undecided")
    review.press("3", "Shift+ArrowRight")
    assert review.words("detail") == "Only spans have edges that move."
    # A word without a tag gets one: here the separated prefix.
    review.press("a", "ArrowRight", "ArrowRight", "Space", "Space", "4")
    assert review.live == "added ab, ADV"
    review.press("Shift+Enter")
    assert review.live == "Accepted 4. 1 not found is left to you."
    review.press("Enter")
    assert review.current_item == review.items[1]
    review.press("Enter", "0")
    page.keyboard.type("adv")
    review.press("Enter")
    assert review.live.startswith("accepted, ADV, next: ist")
    review.press("Control+z", "1", "Shift+Enter")
    review.expect_end()
    tags = [label for _, state, label in review.kinds(0) if state == "accepted"]
    assert tags == ["DET", "ADJ", "NOUN", "VERB", "NOUN", "PUNCT", "ADV"]
    assert [label for _, _, label in review.kinds(1)] == ["DET", "NOUN", "AUX", "ADJ", "PUNCT"]


def test_tags_without_a_source_are_decided_by_the_same_keys(page: Page, stack: Stack) -> None:
    review = KindPage.make_kind(page, stack, kind_texts.TOKENS_ALONE)
    assert review.texts(".token")[2:5] == ["leaves VERB fährt VERB", "no source – PUNCT", "no source ab ADP"]
    review.press("Enter", "Enter", "Enter")
    assert review.live == "accepted, VERB, next: –, PUNCT, 3 left"
    assert review.words("detail").startswith("no source statistical, score 0.60")
    assert page.locator(".token.current [data-ref]").get_attribute("aria-label") == "⁨–⁩, PUNCT, undecided, no source"
    review.press("x", "2")
    assert review.live.startswith("rejected, ")
    assert review.status.startswith("ab ADP undecided")
    # What else was proposed, taken; then another label, which accepts too.
    review.press("v", "Enter", "Control+z", "4")
    assert review.live == "accepted, ADV, next: ., PUNCT, 1 left"
    review.press("Enter")
    assert review.current_item == review.items[1]
    review.press("Shift+Enter")
    review.expect_end()
    assert [each for each in review.kinds(0) if each[0] == "token"][4:] == [
        ("token", "rejected", "PUNCT"),
        ("token", "accepted", "ADV"),
    ]
    assert {state for _, state, _ in review.kinds(1)} == {"accepted"}
    # Undone after a reload, it is a proposal again.
    review.open(f"?item={review.items[0]}&state=done")
    review.press("Control+z")
    expect(page.locator(".token").nth(2)).to_have_text("no sourceabADP")
    review.expect_saved()
    assert {state for _, state, _ in review.kinds(1)} == {"undecided"}


def test_a_tag_without_a_source_is_flagged_and_commented_before_it_is_decided(page: Page, stack: Stack) -> None:
    review = KindPage.make_kind(page, stack, kind_texts.TOKENS_ALONE)
    review.press("Enter", "Enter", "Enter", "c")
    page.keyboard.type("A dash?")
    review.press("Control+Enter", "Escape", "f", "2")
    review.expect_saved()
    assert review.status.startswith("ab ADP undecided")
    review.open(f"?item={review.items[0]}")
    data = review.on_server(review.items[0])
    (dash,) = [each for each in data["spans"] if each["intervals"] == [[15, 16]]]
    assert [flag["ref"] for flag in data["flags"]] == [dash["annotation"]]
    assert [thread["ref"] for thread in data["threads"]] == [dash["annotation"]]
    assert (dash["state"], dash["is_proposed"]) == ("undecided", True)


def test_how_often_a_word_got_which_tag_is_one_key_away(page: Page, stack: Stack) -> None:
    review = KindPage.make_kind(page, stack, kind_texts.TOKENS)
    review.press("Shift+Enter", "Enter")
    review.expect_saved()
    review.press("ArrowRight", "y")
    panel = page.get_by_role("region", name="Tags of “Boot” so far")
    expect(panel.locator("tbody tr")).to_have_text(["NOUN11", "VERB01"])
    review.press("Escape")
    expect(panel).to_have_count(0)


def test_classes_are_set_by_one_digit_and_a_layer_of_several_takes_more(page: Page, stack: Stack) -> None:
    review = KindPage.make_kind(page, stack, kind_texts.CLASSES)
    assert review.texts(".cell-target .classes") == ["topic travel tone angry"]
    assert review.status.startswith("topic travel undecided")
    review.press("2")
    assert review.live == "accepted, science, next: tone, angry, 1 left"
    review.press("3")
    assert review.live == "added tone, amused"
    assert review.texts(".cell-target .chip") == ["✓ travel → science", "angry", "✓ amused"]
    review.press("ArrowDown", "Enter")
    assert review.current_item == review.items[1]
    review.press("Control+z", "Control+z")
    assert review.current_item == review.items[0]
    assert review.texts(".cell-target .chip") == ["✓ travel → science", "angry"]
    review.press("Control+y", "Control+y")
    review.press("PageDown", "x", "3", "k", "1")
    assert review.live == "added topic, sport"
    review.press("ArrowDown", "Enter")
    review.expect_end()
    assert review.kinds(0) == [
        ("class", "accepted", "science"),
        ("class", "accepted", "angry"),
        ("class", "accepted", "amused"),
    ]
    assert review.kinds(1) == [
        ("class", "rejected", "travel"),
        ("class", "accepted", "calm"),
        ("class", "accepted", "sport"),
    ]


def test_a_relation_follows_its_ends_and_new_ones_are_drawn(page: Page, stack: Stack) -> None:
    review = KindPage.make_kind(page, stack, kind_texts.RELATIONS)
    assert review.texts(".relation-group") == ["Ada Brandt —lives-in→ Bremen"]
    review.press("Shift+Enter", "PageUp")
    review.expect_saved()
    assert review.kinds(0)[3] == ("relation", "accepted", "lives-in")
    # The tail is rejected: the relation is open again, says why, and Enter rejects it, too.
    review.press("ArrowRight", "x", "2")
    assert review.live.startswith("rejected, wrong words, 1 relation is open again, next: Ada Brandt → Bremen")
    assert review.texts(".relation-why") == ["its tail Bremen is rejected"]
    assert review.words("hint") == "Enter confirms that Ada Brandt → Bremen is not in the translation"
    review.press("Control+z")
    assert page.locator(".relation.accepted").count() == 1
    # From Ada Brandt to Nordlys: the next span but one, turned around and back.
    review.press("ArrowLeft", "d")
    assert review.live == "from Ada Brandt to Bremen"
    review.press("ArrowRight", "d")
    assert review.live == "from Nordlys to Ada Brandt"
    review.press("d", "2")
    assert review.live == "Ada Brandt → Nordlys, works-for"
    assert review.texts(".relation-group") == ["Ada Brandt ( ✓lives-in Bremen , ✓works-for Nordlys )"]
    review.press("Control+z")
    assert page.locator(".relation").count() == 1
    review.press("Control+y", "1")
    assert review.status.startswith("Ada Brandt → Nordlys lives-in accepted")
    review.press("2", "PageDown", "Shift+Enter")
    review.expect_end()
    assert review.kinds(0)[3:] == [("relation", "accepted", "lives-in"), ("relation", "accepted", "works-for")]


def test_the_ends_of_a_relation_are_changed(page: Page, stack: Stack) -> None:
    review = KindPage.make_kind(page, stack, kind_texts.RELATIONS)
    review.press("ArrowLeft", "d")
    assert review.live == "from Ada Brandt to Bremen"
    review.press("ArrowRight", "Enter")
    assert review.status.startswith("Ada Brandt → Nordlys lives-in undecided other ends than in the source")
    assert review.history[0] == "k1 Ada Brandt → Nordlys: linked lives-in"
    review.press("Control+z")
    assert review.status == "Ada Brandt → Bremen lives-in undecided"


def test_an_answer_stands_in_its_context_with_the_question_over_it(page: Page, stack: Stack) -> None:
    review = KindPage.make_kind(page, stack, kind_texts.ANSWERS)
    assert review.texts(".cell-head") == ["English question", "German question", "English context", "German context"]
    review.press("e", "Shift+ArrowRight", "Enter")
    assert review.live.startswith("accepted, answer. Next item: sixty, answer, not found in the translation")
    # The answer is looked for in the passage, not in the question, where the links lead.
    review.press("a")
    assert review.live == "starts at sechzig"
    review.press("Space", "Space", "Enter")
    review.expect_end()
    assert [review.surfaces(item) for item in review.items] == [["mittags"], ["sechzig"]]


def test_a_tuple_reads_as_one_row_and_its_predicate_gains_a_piece(page: Page, stack: Stack) -> None:
    review = KindPage.make_kind(page, stack, kind_texts.TUPLES)
    assert review.texts(".relation-group") == ["gibt ( ARG0 Der Lotse , ARG1 den alten Plan )"]
    review.press("Enter", "Shift+A", "ArrowRight", "ArrowRight", "ArrowRight", "Space", "Space")
    assert review.status.startswith("gibt auf predicate")
    assert review.texts(".relation-group") == ["gibt auf ( ARG0 Der Lotse , ARG1 den alten Plan )"]
    review.press("Backspace")
    assert review.status.startswith("gibt predicate")
    review.press("Control+z", "Enter", "Shift+Enter")
    review.expect_end()
    assert review.surfaces(review.items[0])[0] == "gibt auf"
    assert [state for _, state, _ in review.kinds(0)] == ["accepted"] * 5


def test_a_dialogue_is_reviewed_turn_by_turn(page: Page, stack: Stack) -> None:
    page.set_viewport_size({"width": 1280, "height": 480})
    review = KindPage.make_kind(page, stack, kind_texts.DIALOGUE)
    assert review.texts(".cell-source .cell-head") == [
        "English 1 user",
        "English 2 system",
        "English 3 user",
        "English 4 user",
    ]
    review.press("Enter")
    assert review.live == "accepted, greet, next: intent, ask-time, 4 left"
    review.press("2", "Enter", "e", "Shift+ArrowRight", "Enter")
    assert review.live == "accepted, time, next: intent, thank, 1 left"
    expect(page.locator(".chip.current")).to_be_in_viewport()
    review.press("Control+z", "Control+z", "Control+y", "Control+y", "Enter", "Enter")
    review.expect_end()
    assert [label for _, _, label in review.kinds(0)] == ["greet", "book", "place", "time", "thank"]
    assert review.surfaces(review.items[0])[3] == "Montag"


def test_a_grade_is_one_digit(page: Page, stack: Stack) -> None:
    review = KindPage.make_kind(page, stack, kind_texts.RELEVANCE)
    assert review.texts(".classes .chip:not(.gold)") == ["3", "2", "1", "0"]
    review.press("2")
    assert review.current_item == review.items[1]
    review.press("Control+z", "1", "3")
    review.expect_end()
    assert [review.kinds(n) for n in (0, 1)] == [[("class", "accepted", "3")], [("class", "accepted", "1")]]


def test_a_span_is_linked_to_a_concept_by_search(page: Page, stack: Stack) -> None:
    review = KindPage.make_kind(page, stack, kind_texts.LINKING)
    assert review.status == "Bremen mention undecided Bremen (city) (Q1)"
    assert review.texts(".tag-concept") == ["Bremen (city)"]
    review.press("i")
    rows = page.locator("#found-concepts [role=option]")
    expect(rows).to_have_text(["Bremen (city)Q1", "Bremen (state)Q2", "No concept"])
    review.press("ArrowDown", "Enter")
    assert review.live == "Bremen: linked to Bremen (state) (Q2)"
    review.press("Control+z")
    assert review.status.endswith("Bremen (city) (Q1)")
    review.press("Control+y", "Enter", "i")
    expect(rows).to_have_text(["UppsalaQ3"])
    page.keyboard.type("zzz")
    expect(page.locator("#found-concepts")).to_have_text("No concept is called that.")
    review.press("Escape", "i")
    expect(rows).to_have_count(1)
    review.press("Enter", "Enter")
    review.expect_end()
    concepts = [span["concept"]["code"] for span in review.on_server(review.items[0])["spans"]]
    assert concepts == ["Q2", "Q3"]


def test_spans_lie_in_one_another_and_edges_move_by_characters_where_the_layer_says_so(
    page: Page, stack: Stack
) -> None:
    review = KindPage.make_kind(page, stack, kind_texts.NESTED)
    outer, inner = [page.locator(".cell-target .box").nth(n).bounding_box() for n in (0, 1)]
    assert outer["height"] > inner["height"]
    review.press("Enter", "Enter", "Shift+ArrowRight", "Shift+ArrowRight")
    assert review.status.startswith("öffnet stem")
    review.press("e", "Shift+ArrowLeft", "Enter")
    review.expect_end()
    assert review.surfaces(review.items[0]) == ["Universität Bremen", "Bremen", "eöffnet"]


@pytest.mark.parametrize("name", sorted(kind_texts.ALL))
def test_every_kind_fits_a_narrow_screen_and_has_rows_in_the_table(page: Page, stack: Stack, name: str) -> None:
    page.set_viewport_size({"width": 320, "height": 700})
    review = KindPage.make_kind(page, stack, kind_texts.ALL[name])
    assert review.has_no_sideways_scroll()
    review.press("g")
    spans = review.on_server(review.items[0])["spans"]
    expect(page.locator(".span-table tbody tr")).to_have_count(len(spans))
    assert "undefined" not in " ".join(review.texts(".span-table"))
    assert review.has_no_sideways_scroll()
