"""Terminologies: looked at first, then taken into the project."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction

from annotator.errors import BadRequestError, conflict
from annotator.models import Concept, Project, User
from annotator.services.events import record_event
from annotator.services.projects import lock_project
from projection.errors import FormatError, Problem
from projection.formats.base import line_problem
from projection.formats.terminology import Term, read_terminology

MAX_CODE_CHARS = 100
MAX_NAME_CHARS = 300
MAX_TEXT_CHARS = 10_000
MAX_PROBLEMS = 500
N_SHOWN = 10
_BATCH = 1_000
_UNSTORABLE = re.compile(r"[\x00\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Terminology:
    """What a file would bring.

    Attributes:
        key: names the kept file until it is taken.
        n_new: concepts that the project lacks.
        n_changed: concepts that it has with other names or another description; these are replaced.
        n_unchanged: concepts that it has as they are.
        first: some of them, to be looked at.
        n_problems: rows that are left out.
        problems: the first of their problems.
    """

    key: str
    n_new: int
    n_changed: int
    n_unchanged: int
    first: list[Term] = field(default_factory=list)
    n_problems: int = 0
    problems: list[Problem] = field(default_factory=list)

    def to_json(self) -> dict[str, object]:
        """Plain values, without the terms."""
        return {name: value for name, value in asdict(self).items() if name != "first"}


def check_terminology(*, project: Project, data: bytes) -> Terminology:
    """Read a terminology and keep it until it is taken or given up; nothing of the project changes.

    Raises:
        BadRequestError: the file cannot be read as one.
    """
    terms, problems = _read(data)
    key = hashlib.sha256(data).hexdigest()
    name = _path(project, key)
    if not default_storage.exists(name):
        default_storage.save(name, ContentFile(data))
    return _compare(project, key, terms, problems)


@transaction.atomic
def take_terminology(*, project: Project, actor: User, key: str) -> Terminology:
    """Take a terminology that was checked into the project; concepts that it does not name stay.

    Raises:
        ConflictError: the file is no longer there.
    """
    name = _path(project, key)
    if not re.fullmatch(r"[0-9a-f]{64}", key) or not default_storage.exists(name):
        raise conflict("terminology-gone", "The file is no longer kept.", "Upload it again.")
    with default_storage.open(name) as file:
        data = file.read()
    lock_project(project.pk)
    terms, problems = _read(data)
    found = _compare(project, key, terms, problems)
    _write(project, terms)
    counts = {"n_new": found.n_new, "n_changed": found.n_changed, "n_left_out": found.n_problems}
    record_event(project=project, actor=actor, kind="terminology-taken", subject_id=key, data=counts)
    transaction.on_commit(lambda: default_storage.delete(name))
    return found


def _path(project: Project, key: str) -> str:
    return f"terminologies/{project.pk}/{key}.tsv"


def _read(data: bytes) -> tuple[list[Term], list[Problem]]:
    try:
        found = read_terminology(data)
    except FormatError as err:
        raise BadRequestError(err.problem) from err
    problems = list(found.problems)
    terms = []
    for term in found.rows:
        faults = list(_faults(term))
        problems += faults
        if not faults:
            terms.append(term)
    return terms, sorted(problems, key=lambda problem: problem.line)


def _faults(term: Term) -> Iterator[Problem]:
    remedy = "The row was left out."
    for name, text, limit in (
        ("code", term.code, MAX_CODE_CHARS),
        ("name", term.name, MAX_NAME_CHARS),
        ("description", term.description, MAX_TEXT_CHARS),
        ("list of synonyms", "".join(term.synonyms), MAX_TEXT_CHARS),
    ):
        if len(text) > limit:
            fault = f"The {name} has {len(text)} characters; {limit} are allowed."
            yield line_problem("text-too-long", fault, remedy, line=term.line)
        elif _UNSTORABLE.search(text):
            yield line_problem(
                "unstorable-text", f"The {name} holds a character that is not text.", remedy, line=term.line
            )


def _compare(project: Project, key: str, terms: Sequence[Term], problems: Sequence[Problem]) -> Terminology:
    stored = {
        code: (name, tuple(synonyms), description)
        for code, name, synonyms, description in Concept.objects.filter(project=project).values_list(
            "code", "name", "synonyms", "description"
        )
    }
    states = [
        "new" if term.code not in stored else ("same" if stored[term.code] == _content(term) else "changed")
        for term in terms
    ]
    return Terminology(
        key=key,
        n_new=states.count("new"),
        n_changed=states.count("changed"),
        n_unchanged=states.count("same"),
        first=list(terms[:N_SHOWN]),
        n_problems=len(problems),
        problems=list(problems[:MAX_PROBLEMS]),
    )


def _content(term: Term) -> tuple[str, tuple[str, ...], str]:
    return term.name, term.synonyms, term.description


def _write(project: Project, terms: Sequence[Term]) -> None:
    Concept.objects.bulk_create(
        (
            Concept(
                project=project,
                code=term.code,
                name=term.name,
                synonyms=list(term.synonyms),
                description=term.description,
                search_text=search_text(term.code, term.name, term.synonyms),
            )
            for term in terms
        ),
        batch_size=_BATCH,
        update_conflicts=True,
        unique_fields=["project", "code"],
        update_fields=["name", "synonyms", "description", "search_text"],
    )


def search_text(code: str, name: str, synonyms: Sequence[str]) -> str:
    """What a search for a concept looks through: its names and its code, one a line, in lower case."""
    return "\n".join([name, *synonyms, code]).lower()
