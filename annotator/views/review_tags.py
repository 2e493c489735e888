"""How a word was tagged so far, for the panel of the review screen."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_GET

from annotator import access
from annotator.models import Item, Layer, User
from annotator.queries import tag_counts
from annotator.views._json import answers_json


@require_GET
@answers_json
def count_tags(request: HttpRequest, *, project_id: int) -> HttpResponse:
    """Counts by label for `form` in `layer`, as people and the machine have it; on a blind item one's own only."""
    project = access.get_readable_project(request.user, project_id)
    item = Item.objects.filter(project=project, pk=_id_in(request, "item")).first()
    layer = Layer.objects.filter(project=project, pk=_id_in(request, "layer")).first()
    if item is None or layer is None:
        raise Http404("No such item or layer in this project.")
    form = request.GET.get("form", "")
    viewer = request.user if isinstance(request.user, User) else None
    only_own = viewer if item.is_blind else None
    machine = {} if item.is_blind else tag_counts.count_tags_of_machine(item, layer, form)
    people = tag_counts.count_tags_of_people(item, layer, form, actor=only_own)
    return JsonResponse({"people": people, "machine": machine, "is_blind": item.is_blind})


def _id_in(request: HttpRequest, name: str) -> int:
    given = request.GET.get(name, "")
    return int(given) if given.isascii() and given.isdecimal() and len(given) < 19 else 0
