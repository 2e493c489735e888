"""Views that scripts talk to: JSON in, JSON out, one shape of error."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext as _

from annotator.errors import ConflictError, ServiceError, bad_request

View = Callable[..., HttpResponse]


def error_response(status: int, *, code: str, message: str, remedy: str = "", place: str = "") -> JsonResponse:
    """The one shape of errors."""
    return JsonResponse({"code": code, "message": message, "remedy": remedy, "place": place}, status=status)


def answers_json(view: View) -> View:
    """Turn refusals into JSON: 400, 403, 404 or 409. A person who is not logged in gets 403 `logged-out`."""

    @wraps(view)
    def wrapped(request: HttpRequest, **kwargs: Any) -> HttpResponse:
        if not request.user.is_authenticated:
            return error_response(403, code="logged-out", message=_("You are logged out."), remedy=_("Log in again."))
        try:
            return view(request, **kwargs)
        except ServiceError as err:
            problem = err.problem
            return error_response(
                409 if isinstance(err, ConflictError) else 400,
                code=problem.code,
                message=problem.message,
                remedy=problem.remedy,
                place=problem.place,
            )
        except PermissionDenied as err:
            return error_response(403, code="forbidden", message=str(err))
        except Http404 as err:
            return error_response(404, code="not-found", message=str(err))

    return wrapped


def read_json(request: HttpRequest) -> dict[str, Any]:
    """The object that a script sent.

    Raises:
        BadRequestError: `bad-json` when it is none.
    """
    try:
        given = json.loads(request.body or b"{}")
    except (ValueError, RecursionError) as err:
        raise bad_request("bad-json", _("The request is not JSON."), _("Send an object.")) from err
    if not isinstance(given, dict):
        raise bad_request("bad-json", _("The request is not a JSON object."), _("Send an object."))
    return given
