"""Languages and themes of the interface: what there is, and what a request asks for."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path
from typing import Any

from django import VERSION, get_version
from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext_lazy as _
from langcodes import Language

LANGUAGES: dict[str, str] = {code: str(name) for code, name in settings.LANGUAGES}
AUTO = "auto"
THEMES = {AUTO: _("as the system"), "light": _("light"), "dark": _("dark"), "contrast": _("high contrast")}
THEME_COOKIE = "theme"


def is_language(code: object) -> bool:
    """Whether the interface is translated into a language."""
    return isinstance(code, str) and code in LANGUAGES


def is_theme(name: object) -> bool:
    """Whether there is such a theme."""
    return isinstance(name, str) and name in THEMES


def preference(request: HttpRequest, name: str) -> object:
    """What a person who is logged in has chosen, else None."""
    return getattr(request.user, "preferences", {}).get(name) if hasattr(request, "user") else None


def get_theme(request: HttpRequest) -> str:
    """The theme of the person, or of the browser where nobody is logged in."""
    chosen = preference(request, "theme") or request.COOKIES.get(THEME_COOKIE)
    return str(chosen) if is_theme(chosen) else AUTO


@cache
def catalogue_digest(language: str) -> str:
    """Names the state of a catalogue, so that browsers may keep it for good."""
    path = Path(settings.LOCALE_PATHS[0]) / language / "LC_MESSAGES" / "djangojs.mo"
    content = path.read_bytes() if path.exists() else b""
    return hashlib.sha256(content + get_version(VERSION).encode()).hexdigest()[:12]


def catalogue_url(language: str) -> str:
    """Where the texts of the scripts are; "" for English, which the scripts hold themselves."""
    if language == "en":
        return ""
    return reverse("interface-catalogue", args=[language, catalogue_digest(language)])


def language_name(code: str) -> str:
    """The name of a language in the language of the interface; the code itself when it has none."""
    return str(Language.get(code).display_name(translation.get_language() or "en"))


def script_name(code: str) -> str:
    """The name of the script that a language is usually written in."""
    return str(Language.get(code).maximize().script_name(translation.get_language() or "en"))


def interface(request: HttpRequest) -> dict[str, Any]:
    """For every template: language, direction and theme of the page, and what may be chosen instead."""
    language = translation.get_language() or "en"
    return {
        "interface": {
            "language": language,
            "dir": "rtl" if translation.get_language_bidi() else "ltr",
            "theme": get_theme(request),
            "languages": LANGUAGES.items(),
            "themes": THEMES.items(),
            "catalogue_url": catalogue_url(language),
        }
    }
