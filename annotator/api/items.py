"""Items: the list with its filters, and one with everything behind its labels."""

from __future__ import annotations

from rest_framework.request import Request
from rest_framework.response import Response

from annotator import access
from annotator.api._base import ApiView, find, operation, paged
from annotator.api.serializers.items import ItemDetailSerializer, ItemQuery, ItemSerializer
from annotator.errors import BadRequestError
from annotator.queries.item_detail import list_items_in_detail
from annotator.queries.item_filter import filter_items, read_item_filter
from annotator.queries.items import with_texts


class ItemList(ApiView):
    @operation("item_list", response=paged(ItemSerializer), query=ItemQuery)
    def get(self, request: Request, project_id: int) -> Response:
        """Items in the order in which they were imported."""
        project = access.get_readable_project(request.user, project_id)
        asked = self.read_query(ItemQuery)
        sight = access.get_sight(request.user, project)
        wanted, problems = read_item_filter(asked, only_reviewer=sight.only_reviewer)
        if problems:
            raise BadRequestError(problems[0])
        rows = with_texts(filter_items(project, wanted, sees_all=sight.sees_all))
        return self.list_page(rows, ItemSerializer)


class ItemDetail(ApiView):
    @operation("item_get", response=ItemDetailSerializer)
    def get(self, request: Request, project_id: int, item_id: int) -> Response:
        """One item: texts, source spans, candidates with links, target labels and the decisions behind them."""
        project = access.get_readable_project(request.user, project_id)
        sees_all = access.get_sight(request.user, project).sees_all
        rows = list_items_in_detail(project, reader=self.actor, sees_all=sees_all)
        return Response(ItemDetailSerializer(find(rows, item_id)).data)
