"""Items: the list with its filters, and one with everything behind its labels."""

from __future__ import annotations

from rest_framework.request import Request
from rest_framework.response import Response

from annotator import access
from annotator.api._base import ApiView, find, operation, paged
from annotator.api.serializers.items import ItemDetailSerializer, ItemQuery, ItemSerializer
from annotator.queries.item_detail import list_items_in_detail
from annotator.queries.items import list_items


class ItemList(ApiView):
    @operation("item_list", response=paged(ItemSerializer), query=ItemQuery)
    def get(self, request: Request, project_id: int) -> Response:
        """Items in the order in which they were imported."""
        project = access.get_readable_project(request.user, project_id)
        asked = self.read_query(ItemQuery)
        rows = list_items(
            project, tgt_lang=asked.get("lang", ""), state=asked.get("state", ""), text=asked.get("text", "")
        )
        return self.list_page(rows, ItemSerializer)


class ItemDetail(ApiView):
    @operation("item_get", response=ItemDetailSerializer)
    def get(self, request: Request, project_id: int, item_id: int) -> Response:
        """One item: texts, source spans, candidates with links, target labels and the decisions behind them."""
        project = access.get_readable_project(request.user, project_id)
        return Response(ItemDetailSerializer(find(list_items_in_detail(project), item_id)).data)
