"""A project with something of everything."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest
from django.core.files.base import ContentFile

from annotator.models import Export, Import, Item, Project, Run, User
from annotator.services.exports import start_export
from annotator.services.imports import ImportSpec, Upload, start_import
from tests.annotator.api.clients import address, client_of, project_run, work
from tests.annotator.factories import make_items, make_member, make_project, make_user

ROLES = ("viewer", "reviewer", "curator", "manager")


@dataclass
class World:
    """A project of three items with two runs, a draft of an import and a finished export; people of every role."""

    project: Project
    people: dict[str, User | None]
    items: list[Item]
    runs: list[Run]
    draft: Import
    export: Export

    def client(self, persona: str):
        return client_of(self.people[persona])

    def at(self, rest: str = "") -> str:
        return address(self.project, rest)


@pytest.fixture
def world(db: None, settings, tmp_path: Path) -> World:
    settings.MEDIA_ROOT = tmp_path
    owner = make_user("owner")
    project = make_project(manager=owner)
    people: dict[str, User | None] = {role: make_member(project, role, username=role) for role in ROLES}
    people |= {"anonymous": None, "stranger": make_user("stranger"), "owner": owner}
    make_project(manager=people["stranger"])
    items = make_items(project)
    run_ids = [project_run(project, owner, token="first"), project_run(project, owner, engine="similarity", token="b")]
    export = start_export(project=project, actor=owner, format="jsonl", filters={"state": "all"})
    work(export.job_id)
    files = [
        Upload("source", "s.conll", ContentFile(b"Nordlys\tB-ORG\nsails\tO\n")),
        Upload("target", "t.txt", ContentFile(b"Nordlys segelt\n")),
    ]
    draft = start_import(project=project, actor=owner, tgt_lang="de", files=files, spec=ImportSpec())
    return World(
        project=project,
        people=people,
        items=items,
        runs=[Run.objects.get(pk=run_id) for run_id in run_ids],
        draft=draft,
        export=Export.objects.get(pk=export.pk),
    )
