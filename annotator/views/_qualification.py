"""What the review screen tells those who have to qualify: how they stand, and what their answers came to."""

from __future__ import annotations

from typing import Any

from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from annotator.models import Project, User
from annotator.queries.qualification import Stand, list_stands, read_gate
from annotator.queries.qualification_scores import list_faults, read_answer
from annotator.services.review import Outcome

UNDER_WAY = ("new", "open")


def list_gated(project: Project, user: User, *, tgt_lang: str = "") -> list[Stand]:
    """How a person stands in the languages without real work yet, or in one of them; empty for most people."""
    gate = read_gate(project, user)
    if not gate:
        return []
    stands = list_stands(project, of=user)
    return [stand for stand in stands if stand.tgt_lang in gate and tgt_lang in ("", stand.tgt_lang)]


def count_asked(stands: list[Stand]) -> dict[str, int] | None:
    """How far a person is with the items that are asked; None where none are."""
    asked = [stand for stand in stands if stand.state in UNDER_WAY]
    if not asked:
        return None
    return {"n_done": sum(each.n_done for each in asked), "n_total": sum(each.n_items for each in asked)}


def describe_closed(stands: list[Stand]) -> list[dict[str, Any]]:
    """What keeps a person from real work, for the end of the queue: attempts that failed, nothing left to ask."""
    closed = [stand for stand in stands if stand.state not in UNDER_WAY]
    return [{"stand": each, "faults": list_faults(each.attempt) if each.attempt else []} for each in closed]


def describe_answer(project: Project, outcome: Outcome) -> dict[str, Any] | None:
    """What is shown after a qualification item: the differences, the result; None where there is nothing to tell."""
    if outcome.attempt_id is None or outcome.review_state != "done":
        return None
    answer = read_answer(item_id=outcome.item_id, attempt_id=outcome.attempt_id)
    if answer.pairs is None and not answer.is_over:
        return None
    html = render_to_string("review/_answer.html", {"answer": answer, "project": project})
    title = _("Result of the qualification") if answer.is_over else _("Compared with the gold")
    return {"title": title, "html": html, "is_over": answer.is_over}
