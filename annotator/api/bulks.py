"""Acts on many items: the list, one of them, starting and undoing."""

from __future__ import annotations

from rest_framework.request import Request
from rest_framework.response import Response

from annotator import access
from annotator.api._base import ApiView, find, operation, paged
from annotator.api.serializers import NoInput
from annotator.api.serializers.bulks import BulkCreate, BulkSerializer
from annotator.errors import BadRequestError
from annotator.models import Bulk, User
from annotator.queries.bulk import list_bulks
from annotator.queries.item_filter import read_item_filter
from annotator.services import bulk_decisions


class BulkList(ApiView):
    @operation("bulk_list", response=paged(BulkSerializer))
    def get(self, request: Request, project_id: int) -> Response:
        """Acts on many items, latest first."""
        project = access.get_curatable_project(request.user, project_id)
        self.read_query()
        return self.list_page(list_bulks(project), BulkSerializer, ordering="-id")

    @operation("bulk_create", request=BulkCreate, response=BulkSerializer, status=201, is_write=True)
    def post(self, request: Request, project_id: int) -> Response:
        """Accept, reject, assign, qualify or release all items of a filter; where they are many, a job does it."""
        project = access.get_curatable_project(request.user, project_id)
        given = self.read(BulkCreate)
        if given["kind"] == Bulk.Kind.ASSIGN:
            project = access.get_managed_project(request.user, project_id)
        sight = access.get_sight(request.user, project)
        wanted, problems = read_item_filter(given.get("filter", {}), only_reviewer=sight.only_reviewer)
        if problems:
            raise BadRequestError(problems[0])
        bulk = bulk_decisions.start_bulk(
            project=project,
            actor=self.actor,
            kind=given["kind"],
            wanted=wanted,
            step=given["step"],
            n_seen=given.get("n_seen"),
            reason=given.get("reason", ""),
            assignee=User.objects.filter(pk=given["assignee"]).first() if "assignee" in given else None,
        )
        return Response(BulkSerializer(bulk).data, status=201)


class BulkDetail(ApiView):
    @operation("bulk_get", response=BulkSerializer)
    def get(self, request: Request, project_id: int, bulk_id: int) -> Response:
        """One act on many items."""
        project = access.get_curatable_project(request.user, project_id)
        return Response(BulkSerializer(find(list_bulks(project), bulk_id)).data)


class BulkUndo(ApiView):
    @operation("bulk_undo", request=NoInput, response=BulkSerializer, is_write=True)
    def post(self, request: Request, project_id: int, bulk_id: int) -> Response:
        """Take back everything that an act did; items changed since keep what they have."""
        project = access.get_curatable_project(request.user, project_id)
        self.read(NoInput)
        bulk = find(Bulk.objects.filter(project=project), bulk_id)
        access.check_may_undo_bulk(request.user, bulk)
        return Response(BulkSerializer(bulk_decisions.undo_bulk(bulk=bulk, actor=self.actor)).data)
