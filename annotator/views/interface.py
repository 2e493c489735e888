"""Language and theme of the interface: choosing them, and the texts of the scripts."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, resolve_url
from django.utils import translation
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST
from django.views.i18n import JavaScriptCatalog

from annotator.interface import AUTO, THEME_COOKIE, catalogue_digest, is_language, is_theme
from annotator.middleware import same_for_all
from annotator.models import User
from annotator.services import accounts

YEAR_S = 365 * 24 * 60 * 60


@require_POST
def choose_interface(request: HttpRequest) -> HttpResponse:
    """Remember language and theme: in the account of who is logged in, and in the browser for pages without login."""
    language, theme = request.POST.get("language", ""), request.POST.get("theme", "")
    chosen: dict[str, str] = {}
    if is_language(language):
        chosen["language"] = language
    if is_theme(theme):
        chosen["theme"] = theme
    response = redirect(_next_url(request))
    if isinstance(request.user, User) and chosen:
        accounts.set_interface(user=request.user, chosen=chosen)
    _set_cookies(response, chosen)
    return response


def _next_url(request: HttpRequest) -> str:
    wanted = request.POST.get("next", "")
    is_ours = url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure())
    return wanted if is_ours else resolve_url("project-list")


def _set_cookies(response: HttpResponse, chosen: dict[str, str]) -> None:
    kept: dict[str, Any] = {"max_age": YEAR_S, "secure": settings.IS_SECURE, "httponly": True, "samesite": "Lax"}
    if "language" in chosen:
        response.set_cookie(settings.LANGUAGE_COOKIE_NAME, chosen["language"], **kept)
    if chosen.get("theme") == AUTO:
        response.delete_cookie(THEME_COOKIE)
    elif "theme" in chosen:
        response.set_cookie(THEME_COOKIE, chosen["theme"], **kept)


@same_for_all
@require_GET
def show_catalogue(request: HttpRequest, language: str, digest: str) -> HttpResponseBase:
    """The translated texts of the scripts. The address names their state, so browsers keep them until they change."""
    if not is_language(language) or digest != catalogue_digest(language):
        raise Http404(_("No such catalogue. Reload the page."))
    with translation.override(language):
        response = JavaScriptCatalog.as_view()(request)
    response["Cache-Control"] = f"public, max-age={YEAR_S}, immutable"
    return response
