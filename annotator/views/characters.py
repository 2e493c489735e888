"""Names of characters, which browsers do not know."""

from __future__ import annotations

import unicodedata

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_POST

from annotator.views._json import answers_json, read_json

MAX_CHARACTERS = 200


# A POST, though it changes nothing: texts do not belong into addresses, which are written to logs.
@require_POST
@answers_json
def name_characters(request: HttpRequest) -> HttpResponse:
    """Unicode names of the characters of a text, "" for those that have none."""
    text = read_json(request).get("text")
    characters = text[:MAX_CHARACTERS] if isinstance(text, str) else ""
    return JsonResponse({"names": [unicodedata.name(each, "") for each in characters]})
