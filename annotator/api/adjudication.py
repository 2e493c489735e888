"""Adjudication: what is to be settled, an item with the answers side by side, taking sides, undoing it."""

from __future__ import annotations

from collections import Counter

from django.http import Http404
from rest_framework.request import Request
from rest_framework.response import Response

from annotator import access
from annotator.api._base import ApiView, operation, paged
from annotator.api.serializers.adjudication import (
    SettleCreate,
    SheetQuery,
    SheetSerializer,
    SheetSummarySerializer,
    StepCreate,
)
from annotator.api.serializers.review import OutcomeSerializer
from annotator.errors import bad_request
from annotator.models import Item, Project
from annotator.queries import adjudication as queries
from annotator.services import adjudication
from annotator.services.adjudication import Choice


class SheetList(ApiView):
    @operation("adjudication_list", response=paged(SheetSummarySerializer), query=SheetQuery)
    def get(self, request: Request, project_id: int) -> Response:
        """Items on which reviewers differ, and items with an open flag."""
        project = access.get_curatable_project(request.user, project_id)
        rows = queries.list_to_settle(project, tgt_lang=self.read_query(SheetQuery).get("lang", ""))

        def read_page(page: list[Item]) -> dict[str, object]:
            sheets = queries.read_sheets(project, [item.pk for item in page])
            return {"sheets": {sheet.item.pk: sheet for sheet in sheets}}

        return self.list_page(rows, SheetSummarySerializer, prepare=read_page)


class SheetDetail(ApiView):
    @operation("adjudication_get", response=SheetSerializer)
    def get(self, request: Request, project_id: int, item_id: int) -> Response:
        """One item with the answers of the reviewers and of the machine side by side."""
        project = access.get_curatable_project(request.user, project_id)
        return Response(SheetSerializer(_get_sheet(project, item_id)).data)

    @operation("adjudication_settle", request=SettleCreate, response=OutcomeSerializer, is_write=True)
    def post(self, request: Request, project_id: int, item_id: int) -> Response:
        """Settle an item by taking a side for each label; what all reviewers agree on needs no choice."""
        project = access.get_curatable_project(request.user, project_id)
        _get_sheet(project, item_id)
        given = self.read(SettleCreate)
        choices = given.get("choices", [])
        twice = [ref for ref, n in Counter(choice["label"] for choice in choices).items() if n > 1]
        if twice:
            raise bad_request("chosen-twice", f"{twice[0]!r} is chosen twice.", "Choose once.", place="choices")
        outcome = adjudication.settle(
            project=project,
            actor=self.actor,
            item_id=item_id,
            choices={
                choice["label"]: Choice(
                    choice["side"], choice.get("reason", "").strip(), choice.get("is_guideline_gap", False)
                )
                for choice in choices
            },
            step=given["step"],
            seen=given.get("seen"),
        )
        return Response(OutcomeSerializer(outcome).data)


class SettlingUndo(ApiView):
    @operation("adjudication_undo", request=StepCreate, response=OutcomeSerializer, is_write=True)
    def post(self, request: Request, project_id: int) -> Response:
        """Take back your last step; flags that it closed are open again."""
        project = access.get_curatable_project(request.user, project_id)
        outcome = adjudication.undo(project=project, actor=self.actor, step=self.read(StepCreate)["step"])
        return Response(OutcomeSerializer(outcome).data)


def _get_sheet(project: Project, item_id: int) -> queries.Sheet:
    sheet = queries.read_sheet(project, item_id)
    if sheet is None:
        raise Http404(f"There is no item {item_id} here.")
    return sheet
