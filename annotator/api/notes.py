"""Flags, skips and comments."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from django.http import Http404
from rest_framework.request import Request
from rest_framework.response import Response

from annotator import access
from annotator.api._base import ApiView, operation, paged
from annotator.api.serializers import NoInput
from annotator.api.serializers.notes import (
    CommentCreate,
    FlagCreate,
    FlagQuery,
    FlagSerializer,
    SkipCreate,
    SkipSerializer,
    ThreadChange,
    ThreadQuery,
    ThreadSerializer,
)
from annotator.models import Flag, Project, Thread, User
from annotator.queries import notes as queries
from annotator.services import notes
from annotator.services.notes import Target


def _target(given: Mapping[str, Any]) -> Target:
    return Target(item_id=given["item"], source_span_id=given.get("source_span"), annotation_id=given.get("annotation"))


class FlagList(ApiView):
    @operation("flag_list", response=paged(FlagSerializer), query=FlagQuery)
    def get(self, request: Request, project_id: int) -> Response:
        """Flags, oldest first; of items that several people decide on apart only your own, until those are done."""
        project = access.get_readable_project(request.user, project_id)
        asked = self.read_query(FlagQuery)
        rows = queries.visible_flags(project, self.actor).select_related("reason", "raised_by", "closed_by")
        names = {"reason": "reason__code", "lang": "item__tgt_lang", "item": "item_id"}
        rows = rows.filter(**{field: asked[name] for name, field in names.items() if name in asked})
        if asked.get("is_open") is not None:
            rows = rows.filter(closed_at__isnull=asked["is_open"])
        return self.list_page(rows, FlagSerializer, ordering="created_at")

    @operation("flag_create", request=FlagCreate, response=FlagSerializer, status=201, is_write=True)
    def post(self, request: Request, project_id: int) -> Response:
        """Flag a span for the adjudicator; its state stays as it is, and the same flag sent twice is raised once."""
        project = access.get_reviewable_project(request.user, project_id)
        given = self.read(FlagCreate)
        flag = notes.raise_flag(
            project=project,
            actor=self.actor,
            flag_id=given["flag"],
            target=_target(given),
            reason=given.get("reason", ""),
        )
        return Response(FlagSerializer(flag).data, status=201)


class FlagClose(ApiView):
    @operation("flag_close", request=NoInput, response=FlagSerializer, is_write=True)
    def post(self, request: Request, project_id: int, flag_id: uuid.UUID) -> Response:
        """Take your flag back, or resolve one as curator; closing it again changes nothing."""
        project = access.get_reviewable_project(request.user, project_id)
        self.read(NoInput)
        flag = _find_flag(project, self.actor, flag_id)
        access.check_may_close_flag(request.user, flag)
        return Response(FlagSerializer(notes.close_flag(flag=flag, actor=self.actor)).data)


def _find_flag(project: Project, reader: User, flag_id: uuid.UUID) -> Flag:
    flag = queries.visible_flags(project, reader).filter(pk=flag_id).select_related("project").first()
    if flag is None:
        raise Http404(f"There is no flag {flag_id} here.")
    return flag


class SkipList(ApiView):
    @operation("skip_list", response=paged(SkipSerializer))
    def get(self, request: Request, project_id: int) -> Response:
        """Open items that you have skipped."""
        project = access.get_reviewable_project(request.user, project_id)
        self.read_query()
        return self.list_page(queries.list_own_skips(project, self.actor), SkipSerializer)

    @operation("skip_create", request=SkipCreate, response=SkipSerializer, status=201, is_write=True)
    def post(self, request: Request, project_id: int) -> Response:
        """Put an item to the end of your queue; others may get it meanwhile."""
        project = access.get_reviewable_project(request.user, project_id)
        given = self.read(SkipCreate)
        skip = notes.skip_item(project=project, actor=self.actor, skip_id=given["skip"], item_id=given["item"])
        return Response(SkipSerializer(skip).data, status=201)


class SkipDetail(ApiView):
    @operation("skip_delete", status=204, is_write=True)
    def delete(self, request: Request, project_id: int, item_id: int) -> Response:
        """Give an item its usual place in your queue again."""
        project = access.get_reviewable_project(request.user, project_id)
        if not queries.list_own_skips(project, self.actor).filter(item=item_id).exists():
            raise Http404(f"You have not skipped item {item_id}.")
        notes.take_back_skip(project=project, actor=self.actor, item_id=item_id)
        return Response(status=204)


class ThreadList(ApiView):
    @operation("thread_list", response=paged(ThreadSerializer), query=ThreadQuery)
    def get(self, request: Request, project_id: int) -> Response:
        """Threads of comments, oldest first; of items that several people decide on apart only your own."""
        project = access.get_readable_project(request.user, project_id)
        asked = self.read_query(ThreadQuery)
        rows = queries.list_threads(project, self.actor, is_open=asked.get("is_open"))
        if "item" in asked:
            rows = rows.filter(item=asked["item"])
        return self.list_page(rows, ThreadSerializer, ordering="created_at")


class ThreadDetail(ApiView):
    @operation("thread_change", request=ThreadChange, response=ThreadSerializer, is_write=True)
    def patch(self, request: Request, project_id: int, thread_id: uuid.UUID) -> Response:
        """Resolve a thread, or open it again."""
        project = access.get_reviewable_project(request.user, project_id)
        given = self.read(ThreadChange)
        thread = _find_thread(project, self.actor, thread_id)
        notes.set_thread_open(thread=thread, actor=self.actor, is_open=given["is_open"])
        return Response(ThreadSerializer(_find_thread(project, self.actor, thread_id)).data)


def _find_thread(project: Project, reader: User, thread_id: uuid.UUID) -> Thread:
    thread = queries.list_threads(project, reader).select_related("project").filter(pk=thread_id).first()
    if thread is None:
        raise Http404(f"There is no thread {thread_id} here.")
    return thread


class CommentCreation(ApiView):
    @operation("comment_create", request=CommentCreate, response=ThreadSerializer, status=201, is_write=True)
    def post(self, request: Request, project_id: int) -> Response:
        """Write into a thread, begun where there is none with this id; no comment changes the state of a label."""
        project = access.get_reviewable_project(request.user, project_id)
        given = self.read(CommentCreate)
        thread = notes.post_comment(
            project=project,
            actor=self.actor,
            comment_id=given["comment"],
            thread_id=given["thread"],
            target=_target(given),
            text=given["text"],
        )
        return Response(ThreadSerializer(_find_thread(project, self.actor, thread.pk)).data, status=201)
