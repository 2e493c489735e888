"""Rule 11: conversations about spans, which change no state."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser.review_page import ReviewPage
from tests.stack import Stack

pytestmark = pytest.mark.browser

ADD_THREAD = """
import uuid
from annotator.models import Item, Project, User
from annotator.services import notes
from tests.annotator.factories import make_member
import secrets
project = Project.objects.get(pk=given["project"])
actor = make_member(project, "curator", username="c" + secrets.token_hex(6))
item = Item.objects.get(pk=given["item"])
span = item.source_spans.get(position=given["position"])
thread = notes.post_comment(
    project=project, actor=actor, comment_id=uuid.uuid4(), thread_id=uuid.uuid4(),
    target=notes.Target(item_id=item.pk, source_span_id=span.pk), text=given["text"],
)
result = str(thread.pk)
"""


def add_thread(review: ReviewPage, n: int, position: int, text: str) -> str:
    given = {"project": review.project, "item": review.items[n], "position": position, "text": text}
    return review.stack.python(ADD_THREAD, given)


def comments(review: ReviewPage) -> list[list[str]]:
    """Source span and text of all comments that the server has."""
    return review.stack.python(
        "from annotator.models import Comment\n"
        "rows = Comment.objects.filter(thread__project=given).order_by('created_at')\n"
        "result = [[row.thread.source_span.surface, row.text] for row in rows]",
        review.project,
    )


def test_c_opens_ctrl_enter_posts_and_esc_returns_to_the_span(page: Page, stack: Stack) -> None:
    review = ReviewPage.make(page, stack)
    review.press("ArrowRight", "c")
    field = page.get_by_label("Comment on")
    expect(field).to_be_focused()
    # Letters in the field are no commands.
    page.keyboard.type("Is xav one name?")
    review.press("Control+Enter")
    assert review.live == "Posted. Esc goes back to the span."
    expect(page.locator(".comment-text")).to_have_text(["Is xav one name?"])
    review.press("Escape")
    expect(page.locator(".side-panel")).to_have_count(0)
    assert review.status.startswith("Tomas Vale PER undecided")
    review.expect_saved()
    assert comments(review) == [["Tomas Vale", "Is xav one name?"]]
    assert review.states(review.items[0]) == ["undecided"] * 5
    review.press("Enter")
    assert review.live.startswith("accepted, PER")


def test_an_answer_goes_on_with_the_thread_and_the_panel_follows_the_cursor(page: Page, stack: Stack) -> None:
    review = ReviewPage.make(page, stack)
    add_thread(review, 0, 0, "Is this one name?")
    review.open(f"?item={review.items[0]}")
    review.wait_ahead()
    expect(review.part("comment-count")).to_have_text("1 open thread")
    review.press("c")
    expect(page.locator(".comment-text")).to_have_text(["Is this one name?"])
    page.keyboard.type("Yes.")
    review.press("Control+Enter")
    expect(page.locator(".thread")).to_have_count(1)
    expect(page.locator(".comment-text")).to_have_text(["Is this one name?", "Yes."])
    review.expect_saved()
    expect(page.locator(".comment-head").nth(1)).to_contain_text(review.reviewer)
    page.locator(".thread").focus()
    review.press("ArrowRight")
    expect(page.get_by_role("heading", name="Elsewhere in this item")).to_be_visible()
    page.get_by_role("button", name="Show in the text").click()
    assert review.status.startswith("Ada PER")


def test_n_goes_to_the_next_open_thread_here_and_in_other_items(page: Page, stack: Stack) -> None:
    review = ReviewPage.make(page, stack)
    add_thread(review, 0, 1, "first")
    add_thread(review, 0, 4, "second")
    add_thread(review, 2, 2, "third")
    review.open(f"?item={review.items[0]}")
    review.wait_ahead()
    review.press("n")
    assert review.status.startswith("Tomas Vale")
    review.press("n")
    assert review.status.startswith("Uppsala")
    review.press("n")
    page.wait_for_function("id => new URL(location).searchParams.get('item') === String(id)", arg=review.items[2])
    expect(page.locator(".thread").first).to_be_focused()
    assert review.status.startswith("Bremen")
    review.press("n")
    page.wait_for_function("id => new URL(location).searchParams.get('item') === String(id)", arg=review.items[0])


def test_a_thread_is_resolved_and_opened_again(page: Page, stack: Stack) -> None:
    review = ReviewPage.make(page, stack)
    add_thread(review, 0, 0, "Is this one name?")
    review.open(f"?item={review.items[0]}")
    review.wait_ahead()
    review.press("c")
    page.get_by_role("button", name="Resolve").click()
    expect(page.locator(".thread-resolved")).to_have_count(1)
    expect(review.part("comment-count")).to_be_empty()
    review.press("Escape", "n")
    review.expect_saved()
    expect(review.part("detail")).to_contain_text("No thread is open.")
    review.press("c")
    page.get_by_role("button", name="Open again").click()
    expect(review.part("comment-count")).to_have_text("1 open thread")


def test_a_comment_waits_for_the_connection_and_a_draft_outlives_the_page(page: Page, stack: Stack) -> None:
    review = ReviewPage.make(page, stack)
    review.wait_ahead()
    page.context.set_offline(True)
    review.press("c")
    page.keyboard.type("Sent later")
    review.press("Control+Enter")
    review.expect_sync("offline · 1 waiting")
    page.keyboard.type("Never sent")
    page.context.set_offline(False)
    review.expect_saved()
    assert comments(review) == [["Ada Brandt", "Sent later"]]
    review.open(f"?item={review.items[0]}")
    review.wait_ahead()
    review.press("c")
    expect(page.get_by_label("Comment on")).to_have_value("Never sent")
    expect(page.locator(".comment-text")).to_have_text(["Sent later"])


def test_the_list_of_the_project_leads_to_the_text(page: Page, stack: Stack) -> None:
    review = ReviewPage.make(page, stack)
    add_thread(review, 1, 1, "Which Brandt?")
    page.goto(stack.url(f"projects/{review.project}/comments/"))
    page.get_by_role("link", name="h2").click()
    review.wait_ready()
    assert review.current_item == review.items[1]
    assert review.status.startswith("Ada Brandt PER")
    expect(page.locator(".comment-text")).to_have_text(["Which Brandt?"])
    assert "thread=" not in page.url


def test_viewers_read_and_cannot_write(page: Page, stack: Stack) -> None:
    review = ReviewPage.make(page, stack, role="viewer")
    add_thread(review, 0, 0, "Is this one name?")
    review.open(f"?item={review.items[0]}")
    review.wait_ahead()
    review.press("c")
    expect(page.locator(".comment-text")).to_have_text(["Is this one name?"])
    expect(page.locator(".composer")).to_have_count(0)
    expect(page.get_by_role("button", name="Resolve")).to_have_count(0)


def test_what_is_written_is_text(page: Page, stack: Stack) -> None:
    review = ReviewPage.make(page, stack)
    review.press("c")
    page.keyboard.type("<img src=x onerror=alert(1)> شكرا")
    review.press("Control+Enter")
    expect(page.locator(".comment-text")).to_have_text(["<img src=x onerror=alert(1)> شكرا"])
    assert page.locator(".comment-text img").count() == 0


@pytest.mark.parametrize("width", [320, 1280])
def test_the_panel_fits_any_width(page: Page, stack: Stack, width: int) -> None:
    review = ReviewPage.make(page, stack)
    page.set_viewport_size({"width": width, "height": 800})
    review.press("c")
    page.keyboard.type("x" * 200)
    review.press("Control+Enter")
    assert review.has_no_sideways_scroll()
