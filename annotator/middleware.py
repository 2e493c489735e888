"""The language that a person has chosen for the account goes before those of the browser."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import Resolver404, resolve
from django.utils import translation

from annotator.interface import is_language, preference

View = TypeVar("View", bound=Callable[..., HttpResponseBase])


def same_for_all(view: View) -> View:
    """Mark a view whose answer depends on its address alone, so that caches may keep it."""
    view.is_same_for_all = True  # type: ignore[attr-defined]
    return view


class AccountLanguageMiddleware:
    """Comes after Django's `LocaleMiddleware`, which has chosen by cookie or by what the browser accepts."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        chosen = None if _is_same_for_all(request.path_info) else preference(request, "language")
        if is_language(chosen):
            translation.activate(str(chosen))
            request.LANGUAGE_CODE = str(chosen)
        return self.get_response(request)


def _is_same_for_all(path: str) -> bool:
    try:
        return getattr(resolve(path).func, "is_same_for_all", False)
    except Resolver404:
        return False
