"""Voters, layers and sheets from JSON values: a panel as a file, a row of a database, or a form describes it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, TypeVar, cast
from urllib.parse import urlsplit

from projection.engines import get_engine
from projection.engines.calibrated import build_calibrated
from projection.errors import EngineError, Problem
from projection.remote import Endpoint
from projection.types import TARGET, Item
from projection.vote.ballots import VoterSpec
from projection.vote.limits import Limits, Prices, read_limits
from projection.vote.questions import KINDS, LabelText, LayerText, Sheet, make_sheet
from projection.vote.voters.asked import AskedVoter, AskSettings
from projection.vote.voters.base import ReplyCache, Voter
from projection.vote.voters.chat import ChatModel, ChatSettings
from projection.vote.voters.local import LocalSettings, LocalVoter
from projection.vote.voters.projector import ProjectorVoter
from projection.vote.voters.recorded import RecordedModel, group_replies, read_replies

Settings = TypeVar("Settings")

VOTER_KINDS = ("chat", "local", "projector", "recorded")
_ENDPOINT = ("key_variable", "timeout_s", "n_attempts")
_ANSWERS = ("temperature", "seed", "max_tokens")
_CHAT = frozenset({"base_url", *_ENDPOINT, *_ANSWERS, "prices", "limits", "ask"})
_LOCAL = frozenset({"task", "template", "min_margin", "n_beams", "device"})
_RECORDED = frozenset({"path", "id_column", "reply_column", "ask"})


@dataclass(frozen=True, slots=True)
class PanelSpec:
    """A panel: its layers and voters."""

    layers: tuple[LayerText, ...]
    voters: tuple[VoterSpec, ...]

    @property
    def shared_families(self) -> dict[str, list[str]]:
        """Families with more than one voter: these err together."""
        found: dict[str, list[str]] = {}
        for voter in self.voters:
            found.setdefault(voter.family, []).append(voter.id)
        return {family: ids for family, ids in found.items() if len(ids) > 1}


def read_panel(record: object) -> PanelSpec:
    """A panel from JSON values: `{"layers": [...], "voters": [...]}`; see docs/voters.md for the fields.

    Raises:
        EngineError: `bad-panel` with the place of the fault.
    """
    parts = _object(record, "the panel")
    layers = tuple(_layer(each, f"layers[{number}]") for number, each in enumerate(_list(parts, "layers", "the panel")))
    voters = tuple(_voter(each, f"voters[{number}]") for number, each in enumerate(_list(parts, "voters", "the panel")))
    if not layers:
        raise _bad("The panel has no layers.")
    ids = [voter.id for voter in voters]
    if len(set(ids)) != len(ids):
        raise _bad("Two voters have the same id.")
    return PanelSpec(layers, voters)


def _layer(record: object, place: str) -> LayerText:
    parts = _object(record, place)
    _check_names(parts, {"name", "kind", "labels", "is_open", "guideline"}, place)
    kind = next((each for each in KINDS if each == parts.get("kind", "span")), None)
    if kind is None:
        raise _bad(f"The kind in {place} is none of {', '.join(KINDS)}.")
    labels = tuple(_label(each, f"{place}.labels[{n}]") for n, each in enumerate(_list(parts, "labels", place)))
    is_open = parts.get("is_open", not labels)
    return LayerText(_text(parts, "name", place), kind, labels, bool(is_open), _text(parts, "guideline", place, ""))


def _label(record: object, place: str) -> LabelText:
    if isinstance(record, str):
        return LabelText(record)
    parts = _object(record, place)
    _check_names(parts, {"name", "definition", "translated"}, place)
    return LabelText(
        _text(parts, "name", place), _text(parts, "definition", place, ""), _text(parts, "translated", place, "")
    )


def _voter(record: object, place: str) -> VoterSpec:
    """A voter; what is no field of `VoterSpec` is a setting of its kind."""
    parts = _object(record, place)
    kind = _text(parts, "kind", place)
    if kind not in VOTER_KINDS:
        raise _bad(f"The kind in {place} is none of {', '.join(VOTER_KINDS)}.")
    own = {"id", "kind", "family", "model", "settings"}
    nested = parts.get("settings", {})
    settings = {**_object(nested, f"{place}.settings"), **{name: parts[name] for name in parts if name not in own}}
    model = _text(parts, "model", place, "")
    return VoterSpec(
        _text(parts, "id", place), kind, _text(parts, "family", place, "") or model or kind, model, settings
    )


# --------------------------------------------------------------------------------------------------------------- voters


def make_voter(
    spec: VoterSpec,
    *,
    key: str = "",
    cache: ReplyCache | None = None,
    items: Sequence[Item] = (),
    folder: Path = Path(),
    allowed_hosts: Iterable[str] | None = None,
) -> Voter:
    """A voter that can be asked.

    Args:
        spec: of one of the kinds `chat`, `local`, `projector`, `recorded`.
        key: key of a chat endpoint, for callers that keep it elsewhere than in the environment.
        cache: keeps replies.
        items: what a projector learns from before it votes.
        folder: where relative paths of recorded replies start.
        allowed_hosts: hosts of endpoints that may be asked (`localhost`, `api.example.org:8000`); None allows all.

    Raises:
        EngineError: `bad-setting`, `host-not-allowed`, and what the voters themselves raise.
    """
    if spec.kind == "chat":
        return _make_chat(spec, key, cache, allowed_hosts)
    if spec.kind == "local":
        _check_settings(spec, _LOCAL)
        return LocalVoter(spec, _filled(LocalSettings, {"model": spec.model, **spec.settings}, spec))
    if spec.kind == "projector":
        return _make_projector(spec, items)
    if spec.kind == "recorded":
        _check_settings(spec, _RECORDED)
        columns = {name: str(spec.settings.get(name, "")) for name in ("id_column", "reply_column")}
        data = (folder / str(spec.settings.get("path", ""))).read_bytes()
        replies = group_replies(read_replies(data, **columns).rows)
        return AskedVoter(spec, RecordedModel(replies), _ask_settings(spec), cache=cache)
    raise EngineError(Problem("bad-setting", f"There is no voter of the kind {spec.kind!r}.", "Choose another one."))


def _make_chat(spec: VoterSpec, key: str, cache: ReplyCache | None, allowed_hosts: Iterable[str] | None) -> AskedVoter:
    _check_settings(spec, _CHAT)
    given = spec.settings
    url = str(given.get("base_url", ""))
    check_host(url, allowed_hosts)
    where = {name: given[name] for name in _ENDPOINT if name in given}
    how = {name: given[name] for name in _ANSWERS if name in given}
    endpoint = _filled(Endpoint, {"model": spec.model, "base_url": url, **where}, spec)
    limits: Limits = read_limits(_object(given.get("limits", {}), "limits"))
    prices = _filled(Prices, _object(given.get("prices", {}), "prices"), spec)
    parts = {"endpoint": endpoint, "limits": limits, "prices": prices, **how}
    model = ChatModel(_filled(ChatSettings, parts, spec), key=key)
    return AskedVoter(spec, model, _ask_settings(spec), cache=cache)


def _make_projector(spec: VoterSpec, items: Sequence[Item]) -> ProjectorVoter:
    engine = get_engine(spec.model)
    settings = engine.read_settings(spec.settings)
    for problem in engine.list_missing():
        raise EngineError(problem)
    projector = build_calibrated(engine, settings)
    projector.fit(list(items), progress=lambda _: None)
    return ProjectorVoter(spec, projector)


def _ask_settings(spec: VoterSpec) -> AskSettings:
    given = dict(_object(spec.settings.get("ask", {}), "ask"))
    if "criteria" in given:
        given["criteria"] = tuple(given["criteria"])
    if spec.prompt and "prompts" not in given:
        given["prompts"] = spec.prompt
    return _filled(AskSettings, given, spec)


def check_host(url: str, allowed: Iterable[str] | None) -> None:
    """Refuse an endpoint that the operator does not allow.

    Raises:
        EngineError: `host-not-allowed`.
    """
    if allowed is None:
        return
    parts = urlsplit(url)
    host = (parts.hostname or "").casefold()
    names = {host, f"{host}:{parts.port}"} if parts.port else {host}
    if not host or names.isdisjoint(each.casefold() for each in allowed):
        fault = f"The host {host or url!r} is not among those that may be asked."
        raise EngineError(Problem("host-not-allowed", fault, "Ask the operator to allow it."))


# --------------------------------------------------------------------------------------------------------------- sheets


def make_sheets(
    items: Sequence[Item], layers: Sequence[LayerText], *, n_context: int = 1, **options: Any
) -> list[Sheet]:
    """A sheet for each item, with the targets around it in its document as context.

    Args:
        items: in document order; items without a document have no context.
        layers: what is asked about.
        n_context: texts before and after each item.
        options: passed on to `make_sheet`.

    Raises:
        EngineError: see `make_sheet`.
    """
    texts = [_target_of(item) for item in items]
    sheets = []
    for number, item in enumerate(items):
        near = [
            [texts[other] for other in places if item.document and items[other].document == item.document]
            for places in (
                range(max(0, number - n_context), number),
                range(number + 1, min(len(items), number + 1 + n_context)),
            )
        ]
        sheets.append(make_sheet(item, layers, before=near[0], after=near[1], **options))
    return sheets


def _target_of(item: Item) -> str:
    return next((segment.text for segment in item.segments if segment.side == TARGET), "")


# --------------------------------------------------------------------------------------------------------------- checks


def _filled(kind: type[Settings], given: Mapping[str, Any], spec: VoterSpec) -> Settings:
    """A settings object; numbers may come as texts, other types may not."""
    known = {each.name: each for each in fields(cast("Any", kind))}
    for name, value in given.items():
        if name not in known:
            raise _bad_setting(spec, f"There is no setting {name!r}.")
        default = known[name].default
        if isinstance(default, (int, float)) and not isinstance(default, bool):
            is_right = isinstance(value, (int, float)) and not isinstance(value, bool)
        elif isinstance(default, (bool, str)):
            is_right = isinstance(value, type(default))
        else:
            is_right = True
        if not is_right and value is not None:
            raise _bad_setting(spec, f"The setting {name!r} has the wrong type.")
    try:
        return kind(**given)
    except (TypeError, ValueError) as err:
        raise _bad_setting(spec, f"A setting is wrong: {err}.") from err


def _check_settings(spec: VoterSpec, known: Iterable[str]) -> None:
    """Refuse settings that a kind does not have, so that no key is stored among them by mistake."""
    for name in spec.settings:
        if name not in set(known):
            raise _bad_setting(spec, f"A voter of the kind {spec.kind} has no setting {name!r}.")


def _bad_setting(spec: VoterSpec, fault: str) -> EngineError:
    return EngineError(Problem("bad-setting", f"{fault} (Voter {spec.id}.)", "See docs/voters.md."))


def _bad(fault: str) -> EngineError:
    return EngineError(Problem("bad-panel", fault, "See docs/voters.md."))


def _object(value: object, place: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise _bad(f"{place} is no object.")
    return value


def _list(parts: Mapping[str, Any], name: str, place: str) -> list[Any]:
    value = parts.get(name, [])
    if not isinstance(value, list):
        raise _bad(f"{name!r} in {place} is no list.")
    return value


def _text(parts: Mapping[str, Any], name: str, place: str, default: str | None = None) -> str:
    value = parts.get(name, default)
    if not isinstance(value, str) or (not value and default is None):
        raise _bad(f"{place} has no {name!r}.")
    return value


def _check_names(parts: Mapping[str, Any], known: set[str], place: str) -> None:
    unknown = sorted(parts.keys() - known)
    if unknown:
        raise _bad(f"{place} has no field {unknown[0]!r}.")
