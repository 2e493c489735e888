"""How items are reviewed, and by whom."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from django.shortcuts import get_object_or_404
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from annotator import access
from annotator.api._base import ApiView, operation, paged
from annotator.api.serializers import MAX_ID, RequestSerializer
from annotator.models import Membership, Project, User
from annotator.queries.assignments import list_loads
from annotator.services import assignments, reviewing
from annotator.services.assignments import AssignmentPlan, AssignmentPreview


class ReviewingChange(RequestSerializer):
    """How items shall be reviewed; what is not given stays."""

    n_reviews = serializers.IntegerField(min_value=1, max_value=reviewing.MAX_REVIEWS, required=False)
    overlap_percent = serializers.IntegerField(min_value=0, max_value=100, required=False)
    blind = serializers.ChoiceField(choices=Project.Blind.choices, required=False)
    hides_names = serializers.BooleanField(required=False)


class ReviewingCountsSerializer(serializers.Serializer[Any]):
    """What a plan does to the items of a project."""

    n_free = serializers.IntegerField(help_text="Items that nobody has begun or holds; only these change.")
    n_kept = serializers.IntegerField(help_text="Items that somebody has; they stay as they are.")
    n_overlap = serializers.IntegerField(help_text="Free items that several people review.")
    n_blind = serializers.IntegerField(help_text="Free items that are reviewed blind.")
    n_passes = serializers.IntegerField(help_text="Reviews that the free items need, all people together.")


class ReviewingSerializer(serializers.Serializer[Any]):
    """How items are reviewed, and what that means for those that nobody has begun."""

    n_reviews = serializers.IntegerField(help_text="People for each item of the overlap share.")
    overlap_percent = serializers.IntegerField(help_text="Share of the items that so many people review.")
    blind = serializers.ChoiceField(choices=Project.Blind.choices)
    hides_names = serializers.BooleanField(help_text="Curators do not see who decided what.")
    counts = ReviewingCountsSerializer()


def _shape(project: Project, plan: reviewing.ReviewingPlan) -> Any:
    return ReviewingSerializer({**asdict(plan), "counts": reviewing.count_plan(project, plan)}).data


class Reviewing(ApiView):
    @operation("reviewing_get", response=ReviewingSerializer, query=ReviewingChange)
    def get(self, request: Request, project_id: int) -> Response:
        """How items are reviewed; with parameters, what they would change."""
        project = access.get_managed_project(request.user, project_id)
        return Response(_shape(project, reviewing.change_plan(project, **self.read_query(ReviewingChange))))

    @operation("reviewing_edit", request=ReviewingChange, response=ReviewingSerializer, is_write=True)
    def patch(self, request: Request, project_id: int) -> Response:
        """Change how items are reviewed that nobody has begun, and those that are imported later."""
        project = access.get_managed_project(request.user, project_id)
        plan = reviewing.change_plan(project, **self.read(ReviewingChange))
        reviewing.set_reviewing(project=project, actor=self.actor, plan=plan)
        return Response(_shape(project, plan))


class ShareSerializer(RequestSerializer):
    """The part of one person."""

    user = serializers.CharField(help_text="User name.")
    percent = serializers.IntegerField(min_value=0, max_value=100)


class AssignmentCreate(RequestSerializer):
    """Who gets which part of the items."""

    shares = ShareSerializer(many=True, allow_empty=False)
    lang = serializers.CharField(required=False, allow_blank=True, help_text="Only items of this target language.")
    items = serializers.ListField(
        child=serializers.IntegerField(min_value=1, max_value=MAX_ID), required=False, help_text="Only these items."
    )
    is_anew = serializers.BooleanField(required=False, help_text="Also what is assigned already and not begun.")
    is_preview = serializers.BooleanField(required=False, help_text="Only count.")


class ShareOutcome(serializers.Serializer[Any]):
    """How many items a person gets."""

    user = serializers.CharField()
    n_items = serializers.IntegerField()


class AssignmentSerializer(serializers.Serializer[Any]):
    """What an assignment does."""

    n_items = serializers.IntegerField(help_text="Items that nobody has begun.")
    n_open_to_all = serializers.IntegerField(help_text="Items among them that stay open to everybody.")
    n_short = serializers.IntegerField(help_text="Reviews that found nobody.")
    n_kept = serializers.IntegerField(help_text="Items that stay as they are.")
    people = ShareOutcome(many=True)


class LoadSerializer(serializers.Serializer[Any]):
    """What a person was assigned."""

    user = serializers.CharField(source="member.user.username")
    tgt_langs = serializers.ListField(
        source="member.tgt_langs", child=serializers.CharField(), help_text="Languages of the person; empty for all."
    )
    n_assigned = serializers.IntegerField()
    n_begun = serializers.IntegerField()


class AssignmentList(ApiView):
    @operation("assignment_list", response=paged(LoadSerializer))
    def get(self, request: Request, project_id: int) -> Response:
        """How much each person was assigned."""
        project = access.get_managed_project(request.user, project_id)
        # One row a member: a single page, in the form of all lists.
        rows = LoadSerializer(list_loads(project), many=True).data
        return Response({"next": None, "previous": None, "results": rows})

    @operation("assignment_create", request=AssignmentCreate, response=AssignmentSerializer, is_write=True)
    def post(self, request: Request, project_id: int) -> Response:
        """Assign items by share, or count what that would do."""
        project = access.get_managed_project(request.user, project_id)
        given = self.read(AssignmentCreate)
        names = {share["user"]: share["percent"] for share in given["shares"]}
        ids = dict(User.objects.filter(username__in=names).values_list("username", "pk"))
        plan = AssignmentPlan(
            shares={ids.get(name, 0): percent for name, percent in names.items()},
            tgt_lang=given.get("lang", ""),
            item_ids=given.get("items"),
            is_anew=given.get("is_anew", False),
        )
        if given.get("is_preview"):
            preview = assignments.preview_assignment(project, plan)
        else:
            preview = assignments.assign_items(project=project, actor=self.actor, plan=plan)
        return Response(_shape_preview(preview, {user_id: name for name, user_id in ids.items()}))


def _shape_preview(preview: AssignmentPreview, names: dict[int, str]) -> Any:
    people = [{"user": names[user_id], "n_items": n} for user_id, n in preview.n_by_person.items()]
    return AssignmentSerializer({**asdict(preview), "people": people}).data


class AssignmentWithdrawal(ApiView):
    @operation("assignment_withdraw", status=204, is_write=True)
    def delete(self, request: Request, project_id: int, membership_id: int) -> Response:
        """Take back from a person what is not begun."""
        project = access.get_managed_project(request.user, project_id)
        member = get_object_or_404(Membership, project=project, pk=membership_id)
        assignments.withdraw_assignments(project=project, actor=self.actor, reviewer=member.user)
        return Response(status=204)
