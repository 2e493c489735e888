"""Qualification: the mark and the set, how people stand, and what a manager decides about it."""

from __future__ import annotations

from typing import Any

from django.shortcuts import get_object_or_404
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from annotator import access
from annotator.api._base import ApiView, operation
from annotator.api.serializers import RequestSerializer
from annotator.models import Attempt, Membership, Project, User
from annotator.queries.qualification import count_set, list_stands
from annotator.services import qualification

STATES = ["new", "open", "passed", "failed", "nothing"]


class SetSerializer(serializers.Serializer[Any]):
    """The qualification items of a language."""

    lang = serializers.CharField()
    n_items = serializers.IntegerField()


class StandSerializer(serializers.Serializer[Any]):
    """How a person stands in a language."""

    membership = serializers.IntegerField(source="member.pk")
    user = serializers.CharField(source="member.user.username")
    lang = serializers.CharField(source="tgt_lang")
    state = serializers.ChoiceField(choices=STATES, help_text="`nothing`: no item is left to ask this person.")
    n_items = serializers.IntegerField(help_text="Items that the person is asked.")
    n_done = serializers.IntegerField(help_text="Items decided in the newest attempt.")
    n_attempts = serializers.IntegerField(source="attempt.number", default=0)
    percent = serializers.FloatField(
        source="attempt.percent", default=None, allow_null=True, help_text="Score of the newest attempt."
    )
    needed = serializers.IntegerField(
        source="attempt.pass_percent", default=None, allow_null=True, help_text="The mark that it was held against."
    )
    figures = serializers.JSONField(source="attempt.figures", default=dict)
    let_by = serializers.CharField(
        source="attempt.let_by.username", default=None, allow_null=True, help_text="Who let the person pass."
    )


class QualificationSerializer(serializers.Serializer[Any]):
    """What is needed to pass, and how people stand."""

    pass_percent = serializers.IntegerField(allow_null=True, help_text="Null: nobody has to qualify.")
    shows_gold = serializers.BooleanField(help_text="What differs from the gold is shown after each item.")
    items = SetSerializer(many=True)
    people = StandSerializer(many=True, help_text="Reviewers; for a reviewer only the own standing.")


class QualificationChange(RequestSerializer):
    """What shall be needed; what is not given stays."""

    pass_percent = serializers.IntegerField(min_value=1, max_value=100, required=False, allow_null=True)
    shows_gold = serializers.BooleanField(required=False)


class StandChange(RequestSerializer):
    """What a manager decides about a person."""

    lang = serializers.CharField()
    act = serializers.ChoiceField(choices=["let-pass", "let-try-again"])


def _shape(project: Project, reader: User) -> Any:
    of = None if access.get_role(reader, project) in access.CURATORS else reader
    shown = {
        "pass_percent": project.pass_percent,
        "shows_gold": project.shows_gold,
        "items": [{"lang": lang, "n_items": n_items} for lang, n_items, _labels in count_set(project)],
        "people": list_stands(project, of=of),
    }
    return QualificationSerializer(shown).data


class Qualification(ApiView):
    @operation("qualification_get", response=QualificationSerializer)
    def get(self, request: Request, project_id: int) -> Response:
        """What is needed to pass, and how people stand."""
        project = access.get_readable_project(request.user, project_id)
        return Response(_shape(project, self.actor))

    @operation("qualification_edit", request=QualificationChange, response=QualificationSerializer, is_write=True)
    def patch(self, request: Request, project_id: int) -> Response:
        """Set the mark, and whether the gold is shown; items come into the set by acts on many items."""
        project = access.get_managed_project(request.user, project_id)
        present = {"pass_percent": project.pass_percent, "shows_gold": project.shows_gold}
        given = {**present, **self.read(QualificationChange)}
        qualification.set_qualification(project=project, actor=self.actor, **given)
        return Response(_shape(project, self.actor))


class QualificationOfPerson(ApiView):
    @operation("qualification_decide", request=StandChange, response=QualificationSerializer, is_write=True)
    def post(self, request: Request, project_id: int, membership_id: int) -> Response:
        """Let a person pass, or try again."""
        project = access.get_managed_project(request.user, project_id)
        given = self.read(StandChange)
        member = get_object_or_404(Membership, project=project, pk=membership_id)
        do = {"let-pass": qualification.let_pass, "let-try-again": qualification.let_try_again}[given["act"]]
        attempt: Attempt = do(project=project, actor=self.actor, reviewer=member.user, tgt_lang=given["lang"])
        return Response(_shape(attempt.project, self.actor))
