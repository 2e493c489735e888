"""Panels: made, changed, copied; what their voters are asked."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import asdict

from django.db import transaction
from django.utils.translation import gettext as _

from annotator.errors import bad_request, conflict
from annotator.models import Layer, Panel, Project, Run, User, Voter
from annotator.queries.panels import Asked
from annotator.services.events import record_event
from projection.vote.ballots import CRITERIA

MAX_CONTEXT = 5


@transaction.atomic
def create_panel(*, project: Project, actor: User, name: str, asked: Asked) -> Panel:
    """Make a panel without voters.

    Raises:
        BadRequestError: no name, one that is taken, no layer or one of another project, or a setting out of range.
    """
    panel = Panel(project=project, created_by=actor)
    _fill(panel, name=name, asked=asked)
    panel.save()
    data = {"name": panel.name, "asked": panel.asked}
    record_event(project=project, actor=actor, kind="panel-created", subject_id=panel.pk, data=data)
    return panel


@transaction.atomic
def edit_panel(*, panel: Panel, actor: User, name: str, asked: Asked) -> None:
    """Change a panel; what its voters are asked only before any of them has voted.

    Raises:
        BadRequestError: see `create_panel`.
        ConflictError: somebody has voted, and the questions are to change.
    """
    before = Asked.of(panel)
    _fill(panel, name=name, asked=asked)
    if before != asked and has_votes(panel):
        fault = _("Voters have answered what they were asked; the questions stay as they are.")
        raise conflict("panel-has-voted", fault, _("Make another panel with the new questions."))
    panel.save()
    data = {"name": panel.name, "asked": panel.asked}
    record_event(project=panel.project, actor=actor, kind="panel-changed", subject_id=panel.pk, data=data)


def has_votes(panel: Panel) -> bool:
    """Whether a voter of the panel was asked in any language."""
    return Run.objects.filter(voter_runs__voter__panel=panel).exists()


@transaction.atomic
def copy_panel(*, panel: Panel, actor: User, name: str) -> Panel:
    """A new panel with the same questions and voters, to be changed and asked anew.

    Raises:
        BadRequestError: the name is empty or taken.
    """
    copy = create_panel(project=panel.project, actor=actor, name=name, asked=Asked.of(panel))
    for voter in panel.voters.all():
        voter.pk, voter.panel, voter._state.adding = None, copy, True
        voter.save()
    return copy


def _fill(panel: Panel, *, name: str, asked: Asked) -> None:
    panel.name = name.strip()
    if not panel.name:
        raise bad_request("no-name", _("The panel has no name."), _("Give it one."), place="name")
    if Panel.objects.filter(project=panel.project, name=panel.name).exclude(pk=panel.pk).exists():
        fault = _("There is a panel %(name)s already.") % {"name": panel.name}
        raise bad_request("name-taken", fault, _("Choose another name."), place="name")
    _check_layers(panel.project, asked.layers)
    if not 0 <= asked.n_context <= MAX_CONTEXT:
        fault = _("Voters see between 0 and %(most)s texts before and after an item.") % {"most": MAX_CONTEXT}
        raise bad_request("bad-number", fault, _("Choose a number in between."), place="n_context")
    if strange := sorted(set(asked.criteria) - set(CRITERIA)):
        fault = _("There is no criterion %(name)r.") % {"name": strange[0]}
        raise bad_request("unknown-criterion", fault, _("Leave it out."), place="criteria")
    panel.asked = {name: list(value) if isinstance(value, tuple) else value for name, value in asdict(asked).items()}


def _check_layers(project: Project, layers: Collection[int]) -> None:
    known = set(Layer.objects.filter(project=project).values_list("pk", flat=True))
    if not layers or not set(layers) <= known:
        fault = _("The panel is asked about no layer of this project.")
        raise bad_request("no-layers", fault, _("Choose at least one layer."), place="layers")


def list_shared_families(voters: Sequence[Voter]) -> dict[str, list[str]]:
    """Families with more than one voter, whose errors are likely to be the same."""
    found: dict[str, list[str]] = {}
    for voter in voters:
        found.setdefault(voter.family, []).append(voter.name)
    return {family: names for family, names in found.items() if len(names) > 1}
