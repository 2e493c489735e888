"""The Celery application: a queue that only wakes workers; what is to be done stands in the job rows."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from celery import Celery
from django.conf import settings

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "annotator.settings")


def _transport_options(broker_url: str, queue_dir: Path) -> dict[str, Any]:
    if not broker_url.startswith("filesystem"):
        return {"visibility_timeout": 3600}
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


app = Celery("crossgloss")
app.conf.update(
    broker_url=settings.CELERY_BROKER_URL,
    broker_transport_options=_transport_options(settings.CELERY_BROKER_URL, settings.VAR_DIR / "queue"),
    broker_connection_retry_on_startup=True,
    task_ignore_result=True,
    task_acks_late=True,
    task_reject_on_worker_lost=True,
    worker_prefetch_multiplier=1,
    worker_hijack_root_logger=False,
    task_default_queue="cpu",
)
app.autodiscover_tasks(["annotator"])
