"""Engines and runs: start one, watch it, show it to reviewers, compare two."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiParameter
from rest_framework.request import Request
from rest_framework.response import Response

from annotator import access
from annotator.api._base import ApiView, find, operation, paged
from annotator.api.serializers import PageQuery
from annotator.api.serializers.items import CandidateSerializer
from annotator.api.serializers.runs import (
    CandidateQuery,
    ComparePageQuery,
    CompareQuery,
    ComparisonSerializer,
    DifferingItemSerializer,
    EngineSerializer,
    EstimateQuery,
    EstimateSerializer,
    FailureSerializer,
    RunCreate,
    RunDetailSerializer,
    RunSerializer,
)
from annotator.errors import bad_request
from annotator.models import Candidate, Item, Project, Run
from annotator.queries import comparison
from annotator.queries import runs as run_queries
from annotator.queries.blindness import is_shown_item
from annotator.services import run_order, runs

MAX_KEY_CHARS = 100
IDEMPOTENCY_KEY = OpenApiParameter(
    "Idempotency-Key",
    location=OpenApiParameter.HEADER,
    description="Made by the caller: the same key sent again gives the same run and starts no second one.",
)


class EngineList(ApiView):
    @operation("engine_list", response=paged(EngineSerializer))
    def get(self, _: Request) -> Response:
        """The engines that can be chosen, with their settings."""
        found = EngineSerializer(run_queries.list_engines(), many=True).data
        return Response({"next": None, "previous": None, "results": found})


class RunList(ApiView):
    @operation("run_list", response=paged(RunSerializer), query=PageQuery)
    def get(self, request: Request, project_id: int) -> Response:
        """Runs, latest first."""
        project = access.get_readable_project(request.user, project_id)
        self.read_query()
        return self.list_page(_runs(project), RunSerializer, ordering="-id")

    @operation(
        "run_create", request=RunCreate, response=RunSerializer, status=201, is_write=True, headers=[IDEMPOTENCY_KEY]
    )
    def post(self, request: Request, project_id: int) -> Response:
        """Project all items of a language with an engine; a job does it."""
        project = access.get_managed_project(request.user, project_id)
        given = {"settings": {}, **self.read(RunCreate)}
        given["links_runs"] = [find(_runs(project), run_id) for run_id in given.get("links_runs", [])]
        if "model_run" in given:
            given["model_run"] = find(_runs(project), given["model_run"])
        run = runs.start_run(project=project, actor=self.actor, token=_read_token(request), **given)
        return Response(RunSerializer(find(_runs(project), run.pk)).data, status=201)


def _runs(project: Project) -> QuerySet[Run]:
    return (
        run_queries.list_runs(project)
        .select_related("project", "job__created_by", "job__project")
        .prefetch_related("links_runs")
    )


def _read_token(request: Request) -> str:
    token = request.headers.get("Idempotency-Key", "").strip()
    if len(token) > MAX_KEY_CHARS:
        fault = f"The idempotency key has {len(token)} characters; {MAX_KEY_CHARS} are allowed."
        raise bad_request("key-too-long", fault, "Send a UUID.", place="Idempotency-Key")
    return token or str(uuid.uuid4())


class RunEstimate(ApiView):
    @operation("run_estimate", response=EstimateSerializer, query=EstimateQuery)
    def get(self, request: Request, project_id: int) -> Response:
        """What a run would cost, before it is started."""
        project = access.get_readable_project(request.user, project_id)
        asked = self.read_query(EstimateQuery)
        engine = run_queries.get_engine(asked["engine"])
        estimate = run_queries.estimate_run(project, tgt_lang=asked["tgt_lang"], engine=engine)
        return Response(EstimateSerializer(estimate).data)


class RunDetail(ApiView):
    @operation("run_get", response=RunDetailSerializer)
    def get(self, request: Request, project_id: int, run_id: int) -> Response:
        """One run with its job and what it found so far."""
        project = access.get_readable_project(request.user, project_id)
        run = find(_runs(project), run_id)
        run.summary = run_queries.summarise_run(run)  # type: ignore[attr-defined]
        return Response(RunDetailSerializer(run).data)


class RunActivate(ApiView):
    @operation("run_activate", response=RunSerializer, is_write=True)
    def post(self, request: Request, project_id: int, run_id: int) -> Response:
        """Make a finished run the one that reviewers see."""
        project = access.get_managed_project(request.user, project_id)
        run_order.activate_run(run=find(_runs(project), run_id), actor=self.actor)
        return Response(RunSerializer(find(_runs(project), run_id)).data)


class RunCandidates(ApiView):
    @operation("run_candidates", response=paged(CandidateSerializer), query=CandidateQuery)
    def get(self, request: Request, project_id: int, run_id: int) -> Response:
        """What a run proposed: candidates of all ranks, and the spans that it could not project."""
        project = access.get_readable_project(request.user, project_id)
        asked = self.read_query(CandidateQuery)
        rows = Candidate.objects.filter(run=find(_runs(project), run_id)).select_related("label")
        if not access.get_sight(request.user, project).sees_all:
            rows = rows.filter(is_shown_item("item"))
        wanted = {name: asked[name] for name in ("item", "rank") if name in asked}
        return self.list_page(rows.filter(**wanted), CandidateSerializer)


class RunFailures(ApiView):
    @operation("run_failures", response=paged(FailureSerializer), query=PageQuery)
    def get(self, request: Request, project_id: int, run_id: int) -> Response:
        """The items that the engine failed on, and why."""
        project = access.get_readable_project(request.user, project_id)
        self.read_query()
        return self.list_page(run_queries.list_failed_items(find(_runs(project), run_id)), FailureSerializer)


class RunCompare(ApiView):
    @operation("run_compare", response=ComparisonSerializer, query=CompareQuery)
    def get(self, request: Request, project_id: int) -> Response:
        """How often two runs propose the same, by label."""
        project = access.get_readable_project(request.user, project_id)
        first, second = _find_pair(project, self.read_query(CompareQuery))
        rows = comparison.compare_runs(first, second)
        found = {"a": first, "b": second, "total": comparison.add_up(rows), "labels": rows}
        return Response(ComparisonSerializer(found).data)


class RunCompareItems(ApiView):
    @operation("run_compare_items", response=paged(DifferingItemSerializer), query=ComparePageQuery)
    def get(self, request: Request, project_id: int) -> Response:
        """The items on which two runs differ, with both proposals."""
        project = access.get_readable_project(request.user, project_id)
        first, second = _find_pair(project, self.read_query(ComparePageQuery))

        def load_pairs(page: list[Item]) -> Mapping[str, Any]:
            item_ids = [item.pk for item in page]
            return {"pairs": comparison.list_span_pairs(first, second, item_ids=item_ids)}

        sees_all = access.get_sight(request.user, project).sees_all
        differing = comparison.list_differing_items(first, second, sees_all=sees_all)
        return self.list_page(differing, DifferingItemSerializer, prepare=load_pairs)


def _find_pair(project: Project, asked: Mapping[str, int]) -> tuple[Run, Run]:
    first, second = find(_runs(project), asked["a"]), find(_runs(project), asked["b"])
    if first.tgt_lang != second.tgt_lang:
        fault = f"Run {first.pk} is about {first.tgt_lang}, run {second.pk} about {second.tgt_lang}."
        raise bad_request("languages-differ", fault, "Compare runs over the same language.", place="b")
    return first, second
