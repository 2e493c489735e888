"""The Celery application: a queue that only wakes workers; what is to be done stands in the job rows."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from celery import Celery
from django.conf import settings
from kombu import Queue

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "annotator.settings")

QUEUES = ("cpu", "gpu", "remote")


def _transport_options(broker_url: str, *, queue_dir: Path, prefix: str) -> dict[str, Any]:
    if not broker_url.startswith("filesystem"):
        return {"visibility_timeout": 3600, "global_keyprefix": prefix}
    for name in ("messages", "processed", "control"):
        (queue_dir / name).mkdir(parents=True, exist_ok=True)
    messages = str(queue_dir / "messages")
    return {
        "data_folder_in": messages,
        "data_folder_out": messages,
        "processed_folder": str(queue_dir / "processed"),
        "control_folder": str(queue_dir / "control"),
        "store_processed": False,
        "polling_interval": 0.05,
    }


def _read_settings() -> dict[str, Any]:
    return {
        "broker_url": settings.CELERY_BROKER_URL,
        "broker_transport_options": _transport_options(
            settings.CELERY_BROKER_URL, queue_dir=settings.VAR_DIR / "queue", prefix=settings.QUEUE_PREFIX
        ),
        "broker_connection_retry_on_startup": True,
        # A page must not wait for a queue that is away: the row is there, and workers look for rows.
        "task_publish_retry_policy": {"max_retries": 1, "interval_start": 0, "interval_step": 0.2},
        "broker_connection_timeout": 2,
        "task_ignore_result": True,
        "task_acks_late": True,
        "task_reject_on_worker_lost": True,
        "worker_prefetch_multiplier": 1,
        "worker_hijack_root_logger": False,
        "worker_enable_remote_control": False,
        "task_default_queue": QUEUES[0],
        "task_queues": [Queue(name, routing_key=name) for name in QUEUES],
    }


app = Celery("crossgloss")
# Read when first needed: this module is imported while the settings themselves are being loaded.
app.add_defaults(_read_settings)
app.autodiscover_tasks(["annotator"])
