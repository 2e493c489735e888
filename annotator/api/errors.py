"""One JSON shape for everything that goes wrong: code, message, remedy, place and, for several faults, problems."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from typing import Any

from django.core.exceptions import PermissionDenied, RequestDataTooBig, SuspiciousOperation
from django.core.exceptions import ValidationError as ModelValidationError
from django.http import Http404
from rest_framework import exceptions, status
from rest_framework.response import Response
from rest_framework.serializers import as_serializer_error
from rest_framework.views import set_rollback

from annotator.errors import ConflictError, ServiceError
from projection.errors import Problem, ProjectionError

logger = logging.getLogger(__name__)

FIELD_REMEDY = "See /api/docs/ for what this address takes."
REMEDIES = {
    status.HTTP_400_BAD_REQUEST: "Send what the content type promises; JSON must be valid and in UTF-8.",
    status.HTTP_401_UNAUTHORIZED: "Send the header 'Authorization: Token <key>'; the account page makes a key.",
    status.HTTP_403_FORBIDDEN: "A manager of the project can change your role; with a session, send X-CSRFToken too.",
    status.HTTP_404_NOT_FOUND: "Check the address, its slash at the end too; /api/docs/ lists all of them.",
    status.HTTP_405_METHOD_NOT_ALLOWED: "See /api/docs/ for the methods of this address.",
    status.HTTP_406_NOT_ACCEPTABLE: "Accept application/json.",
    status.HTTP_413_REQUEST_ENTITY_TOO_LARGE: "Split the files, or ask the administrator to raise UPLOAD_MAX_MB.",
    status.HTTP_415_UNSUPPORTED_MEDIA_TYPE: "Send application/json or, with files, multipart/form-data.",
    status.HTTP_429_TOO_MANY_REQUESTS: "Wait for as long as the header Retry-After says.",
}


class UploadTooLargeError(exceptions.APIException):
    """A request body beyond the limit of this installation."""

    status_code = status.HTTP_413_REQUEST_ENTITY_TOO_LARGE
    default_detail = "The request is larger than this installation takes."
    default_code = "upload-too-large"


def handle_exception(exc: Exception, context: Mapping[str, Any]) -> Response:
    """The response for whatever a view of the API raised; unknown errors are logged and answered with 500."""
    set_rollback()
    if isinstance(exc, (ServiceError, ProjectionError)):
        return _respond([exc.problem], _status_of(exc))
    if isinstance(exc, ModelValidationError):
        exc = exceptions.ValidationError(as_serializer_error(exc))
    if isinstance(exc, exceptions.ValidationError):
        return _respond(list(list_problems(exc.detail)), exc.status_code)
    known = _as_api_exception(exc)
    if known is None:
        return _respond_unknown(exc, context)
    return _respond([_problem_of(known)], known.status_code, headers=_headers_of(known))


def _status_of(exc: ServiceError | ProjectionError) -> int:
    return status.HTTP_409_CONFLICT if isinstance(exc, ConflictError) else status.HTTP_400_BAD_REQUEST


def _as_api_exception(exc: Exception) -> exceptions.APIException | None:
    if isinstance(exc, exceptions.APIException):
        return exc
    if isinstance(exc, Http404):
        return exceptions.NotFound(str(exc) or None)
    if isinstance(exc, PermissionDenied):
        return exceptions.PermissionDenied(str(exc) or None)
    if isinstance(exc, RequestDataTooBig):
        return UploadTooLargeError()
    return exceptions.ParseError(str(exc)) if isinstance(exc, SuspiciousOperation) else None


def _problem_of(exc: exceptions.APIException) -> Problem:
    code = exc.get_codes()
    return Problem(
        code=code.replace("_", "-") if isinstance(code, str) else "error",
        message=str(exc.detail),
        remedy=REMEDIES.get(exc.status_code, ""),
    )


def _headers_of(exc: exceptions.APIException) -> dict[str, str]:
    headers = {}
    if auth_header := getattr(exc, "auth_header", None):
        headers["WWW-Authenticate"] = auth_header
    if wait_s := getattr(exc, "wait", None):
        headers["Retry-After"] = f"{wait_s:.0f}"
    return headers


def list_problems(detail: Any, *, place: str = "") -> Iterator[Problem]:
    """The faults that a serializer found, one problem each; the place is the path of the field."""
    if isinstance(detail, Mapping):
        for name, inner in detail.items():
            yield from list_problems(inner, place=place if name == "non_field_errors" else _join(place, str(name)))
    elif isinstance(detail, list):
        for index, inner in enumerate(detail):
            # A list of faults of one field, or faults of the elements of a list.
            is_element = isinstance(inner, (Mapping, list))
            yield from list_problems(inner, place=f"{place}[{index}]" if is_element else place)
    else:
        code = str(getattr(detail, "code", "invalid")).replace("_", "-")
        yield Problem(code=code, message=str(detail), remedy=FIELD_REMEDY, place=place)


def _join(place: str, name: str) -> str:
    if name.isdigit():
        return f"{place}[{name}]"
    return f"{place}.{name}" if place else name


def _respond(problems: list[Problem], status_code: int, *, headers: dict[str, str] | None = None) -> Response:
    shapes = [shape_of(problem) for problem in problems]
    if len(shapes) == 1:
        return Response(shapes[0], status=status_code, headers=headers)
    places = ", ".join(dict.fromkeys(problem.place for problem in problems if problem.place))
    summary = Problem(
        code="invalid",
        message=f"{len(problems)} things are wrong with what was sent: {places}.",
        remedy="See problems.",
        place=places,
    )
    return Response({**shape_of(summary), "problems": shapes}, status=status_code)


def shape_of(problem: Problem) -> dict[str, str]:
    """A problem as the API sends it."""
    return {"code": problem.code, "message": problem.message, "remedy": problem.remedy, "place": problem.place}


def _respond_unknown(exc: Exception, context: Mapping[str, Any]) -> Response:
    view = context.get("view")
    logger.error("the API failed in %s", type(view).__name__, exc_info=exc)
    problem = Problem(
        code="internal-error",
        message="Something went wrong inside; nothing of this request was done.",
        remedy="Try again; if it stays, ask whoever runs this installation to look at the log of the server.",
    )
    return _respond([problem], status.HTTP_500_INTERNAL_SERVER_ERROR)
