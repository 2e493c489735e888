"""Invitations: the list, a new link, and withdrawing one."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from annotator import access
from annotator.api._base import ApiView, find, operation, paged
from annotator.api.serializers import LanguageCode, NoInput, RequestSerializer
from annotator.models import Invitation, Membership
from annotator.services import invitations


class InvitationCreate(RequestSerializer):
    """Whom a link is for, how often and how long it holds."""

    role = serializers.ChoiceField(choices=Membership.Role.choices)
    tgt_langs = serializers.ListField(child=LanguageCode(), required=False, help_text="All if left out or empty.")
    max_uses = serializers.IntegerField(
        required=False, min_value=1, max_value=invitations.MAX_USES, help_text="How many people may follow it; 1."
    )
    n_days = serializers.IntegerField(
        required=False, min_value=1, max_value=invitations.MAX_DAYS, help_text="After how many days it runs out; 14."
    )


class InvitationSerializer(serializers.ModelSerializer[Invitation]):
    """A link that makes whoever follows it a member."""

    created_by = serializers.CharField(source="created_by.username", read_only=True)

    class Meta:
        model = Invitation
        fields = [
            "id",
            "role",
            "tgt_langs",
            "max_uses",
            "n_used",
            "expires_at",
            "revoked_at",
            "created_by",
            "created_at",
        ]
        read_only_fields = fields


class NewInvitationSerializer(serializers.Serializer[Any]):
    """A new invitation."""

    invitation = InvitationSerializer()
    link = serializers.URLField(help_text="Sent this once: only a hash of it is kept.")


class InvitationList(ApiView):
    @operation("invitation_list", response=paged(InvitationSerializer))
    def get(self, request: Request, project_id: int) -> Response:
        """Invitations, latest first, with those that no longer hold."""
        project = access.get_managed_project(request.user, project_id)
        self.read_query()
        return self.list_page(project.invitations.select_related("created_by"), InvitationSerializer, ordering="-id")

    @operation(
        "invitation_create", request=InvitationCreate, response=NewInvitationSerializer, status=201, is_write=True
    )
    def post(self, request: Request, project_id: int) -> Response:
        """Make a link by which people join."""
        project = access.get_managed_project(request.user, project_id)
        given = self.read(InvitationCreate)
        invitation, link = invitations.create_invitation(project=project, actor=self.actor, **given)
        return Response(NewInvitationSerializer({"invitation": invitation, "link": link}).data, status=201)


class InvitationRevoke(ApiView):
    @operation("invitation_revoke", request=NoInput, response=InvitationSerializer, is_write=True)
    def post(self, request: Request, project_id: int, invitation_id: int) -> Response:
        """Withdraw a link; those who followed it stay members."""
        project = access.get_managed_project(request.user, project_id)
        self.read(NoInput)
        invitation = find(project.invitations.select_related("project", "created_by"), invitation_id)
        invitations.revoke_invitation(invitation=invitation, actor=self.actor)
        invitation.refresh_from_db(fields=["revoked_at"])
        return Response(InvitationSerializer(invitation).data)
