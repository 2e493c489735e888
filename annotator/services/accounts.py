"""API tokens."""

from __future__ import annotations

from django.db import transaction
from rest_framework.authtoken.models import Token

from annotator.models import User
from annotator.services.events import record_event


def has_token(*, user: User) -> bool:
    """Whether a person has an API token."""
    return Token.objects.filter(user=user).exists()


@transaction.atomic
def create_token(*, user: User) -> str:
    """Make a new API token; an older one stops working.

    Returns:
        The key, which is shown once.
    """
    Token.objects.filter(user=user).delete()
    record_event(project=None, actor=user, kind="token-created", subject_id=str(user.pk))
    return str(Token.objects.create(user=user).key)
