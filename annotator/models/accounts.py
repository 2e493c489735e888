"""People who log in."""

from __future__ import annotations

from django.contrib.auth.models import AbstractUser
from django.db import models


class User(AbstractUser):
    """An account. Roles are per project: see `Membership`."""

    # How the review screen behaves for this person: auto-advance, columns swapped, text sizes.
    preferences = models.JSONField(default=dict, blank=True)

    def __str__(self) -> str:
        return self.get_full_name() or self.username
