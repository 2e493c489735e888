"""System checks with an id and a remedy, shown at start and by `manage.py check`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Tags, register
from django.core.checks import Warning as CheckWarning


@register(Tags.security, deploy=True)
def check_shared_storage(app_configs: Sequence[Any] | None, **kwargs: Any) -> list[CheckMessage]:
    """A server that people reach over https should not run on the embedded queue and database."""
    del app_configs, kwargs
    messages: list[CheckMessage] = []
    if settings.IS_SECURE and settings.CELERY_BROKER_URL.startswith("filesystem"):
        messages.append(
            CheckWarning(
                "The queue of files serves one machine only.",
                hint="Set CELERY_BROKER_URL to a Redis URL when web servers and workers run on several machines.",
                id="annotator.W001",
            )
        )
    return messages
