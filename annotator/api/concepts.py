"""The terminology of a project: list, search, upload."""

from __future__ import annotations

from rest_framework.parsers import JSONParser, MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from annotator import access
from annotator.api._base import ApiView, operation, paged
from annotator.api.serializers import PageQuery
from annotator.api.serializers.concepts import (
    ConceptQuery,
    ConceptSerializer,
    FoundConceptsSerializer,
    TerminologySerializer,
    TerminologyUpload,
)
from annotator.models import Concept
from annotator.queries.concepts import search_concepts
from annotator.services import concepts


class ConceptList(ApiView):
    parser_classes = [JSONParser, MultiPartParser]

    @operation("concept_list", response=paged(ConceptSerializer), query=PageQuery)
    def get(self, request: Request, project_id: int) -> Response:
        """The concepts of the terminology."""
        project = access.get_readable_project(request.user, project_id)
        self.read_query()
        return self.list_page(Concept.objects.filter(project=project), ConceptSerializer)

    @operation("concept_upload", request=TerminologyUpload, response=TerminologySerializer, is_write=True)
    def post(self, request: Request, project_id: int) -> Response:
        """Take a terminology into the project; or only say what it would bring."""
        project = access.get_managed_project(request.user, project_id)
        given = self.read(TerminologyUpload)
        found = concepts.check_terminology(project=project, data=given["terminology"].read())
        if not given.get("is_preview", False):
            found = concepts.take_terminology(project=project, actor=self.actor, key=found.key)
        return Response(TerminologySerializer(found).data)


class ConceptSearch(ApiView):
    @operation("concept_search", response=FoundConceptsSerializer, query=ConceptQuery)
    def get(self, request: Request, project_id: int) -> Response:
        """The first concepts with a name or code that holds a text; those that begin with it first."""
        project = access.get_readable_project(request.user, project_id)
        asked = self.read_query(ConceptQuery)
        return Response({"results": search_concepts(project, asked.get("q", ""))})
