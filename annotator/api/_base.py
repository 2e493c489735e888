"""What every view of the API shares: pages of a list, checked input, its entry in the OpenAPI schema."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any, TypeVar

from django.conf import settings
from django.db.models import Model, QuerySet
from django.http import Http404
from django.utils.dateparse import parse_datetime
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema, inline_serializer
from rest_framework import serializers
from rest_framework.exceptions import NotFound
from rest_framework.pagination import Cursor, CursorPagination
from rest_framework.parsers import JSONParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from annotator import access
from annotator.api.errors import UploadTooLargeError
from annotator.api.serializers import MAX_ID, ErrorSerializer, PageQuery, RequestSerializer
from annotator.models import User

Row = TypeVar("Row", bound=Model)
Shape = type[serializers.BaseSerializer[Any]]
Method = TypeVar("Method", bound=Callable[..., Any])

MEANINGS = {
    400: "What was sent is wrong.",
    401: "No key or session was sent, or it is not known.",
    403: "Your role in the project does not suffice.",
    404: "There is no such thing, or you are not a member of its project.",
    409: "It cannot be done as things are now.",
    413: "The request is larger than this installation takes.",
}

# Headings of the docs, by the first word of an operation's id.
TAGS = {
    "engine": "runs",
    "decision": "review",
    "queue": "review",
    "layer": "labels",
    "concept": "labels",
    "reject": "labels",
}
TAGS |= {"reviewing": "people", "assignment": "people", "qualification": "people", "invitation": "people"}
TAGS |= {"adjudication": "review"}


class Pages(CursorPagination):
    """Pages that stay right and fast while rows are added, however far one reads."""

    page_size_query_param = "limit"
    max_page_size = 500

    def decode_cursor(self, request: Request) -> Cursor | None:
        """The place to go on from: an id, or a time where rows have ids of their own making."""
        cursor = super().decode_cursor(request)
        if cursor is not None and cursor.position is not None and not self._is_place(str(cursor.position)):
            raise NotFound(self.invalid_cursor_message)
        return cursor

    def _is_place(self, position: str) -> bool:
        if self.ordering == ("created_at",):
            try:
                return parse_datetime(position) is not None
            except ValueError:
                return False
        return position.isascii() and position.isdigit() and int(position) <= MAX_ID


class ApiView(APIView):
    """A view of the API; each method is one permission, one input, one call, one output."""

    parser_classes = [JSONParser]

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Refuse a body beyond the limit before anything of it is read."""
        if int(request.META.get("CONTENT_LENGTH") or 0) > settings.UPLOAD_MAX_BYTES:
            limit_mb = settings.UPLOAD_MAX_BYTES // 2**20
            raise UploadTooLargeError(f"The request is larger than {limit_mb} MB, which this installation takes.")
        super().initial(request, *args, **kwargs)

    @property
    def actor(self) -> User:
        """Who sends the request."""
        return access.get_account(self.request.user)

    def read(self, shape: type[RequestSerializer]) -> dict[str, Any]:
        """The body, checked; unknown fields are refused."""
        return _checked(shape, self.request.data)

    def read_query(self, shape: type[RequestSerializer] = PageQuery) -> dict[str, Any]:
        """The parameters of the address, checked; unknown ones are refused."""
        return _checked(shape, self.request.query_params)

    def list_page(
        self,
        rows: QuerySet[Row],
        shape: Shape,
        *,
        ordering: str = "id",
        prepare: Callable[[list[Row]], Mapping[str, Any]] | None = None,
    ) -> Response:
        """One page of rows; `prepare` loads what the whole page needs into the serializer's context."""
        pages = Pages()
        pages.ordering = ordering
        page = list(pages.paginate_queryset(rows, self.request, view=self) or [])
        context = dict(prepare(page)) if prepare else {}
        return pages.get_paginated_response(shape(page, many=True, context=context).data)


class NoSuchAddress(ApiView):
    """Where no other address fits."""

    schema = None

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Refuse any method alike, after asking who it is."""
        super().initial(request, *args, **kwargs)
        raise Http404(f"There is no address {request.path}.")


def _checked(shape: type[RequestSerializer], given: Any) -> dict[str, Any]:
    serializer = shape(data=given)
    serializer.is_valid(raise_exception=True)
    return dict(serializer.validated_data)


def find(rows: QuerySet[Row], row_id: int) -> Row:
    """A row of a project by its id.

    Raises:
        Http404: when the project has none such.
    """
    row = rows.filter(pk=row_id).first()
    if row is None:
        raise Http404(f"There is no {rows.model._meta.verbose_name} {row_id} here.")
    return row


@cache
def paged(shape: Shape) -> serializers.Serializer[Any]:
    """Schema of a page of a list."""
    return inline_serializer(
        name=f"Paged{shape.__name__.removesuffix('Serializer')}",
        fields={
            "next": serializers.URLField(allow_null=True, help_text="Address of the next page."),
            "previous": serializers.URLField(allow_null=True, help_text="Address of the page before."),
            "results": shape(many=True),
        },
    )


def operation(
    operation_id: str,
    *,
    response: Any = None,
    request: Any = None,
    query: type[RequestSerializer] | None = None,
    status: int = 200,
    is_write: bool = False,
    headers: Sequence[OpenApiParameter] = (),
) -> Callable[[Method], Method]:
    """Entry of a method in the schema, with the errors that it can answer with."""
    codes = [401, 403, 404]
    codes += [400, 413] if request is not None else []
    codes += [400] if query is not None else []
    codes += [409] if is_write else []
    errors = {code: OpenApiResponse(ErrorSerializer, description=MEANINGS[code]) for code in sorted(set(codes))}
    body = response if response is not None else OpenApiResponse(description="Done; there is nothing to send back.")
    noun = operation_id.partition("_")[0]

    def describe(method: Method) -> Method:
        # The first clause is the line that the docs show while an operation is folded.
        summary = re.split("[;:.]", method.__doc__ or "", maxsplit=1)[0]
        decorate = extend_schema(
            operation_id=operation_id,
            summary=summary,
            tags=[TAGS.get(noun, f"{noun}s")],
            request=request,
            parameters=[*([query] if query is not None else []), *headers],
            responses={status: body, **errors},
        )
        return decorate(method)

    return describe
