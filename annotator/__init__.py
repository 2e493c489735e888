"""The web application: stores, asks and shows; it owns no algorithm."""

from __future__ import annotations

from annotator.celery import app as celery_app

__all__ = ["celery_app"]
