"""The app and its system checks."""

from __future__ import annotations

from django.apps import AppConfig


class AnnotatorConfig(AppConfig):
    """Registers the checks of `annotator.checks`."""

    name = "annotator"
    verbose_name = "Crossgloss"

    def ready(self) -> None:
        from annotator import checks  # noqa: F401
