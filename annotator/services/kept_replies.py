"""Replies of voters by the hash of what was sent, in the database: what was answered once is never asked again."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from types import TracebackType

from django.db import close_old_connections, connection

from annotator.models import KeptReply


class KeptReplies:
    """A `projection.vote.voters.base.ReplyCache` for many threads, which share one connection. Use in a `with` block.

    Each reply is committed at once: what was paid for outlives whatever happens to the job.
    """

    def __init__(self, project_id: int) -> None:
        self._project_id = project_id
        self._desk = ThreadPoolExecutor(max_workers=1, thread_name_prefix="kept-replies")

    def __enter__(self) -> KeptReplies:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._desk.submit(connection.close)
        self._desk.shutdown(wait=True)

    def get(self, keys: list[str]) -> Mapping[str, str]:
        """The values of those keys that are known."""
        return self._desk.submit(self._get, keys).result()

    def put(self, rows: Mapping[str, tuple[str, str]]) -> None:
        """Keep (source, value) under keys; a key that is known keeps its value."""
        self._desk.submit(self._put, rows).result()

    def _get(self, keys: list[str]) -> dict[str, str]:
        close_old_connections()
        return dict(KeptReply.objects.filter(project=self._project_id, key__in=keys).values_list("key", "value"))

    def _put(self, rows: Mapping[str, tuple[str, str]]) -> None:
        close_old_connections()
        KeptReply.objects.bulk_create(
            [
                KeptReply(project_id=self._project_id, key=key, source=source, value=value)
                for key, (source, value) in rows.items()
            ],
            ignore_conflicts=True,
        )
