"""Voters of a panel: checked when they are made, built when they are to be asked."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from django.conf import settings as site
from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from annotator.errors import BadRequestError, bad_request, conflict
from annotator.models import EndpointKey, Panel, User, Voter
from annotator.queries.pretrained import get_model_path, identify_model
from annotator.services.endpoint_keys import check_variable, reveal_key
from annotator.services.events import record_event
from projection.errors import EngineError
from projection.vote.ballots import VoterSpec
from projection.vote.build import make_voter
from projection.vote.voters.base import ReplyCache
from projection.vote.voters.base import Voter as AskableVoter

Kind = Voter.Kind
ASKED_KINDS = (Kind.CHAT, Kind.LOCAL, Kind.RECORDED)
"""Kinds that are asked; the ballots of the others are there already."""


@transaction.atomic
def add_voter(
    *,
    panel: Panel,
    actor: User,
    name: str,
    kind: str,
    family: str = "",
    model: str = "",
    settings: Mapping[str, Any] | None = None,
    key: EndpointKey | None = None,
) -> Voter:
    """Add a machine to a panel.

    Args:
        panel: the panel.
        actor: who does it.
        name: what chips and reports call it; unique in the panel.
        kind: see `Voter.Kind`.
        family: of its model; the model where none is given.
        model: name of the model at the endpoint, or of a folder of MODELS_DIR.
        settings: what its kind needs, see docs/voters.md.
        key: stored key of a chat endpoint.

    Raises:
        BadRequestError: something is missing or wrong; a host or an environment variable is not released.
    """
    last = panel.voters.aggregate(last=Max("position"))["last"]
    voter = Voter(panel=panel, position=0 if last is None else last + 1)
    _fill(voter, name=name, kind=kind, family=family, model=model, settings=settings, key=key)
    voter.save()
    _record(voter, actor, kind="voter-added")
    return voter


@transaction.atomic
def edit_voter(
    *,
    voter: Voter,
    actor: User,
    name: str,
    family: str = "",
    model: str = "",
    settings: Mapping[str, Any] | None = None,
    key: EndpointKey | None = None,
) -> None:
    """Change a voter that has not voted yet; of one that has, only the key.

    Raises:
        BadRequestError: see `add_voter`.
        ConflictError: it has voted, and something else than its key is to change.
    """
    before = (voter.name, voter.family, voter.model, voter.settings)
    _fill(voter, name=name, kind=voter.kind, family=family, model=model, settings=settings, key=key)
    if before != (voter.name, voter.family, voter.model, voter.settings) and voter.voter_runs.exists():
        fault = _("%(voter)s has voted already, so that its settings stay as they are.") % {"voter": before[0]}
        raise conflict("voter-has-voted", fault, _("Add another voter with the new settings."))
    voter.save()
    _record(voter, actor, kind="voter-changed")


@transaction.atomic
def remove_voter(*, voter: Voter, actor: User) -> None:
    """Take a voter that has not voted out of its panel.

    Raises:
        ConflictError: it has voted.
    """
    if voter.voter_runs.exists():
        fault = _("%(voter)s has voted already; its ballots stay.") % {"voter": voter.name}
        raise conflict("voter-has-voted", fault, _("Leave it out of the next count instead."))
    _record(voter, actor, kind="voter-removed")
    voter.delete()


def _record(voter: Voter, actor: User, *, kind: str) -> None:
    data = {"panel": voter.panel_id, "name": voter.name, "kind": voter.kind, "model": voter.model}
    record_event(project=voter.panel.project, actor=actor, kind=kind, subject_id=voter.pk, data=data)


def _fill(
    voter: Voter,
    *,
    name: str,
    kind: str,
    family: str,
    model: str,
    settings: Mapping[str, Any] | None,
    key: EndpointKey | None,
) -> None:
    voter.name, voter.kind, voter.model = name.strip(), kind, model.strip()
    voter.family = family.strip() or voter.model or voter.name
    voter.settings, voter.key = dict(settings or {}), key
    if not voter.name:
        raise bad_request("no-name", _("The voter has no name."), _("Give it one."), place="name")
    if kind not in Kind.values:
        fault = _("There is no voter of the kind %(kind)r.") % {"kind": kind}
        remedy = _("Choose one of: %(names)s.") % {"names": ", ".join(Kind.values)}
        raise bad_request("unknown-kind", fault, remedy, place="kind")
    if voter.panel.voters.filter(name=voter.name).exclude(pk=voter.pk).exists():
        fault = _("There is a voter %(name)s already.") % {"name": voter.name}
        raise bad_request("name-taken", fault, _("Choose another name."), place="name")
    if key is not None and key.project_id != voter.panel.project_id:
        raise bad_request("unknown-key", _("There is no such key in this project."), _("Choose one."), place="key")
    check_settings(voter)


def check_settings(voter: Voter) -> None:
    """Whether a voter can be built from its settings; nothing is asked or loaded by this.

    Raises:
        BadRequestError: it cannot.
    """
    if voter.settings.get("key_variable"):
        check_variable(str(voter.settings["key_variable"]))
    if voter.kind in (Kind.RUN, Kind.FILE):
        return
    if voter.kind == Kind.CHAT and not voter.model:
        raise bad_request("no-model", _("A chat endpoint is asked for a model by name."), _("Give it."), place="model")
    try:
        if voter.kind == Kind.RECORDED:
            # Its replies come with each language; the rest of the settings is that of a voter that is asked.
            chat = {"ask": voter.settings.get("ask", {}), "base_url": "http://localhost"}
            make_voter(VoterSpec(voter.name, Kind.CHAT, voter.family, "none", chat))
        else:
            # The key is looked for by the worker that asks.
            make_voter(make_spec(voter), key="none", allowed_hosts=site.ENDPOINT_HOSTS)
    except EngineError as err:
        raise BadRequestError(err.problem) from err


def make_spec(voter: Voter, *, path: Path | None = None) -> VoterSpec:
    """A voter as the library wants it; `path` is the file of its recorded replies.

    Raises:
        BadRequestError: its model is not on this server.
    """
    given = dict(voter.settings)
    model = voter.model
    if voter.kind == Kind.LOCAL:
        model = str(get_model_path(voter.model, place="model"))
    if path is not None:
        given["path"] = path.name
    return VoterSpec(voter.name, voter.kind, voter.family, model, given)


def build_voter(voter: Voter, *, cache: ReplyCache, file: str = "") -> AskableVoter:
    """A voter that can be asked, with its key.

    Args:
        voter: of one of `ASKED_KINDS`.
        cache: keeps replies.
        file: path of recorded replies, where it is of that kind.

    Raises:
        BadRequestError: its key or its model is not there.
        EngineError: a setting is wrong, a host is not allowed, the recorded replies cannot be read.
    """
    if voter.kind == Kind.RECORDED:
        path = Path(file)
        return make_voter(make_spec(voter, path=path), cache=cache, folder=path.parent)
    key = reveal_key(voter) if voter.kind == Kind.CHAT else ""
    return make_voter(make_spec(voter), key=key, cache=cache, allowed_hosts=site.ENDPOINT_HOSTS)


def describe_voter(voter: Voter) -> dict[str, Any]:
    """A voter as the settings of its run keep it: everything that its ballots depend on, and no key."""
    return {
        "voter": voter.name,
        "panel": voter.panel_id,
        "kind": voter.kind,
        "family": voter.family,
        "model": voter.model,
        "settings": voter.settings,
        "asked": voter.panel.asked,
    }


def versions_of(voter: Voter) -> dict[str, str]:
    """What its ballots depend on besides the settings: the state of a model on this server."""
    if voter.kind != Kind.LOCAL:
        return {}
    return {f"model {voter.model}": identify_model(get_model_path(voter.model, place="model"))}
