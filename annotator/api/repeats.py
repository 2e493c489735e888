"""Repeats of a decision."""

from __future__ import annotations

from django.http import Http404
from rest_framework.request import Request
from rest_framework.response import Response

from annotator import access
from annotator.api._base import ApiView, operation
from annotator.api.serializers.repeats import RepeatCreate, RepeatedSerializer, RepeatQuery, RepeatsSerializer
from annotator.errors import conflict
from annotator.queries.repeats import read_repeats
from annotator.services.repeats import gone, repeat_decision
from annotator.services.review_acts import SpanRef


class RepeatList(ApiView):
    @operation("repeat_list", response=RepeatsSerializer, query=RepeatQuery, is_write=True)
    def get(self, request: Request, project_id: int) -> Response:
        """Undecided proposals of the same form and label as a decided span, in context."""
        project = access.get_reviewable_project(request.user, project_id)
        asked = self.read_query(RepeatQuery)
        found = read_repeats(
            project,
            self.actor,
            item_id=asked["item"],
            source_span_id=asked.get("source_span"),
            annotation_id=asked.get("annotation"),
        )
        if found is None and not project.items.filter(pk=asked["item"]).exists():
            raise Http404(f"There is no item {asked['item']} here.")
        if found is None:
            raise conflict("nothing-to-repeat", *gone())
        return Response(RepeatsSerializer(found).data)

    @operation("repeat_create", request=RepeatCreate, response=RepeatedSerializer, is_write=True)
    def post(self, request: Request, project_id: int) -> Response:
        """Decide on the chosen spans as on the decided one; one step, which one undo takes back."""
        project = access.get_reviewable_project(request.user, project_id)
        given = self.read(RepeatCreate)
        done = repeat_decision(
            project=project,
            actor=self.actor,
            step=given["step"],
            item_id=given["item"],
            origin=SpanRef(given.get("source_span"), given.get("annotation")),
            source_span_ids=given["spans"],
        )
        return Response(RepeatedSerializer(done).data)
