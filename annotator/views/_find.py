"""The filter of items as pages show it: what is chosen, and what else can be, in words with counts."""

from __future__ import annotations

from dataclasses import dataclass, replace

from django.http import HttpRequest
from django.utils.translation import gettext as _

from annotator import access
from annotator.interface import language_name
from annotator.models import Item, Project
from annotator.queries.item_facets import FacetValue, Found, count_facets
from annotator.queries.item_filter import ItemFilter, read_item_filter
from annotator.wording import in_words
from projection import engines
from projection.errors import Problem


@dataclass(frozen=True, slots=True)
class Choice:
    """One value that can be chosen, or taken back, by a link."""

    words: str
    n: int
    is_chosen: bool
    is_estimate: bool
    query: str
    percent: int


@dataclass(frozen=True, slots=True)
class Part:
    """One part of the filter with its values."""

    name: str
    title: str
    choices: list[Choice]


@dataclass(frozen=True, slots=True)
class Chip:
    """What is chosen, with the way to take it back."""

    title: str
    words: str
    query: str


@dataclass(frozen=True, slots=True)
class Asked:
    """The filter that an address asks for, and what of it could not be used."""

    wanted: ItemFilter
    problems: list[Problem]
    sight: access.Sight


def read_asked(request: HttpRequest, project: Project) -> Asked:
    """What is asked for, as far as this person may ask for it."""
    sight = access.get_sight(request.user, project)
    params = request.POST if request.method == "POST" else request.GET
    wanted, problems = read_item_filter(params, only_reviewer=sight.only_reviewer)
    return Asked(wanted, problems, sight)


def count_asked(project: Project, asked: Asked) -> Found:
    """How many items fit, and the counts beside the filter."""
    sees_reviewers = asked.sight.only_reviewer is None
    return count_facets(project, asked.wanted, sees_all=asked.sight.sees_all, sees_reviewers=sees_reviewers)


def list_parts(project: Project, found: Found) -> list[Part]:
    """The parts of the filter in their order on the page."""
    titles = _titles()
    return [
        Part(name, titles[name], _list_choices(project, name, found.facets[name]))
        for name in titles
        if name in found.facets
    ]


def _list_choices(project: Project, name: str, values: list[FacetValue]) -> list[Choice]:
    most = max((value.n for value in values), default=0) or 1
    return [
        Choice(
            words=describe_value(project, name, value.value),
            n=value.n,
            is_chosen=value.is_chosen,
            is_estimate=value.is_estimate,
            query=value.wanted.query,
            percent=round(100 * value.n / most),
        )
        for value in values
    ]


def list_chips(project: Project, wanted: ItemFilter) -> list[Chip]:
    """What is chosen, in words."""
    chips = []
    empty = ItemFilter()
    titles = _titles() | {
        "text": _("Text"),
        "form": _("Span"),
        "document": _("Document"),
        "side": _("Side"),
    }
    for name in wanted.params:
        if name in ("score_min", "score_max"):
            continue
        rest = replace(wanted, **{name: getattr(empty, name)})
        words = describe_value(project, name, wanted.params[name])
        chips.append(Chip(titles[name], words, rest.query))
    if wanted.has_score:
        rest = replace(wanted, score_min=0.0, score_max=1.0)
        bounds = _("%(low)s to %(high)s") % {"low": f"{wanted.score_min:g}", "high": f"{wanted.score_max:g}"}
        chips.append(Chip(_("Sureness"), bounds, rest.query))
    return chips


def _titles() -> dict[str, str]:
    return {
        "state": _("State"),
        "lang": _("Language"),
        "label": _("Label"),
        "score": _("Sureness"),
        "disagreement": _("Runs differ"),
        "flag": _("Flags"),
        "comment": _("Comments"),
        "error": _("Errors of the translation"),
        "reviewer": _("Reviewer"),
        "engine": _("Engine"),
        "qualification": _("Qualification"),
    }


def describe_value(project: Project, name: str, value: str) -> str:
    """A value of a part of the filter in words."""
    if name == "state":
        return str(Item.State(value).label)
    if name == "lang":
        return language_name(value)
    if name == "engine":
        engine = engines.ENGINES.get(value)
        return in_words(engine.title) if engine else value
    if name == "score":
        low = float(value)
        return _("%(low).1f to %(high).1f") % {"low": low, "high": low + 0.1}
    if name == "disagreement":
        return _("half or more") if float(value) >= 0.5 else _("any")
    if name == "error":
        return next((each["text"] for each in project.error_categories if each["code"] == value), value)
    if name == "qualification":
        return _("qualification items") if value == "yes" else _("real work")
    if name in ("flag", "comment"):
        return _("open")
    if name == "side":
        return {"source": _("source"), "target": _("target")}[value]
    return value
