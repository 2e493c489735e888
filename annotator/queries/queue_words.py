"""Why an item stands where it does in the queue, in words."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from annotator.queries.review import ReviewItem
from annotator.queries.review_spans import Json
from annotator.queries.votes import Vote


def describe_place(item: ReviewItem, drawn_by: str) -> str:
    """Why an item stands where it does in the queue, in words."""
    if drawn_by == "random":
        return _("random sample")
    if drawn_by == "qualification":
        return _("qualification")
    if drawn_by == "file":
        return _("next in the file")
    if item.row.is_blind:
        return _("next in the queue")
    if item.row.disagreement and (words := _describe_disagreement(item)):
        return words
    scored = [(_confidence(span["machine"]), span) for span in item.data["spans"] if span["machine"]]
    if not scored:
        return _("nothing to project")
    score, span = min(scored, key=lambda each: each[0])
    surface = _surface(item, span)
    if not span["machine"]["segment"]:
        return _("not found: %(text)s") % {"text": surface}
    is_probability = span["machine"]["probability"] is not None
    if is_probability:
        return _("least sure, %(percent)s %%: %(text)s") % {"percent": f"{100 * score:.0f}", "text": surface}
    return _("lowest score %(score)s: %(text)s") % {"score": f"{score:.2f}", "text": surface}


def _describe_disagreement(item: ReviewItem) -> str:
    """How many other machines differ from the one shown on the span where most do, and how sure its links are."""
    counts = [(*_count_differing(span["votes"]), span) for span in item.data["spans"]]
    if not counts:
        return ""
    n, n_others, span = max(counts, key=lambda each: each[0] / (each[1] or 1))
    words = {"n": n, "n_others": n_others, "text": _surface(item, span)}
    if not n:
        return ""
    if item.row.link_probability is None:
        return (
            ngettext(
                "%(n)s of %(n_others)s machine differs: %(text)s",
                "%(n)s of %(n_others)s machines differ: %(text)s",
                n_others,
            )
            % words
        )
    return ngettext(
        "%(n)s of %(n_others)s machine differs, link %(link)s: %(text)s",
        "%(n)s of %(n_others)s machines differ, link %(link)s: %(text)s",
        n_others,
    ) % {**words, "link": f"{item.row.link_probability:.2f}"}


def _count_differing(votes: Sequence[Vote]) -> tuple[int, int]:
    shown = next((vote for vote in votes if vote["is_active"]), None)
    others = [vote for vote in votes if vote is not shown]
    if shown is None:
        return 0, len(others)
    said = [shown[key] for key in ("label", "segment", "intervals")]
    return sum([vote[key] for key in ("label", "segment", "intervals")] != said for vote in others), len(others)


def _confidence(machine: Json) -> float:
    probability: float | None = machine["probability"]
    score: float = machine["score"]
    return score if probability is None else probability


def _surface(item: ReviewItem, span: Json) -> str:
    """The words of the source label; of a label without one, its own."""
    surfaces = {each["id"]: each["surface"] for each in item.data["source_spans"]}
    if span["source_span"] is not None:
        return str(surfaces.get(span["source_span"], ""))
    texts = {each["id"]: each["text"] for each in item.data["segments"]}
    return " ".join(texts[span["segment"]][start:end] for start, end in span["intervals"])
