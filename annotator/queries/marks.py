"""Labels as they are compared with one another, and their differences in words."""

from __future__ import annotations

from collections.abc import Hashable

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from annotator.models import Annotation, Candidate, SourceSpan
from projection.measure.differences import Difference, Mark

# What has to be loaded with annotations, so that comparing them asks nothing more.
MARK_RELATED = ("label", "layer", "reason", "segment", "source_span", "concept", "head", "tail")

Labelled = Annotation | Candidate


def read_mark(row: Labelled) -> Mark:
    """A label as `find_differences` compares it; its rows of `MARK_RELATED` should be loaded."""
    ends = (row.head, row.tail) if isinstance(row, Annotation) else _ends_of_source(row)
    return Mark(
        label=row.label.name,
        segment=row.segment_id or 0,
        intervals=tuple((pair[0], pair[1]) for pair in row.intervals),
        ends=tuple(_end(end) for end in ends if end is not None),
        concept=row.concept.code if row.concept else "",
    )


def _ends_of_source(row: Candidate) -> tuple[SourceSpan | None, ...]:
    span = row.source_span
    return (span.head, span.tail) if span else ()


def _end(end: Annotation | SourceSpan) -> Hashable:
    """An end by what it was in the source; an added one by its place."""
    if isinstance(end, SourceSpan):
        return end.pk
    return end.source_span_id or (end.segment_id, tuple(tuple(pair) for pair in end.intervals))


def is_alike(one: Annotation, two: Annotation) -> bool:
    """Whether two labels are of one layer and at about the same place, so that they speak of the same thing."""
    if (one.layer_id, one.segment_id) != (two.layer_id, two.segment_id):
        return False
    if not one.intervals:
        return read_mark(one).ends == read_mark(two).ends
    return any(first[0] < second[1] and second[0] < first[1] for first in one.intervals for second in two.intervals)


def describe_difference(difference: Difference, *, first: str, second: str) -> str:
    """A difference in words, said of the second of two."""
    n = difference.n
    values = {"first": difference.values[0], "second": difference.values[1], "n": n}
    plain = {
        "only-first": _("only %(name)s has it") % {"name": first},
        "only-second": _("only %(name)s has it") % {"name": second},
        "label": _("%(first)s against %(second)s") % values,
        "segment": _("in another text"),
        "elsewhere": _("at another place"),
        "pieces": _("in other pieces"),
        "ends-of-relation": _("connects other labels"),
        "concept": _("another concept"),
    }
    if difference.kind in plain:
        return plain[difference.kind]
    if difference.is_characters:
        words = {
            "starts-earlier": ngettext("starts %(n)d character earlier", "starts %(n)d characters earlier", n),
            "starts-later": ngettext("starts %(n)d character later", "starts %(n)d characters later", n),
            "ends-earlier": ngettext("ends %(n)d character earlier", "ends %(n)d characters earlier", n),
            "ends-later": ngettext("ends %(n)d character later", "ends %(n)d characters later", n),
        }
    else:
        words = {
            "starts-earlier": ngettext("starts %(n)d word earlier", "starts %(n)d words earlier", n),
            "starts-later": ngettext("starts %(n)d word later", "starts %(n)d words later", n),
            "ends-earlier": ngettext("ends %(n)d word earlier", "ends %(n)d words earlier", n),
            "ends-later": ngettext("ends %(n)d word later", "ends %(n)d words later", n),
        }
    return words[difference.kind] % {"n": n}
