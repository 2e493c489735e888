"""Accounts: made by an operator, logged in by link or password; API tokens."""

from __future__ import annotations

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from rest_framework.authtoken.models import Token
from sesame.utils import get_query_string

from annotator.models import User
from annotator.services.events import record_event


@transaction.atomic
def make_account(*, username: str) -> User:
    """The account with this name, made without a password when absent."""
    user, is_new = User.objects.get_or_create(username=username)
    if is_new:
        user.set_unusable_password()
        user.save(update_fields=["password"])
        record_event(project=None, actor=None, kind="account-made", subject_id=str(user.pk))
    return user


def login_link(user: User) -> str:
    """An address that logs a person in once, within a day."""
    return f"{settings.SITE_URL}{reverse('account-link')}{get_query_string(user)}"


@transaction.atomic
def set_password(*, user: User, password: str) -> None:
    """Give a person a new password."""
    user.set_password(password)
    user.save(update_fields=["password"])
    record_event(project=None, actor=user, kind="password-set", subject_id=str(user.pk))


@transaction.atomic
def set_interface(*, user: User, chosen: dict[str, str]) -> None:
    """Remember the language and theme of the interface that a person has chosen."""
    row = User.objects.select_for_update(no_key=True).get(pk=user.pk)
    row.preferences = {**row.preferences, **chosen}
    row.save(update_fields=["preferences"])


def has_token(*, user: User) -> bool:
    """Whether a person has an API token."""
    return Token.objects.filter(user=user).exists()


@transaction.atomic
def create_token(*, user: User) -> str:
    """Make a new API token; an older one stops working.

    Returns:
        The key, which is shown once.
    """
    # A second click waits here, and replaces the key of the first.
    User.objects.select_for_update(no_key=True).get(pk=user.pk)
    Token.objects.filter(user=user).delete()
    record_event(project=None, actor=user, kind="token-created", subject_id=str(user.pk))
    return str(Token.objects.create(user=user).key)
