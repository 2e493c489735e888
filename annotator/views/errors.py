"""Pages for what cannot be shown."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """404: says the same for what is absent and for what is not yours."""
    del exception
    return render(request, "errors/not_found.html", status=404)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    """403: says which role is needed."""
    return render(request, "errors/forbidden.html", {"reason": str(exception)}, status=403)


def server_error(request: HttpRequest) -> HttpResponse:
    """500: our fault; nothing is half done."""
    return render(request, "errors/server_error.html", status=500)
