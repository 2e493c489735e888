"""Review: the queue, decisions, undo and redo."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from django.utils import timezone
from rest_framework.request import Request
from rest_framework.response import Response

from annotator import access
from annotator.api._base import ApiView, operation, paged
from annotator.api.serializers.items import DecisionSerializer
from annotator.api.serializers.review import (
    ClaimRequest,
    DecisionCreate,
    DecisionQuery,
    OutcomeSerializer,
    QueueQuery,
    QueueSerializer,
    ReversalCreate,
)
from annotator.errors import bad_request
from annotator.models import Project, User
from annotator.queries import queue as queue_queries
from annotator.queries import review as review_queries
from annotator.queries.item_detail import list_decisions, list_items_in_detail
from annotator.queries.queue import Place, QueueFilter
from annotator.queries.queue_words import describe_place
from annotator.services import review
from annotator.services.review import Outcome
from annotator.services.review_acts import read_acts

N_PLACES = 5


class Queue(ApiView):
    @operation("queue_list", response=QueueSerializer, query=QueueQuery)
    def get(self, request: Request, project_id: int) -> Response:
        """The items that you would be handed next; looking claims nothing."""
        project = access.get_readable_project(request.user, project_id)
        asked = self.read_query(QueueQuery)
        queue = _read_filter(project, self.actor, asked)
        now, n = timezone.now(), asked.get("n", N_PLACES)
        own = queue_queries.list_claimed(project, self.actor, queue=queue, now=now) if queue.state == "open" else []
        n_drawn = queue_queries.count_drawn(project, self.actor, tgt_lang=queue.tgt_lang)
        others = queue_queries.list_places(
            project,
            self.actor,
            queue=queue,
            n=max(0, n - len(own)),
            first_place=n_drawn + len(own),
            now=now,
            exclude=[place.item_id for place in own],
        )
        return _answer_places(self, project, queue, [*own, *others][:n])


class QueueClaim(ApiView):
    @operation("queue_claim", request=ClaimRequest, response=QueueSerializer, is_write=True)
    def post(self, request: Request, project_id: int) -> Response:
        """Be handed the next items: for 15 minutes nobody else gets them; asking again renews that."""
        project = access.get_reviewable_project(request.user, project_id)
        asked = self.read(ClaimRequest)
        queue = _read_filter(project, self.actor, asked)
        places = review.claim_items(
            project=project,
            actor=self.actor,
            n=asked.get("n", N_PLACES),
            queue=queue,
            exclude=asked.get("exclude", ()),
        )
        return _answer_places(self, project, queue, places)


def _read_filter(project: Project, actor: User, asked: Mapping[str, Any]) -> QueueFilter:
    tgt_langs = list(project.target_languages.values_list("code", flat=True))
    lang = asked.get("lang", "")
    if lang and lang not in tgt_langs:
        known = ", ".join(tgt_langs)
        raise bad_request("unknown-language", f"{lang!r} is no target language.", f"Known: {known}.", place="lang")
    return queue_queries.read_filter(asked, tgt_langs=tgt_langs, sight=access.get_sight(actor, project))


def _answer_places(view: ApiView, project: Project, queue: QueueFilter, places: Iterable[Place]) -> Response:
    drawn_by = {place.item_id: place.drawn_by for place in places}
    sees_all = access.get_sight(view.actor, project).sees_all
    details = list_items_in_detail(project, reader=view.actor, sees_all=sees_all).in_bulk(list(drawn_by))
    shown = {item.row.pk: item for item in review_queries.list_items(project, list(drawn_by), reviewer=view.actor)}
    progress = queue_queries.count_progress(project, tgt_lang=queue.tgt_lang)
    found = [
        {"item": details[pk], "drawn_by": draw, "reason": describe_place(shown[pk], draw)}
        for pk, draw in drawn_by.items()
    ]
    counts = {"n_done": progress.n_done, "n_open": progress.n_open, "n_new": progress.n_new}
    return Response(QueueSerializer({**counts, "places": found}).data)


class DecisionList(ApiView):
    @operation("decision_list", response=paged(DecisionSerializer), query=DecisionQuery)
    def get(self, request: Request, project_id: int) -> Response:
        """All decisions, undone ones and their reversals too, latest first."""
        project = access.get_readable_project(request.user, project_id)
        asked = self.read_query(DecisionQuery)
        fields = {"item": "item_id", "actor": "actor__username", "kind": "kind"}
        wanted = {field: asked[name] for name, field in fields.items() if name in asked}
        sees_all = access.get_sight(request.user, project).sees_all
        rows = list_decisions(project, reader=self.actor, sees_all=sees_all).filter(**wanted)
        return self.list_page(rows, DecisionSerializer, ordering="-id")

    @operation("decision_create", request=DecisionCreate, response=OutcomeSerializer, is_write=True)
    def post(self, request: Request, project_id: int) -> Response:
        """Decide on target labels of one item."""
        project = access.get_reviewable_project(request.user, project_id)
        given = self.read(DecisionCreate)
        outcome = review.decide(
            project=project,
            actor=self.actor,
            step=given["step"],
            item_id=given["item"],
            acts=read_acts(given["acts"]),
            seen_version=given.get("seen_version"),
            active_ms=given.get("active_ms", 0),
        )
        return Response(OutcomeSerializer(outcome).data)


class Undo(ApiView):
    @operation("decision_undo", request=ReversalCreate, response=OutcomeSerializer, is_write=True)
    def post(self, request: Request, project_id: int) -> Response:
        """Reverse your last step that stands, in whatever item it was."""
        return _reverse(self, request, project_id, review.undo)


class Redo(ApiView):
    @operation("decision_redo", request=ReversalCreate, response=OutcomeSerializer, is_write=True)
    def post(self, request: Request, project_id: int) -> Response:
        """Do the step again that you undid last."""
        return _reverse(self, request, project_id, review.redo)


def _reverse(view: ApiView, request: Request, project_id: int, reverse: Callable[..., Outcome]) -> Response:
    project = access.get_reviewable_project(request.user, project_id)
    outcome = reverse(project=project, actor=view.actor, **view.read(ReversalCreate))
    return Response(OutcomeSerializer(outcome).data)
