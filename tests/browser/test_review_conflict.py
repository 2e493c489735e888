"""Rule 17: two people decided on one span; mine, theirs and the machine's stand side by side."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser.review_page import ReviewPage
from tests.stack import Stack

pytestmark = pytest.mark.browser

# A colleague takes the item over and makes the first span an organisation.
OVERRULE = """
import secrets, uuid
from annotator.models import Item, Review
from annotator.services import review
from annotator.services.review_acts import read_acts
from tests.annotator.factories import make_member
item = Item.objects.get(pk=given)
mira = make_member(item.project, "reviewer", username="mira" + secrets.token_hex(6))
Review.objects.filter(item=item).update(claimed_by=None, claim_expires_at=None)
span = item.source_spans.get(position=0)
label = span.layer.labels.get(name="ORG").pk
acts = read_acts([{"kind": "relabel", "source_span": span.pk, "label": label}])
review.decide(project=item.project, actor=mira, step=uuid.uuid4(), item_id=item.pk, acts=acts)
Review.objects.filter(item=item).update(claimed_by=None, claim_expires_at=None)
"""
LABELS = """
from annotator.models import Annotation, Decision
row = Annotation.objects.get(item=given, source_span__position=0)
kinds = Decision.objects.filter(annotation=row).values_list("kind", flat=True)
result = [row.label.name, row.state, row.surface, list(kinds)]
"""


def open_conflict(page: Page, stack: Stack) -> ReviewPage:
    """Decide on a span that a colleague has changed meanwhile."""
    review = ReviewPage.make(page, stack)
    review.wait_ahead()
    stack.python(OVERRULE, review.items[0])
    review.press("Shift+ArrowRight", "Enter")
    expect(page.get_by_role("dialog", name="Two decisions on one span")).to_be_visible()
    return review


def test_mine_theirs_and_the_machines_stand_side_by_side_and_a_digit_chooses(page: Page, stack: Stack) -> None:
    review = open_conflict(page, stack)
    sides = page.locator(".conflict-side")
    rows = [" ".join(row.replace("\u2068", "").replace("\u2069", "").split()) for row in sides.all_inner_texts()]
    assert [row.split()[1] for row in rows] == ["Mine", "Theirs", "The"]
    assert "Ada Brandt, PER" in rows[0]
    assert "ORG → PER; Ada → Ada Brandt" in rows[0]
    assert rows[1].endswith("Ada, ORG")
    review.press("1")
    expect(page.get_by_role("dialog", name="Two decisions on one span")).to_be_hidden()
    review.expect_saved()
    label, _state, surface, kinds = stack.python(LABELS, review.items[0])
    assert (label, surface) == ("PER", "Ada Brandt")
    # What the colleague decided stays in the history.
    assert kinds[0] == "relabel"
    assert len(kinds) > 1


def test_theirs_stays_and_undo_goes_on_with_the_step_before(page: Page, stack: Stack) -> None:
    review = ReviewPage.make(page, stack)
    review.wait_ahead()
    review.press("ArrowDown", "Enter", "ArrowUp", "Enter")
    review.expect_saved()
    stack.python(OVERRULE, review.items[0])
    review.press("Control+z")
    expect(page.get_by_role("dialog", name="Two decisions on one span")).to_be_visible()
    review.press("2")
    assert stack.python(LABELS, review.items[0])[0] == "ORG"
    n_before = review.decisions()
    review.press("Control+z")
    review.expect_saved()
    assert review.decisions() == n_before + 1
    assert stack.python(LABELS, review.items[0])[0] == "ORG"
