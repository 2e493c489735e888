"""Token tags of one or several source languages, carried over to the words of a target corpus."""

from __future__ import annotations

from projection.transfer.tags.base import (
    TagProjection,
    TagSettings,
    TagSource,
    TokenTag,
    TypeRow,
)
from projection.transfer.tags.corpus import align_sentences
from projection.transfer.tags.project import project_tags
from projection.transfer.tags.published import PublishedTagSettings, project_tags_published

__all__ = [
    "PublishedTagSettings",
    "TagProjection",
    "TagSettings",
    "TagSource",
    "TokenTag",
    "TypeRow",
    "align_sentences",
    "project_tags",
    "project_tags_published",
]
