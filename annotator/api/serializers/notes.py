"""Flags, skips and comments, in and out."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from annotator.api.serializers import IdField, PageQuery, RequestSerializer
from annotator.models import Comment, Flag, Skip, Thread
from annotator.services.notes import MAX_TEXT


class NoteTarget(RequestSerializer):
    """What a note is about: an item, or one of its spans."""

    item = IdField()
    source_span = IdField(required=False, allow_null=True, help_text="Names a projected span.")
    annotation = serializers.UUIDField(required=False, allow_null=True, help_text="Names an added span.")


class FlagCreate(NoteTarget):
    """A flag."""

    flag = serializers.UUIDField(help_text="Made by the caller, new for each flag.")
    reason = serializers.CharField(required=False, allow_blank=True, help_text="A code of reject-reasons/.")


class FlagQuery(PageQuery):
    """Which flags are listed."""

    is_open = serializers.BooleanField(required=False, allow_null=True, help_text="Both kinds if left out.")
    reason = serializers.CharField(required=False, help_text="Code of the reason.")
    lang = serializers.CharField(required=False, help_text="Only of items of this target language.")
    item = IdField(required=False)


class FlagSerializer(serializers.ModelSerializer[Flag]):
    """That somebody wants the adjudicator to look at a span."""

    reason = serializers.CharField(source="reason.code", default="", read_only=True)
    raised_by = serializers.CharField(source="raised_by.username", read_only=True)
    closed_by = serializers.CharField(source="closed_by.username", default=None, allow_null=True, read_only=True)

    class Meta:
        model = Flag
        fields = [
            "id",
            "item",
            "source_span",
            "annotation",
            "reason",
            "raised_by",
            "created_at",
            "closed_by",
            "closed_at",
        ]
        read_only_fields = fields


class SkipCreate(RequestSerializer):
    """An item that goes to the end of one's own queue."""

    skip = serializers.UUIDField(help_text="Made by the caller, new for each skip: sent twice, it is counted once.")
    item = IdField()


class SkipSerializer(serializers.ModelSerializer[Skip]):
    """An item that the caller has skipped."""

    class Meta:
        model = Skip
        fields = ["id", "item", "n_times", "skipped_at"]
        read_only_fields = fields


class CommentCreate(NoteTarget):
    """A comment; its thread is begun where there is none with that id."""

    comment = serializers.UUIDField(help_text="Made by the caller, new for each comment.")
    thread = serializers.UUIDField(help_text="Of the thread to write into, or a new one made by the caller.")
    text = serializers.CharField(max_length=MAX_TEXT)


class ThreadQuery(PageQuery):
    """Which threads are listed."""

    is_open = serializers.BooleanField(required=False, allow_null=True, help_text="Both kinds if left out.")
    item = IdField(required=False)


class ThreadChange(RequestSerializer):
    """Whether it is resolved."""

    is_open = serializers.BooleanField()


class CommentSerializer(serializers.ModelSerializer[Comment]):
    """One post of a thread."""

    author = serializers.CharField(source="author.username", read_only=True)

    class Meta:
        model = Comment
        fields = ["id", "author", "text", "created_at"]
        read_only_fields = fields


class ThreadSerializer(serializers.ModelSerializer[Thread]):
    """A conversation about an item, or about one of its spans."""

    created_by = serializers.CharField(source="created_by.username", read_only=True)
    comments: serializers.BaseSerializer[Any] = CommentSerializer(many=True, read_only=True)

    class Meta:
        model = Thread
        fields = ["id", "item", "source_span", "annotation", "is_open", "created_by", "created_at", "comments"]
        read_only_fields = fields
