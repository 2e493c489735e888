"""Imports as their pages show them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import F, QuerySet
from django.utils.translation import gettext_lazy as _

from annotator.models import Import, ImportFile, Project
from annotator.wording import in_words
from projection.formats import FORMATS

N_SHOWN = 5
N_LISTED = 50
_VERDICTS = {
    "fatal": _("must be fixed"),
    "surplus": _("your choice"),
    "unusable": _("left out"),
    "repaired": _("repaired"),
}
# By code: what is said instead of the code in words, and what becomes of the rows.
_KNOWN = {
    "item-unchanged": (_("Already here, unchanged"), _("nothing to do")),
    "item-differs": (_("Already here, but different"), _("the stored one is kept")),
    "item-exists": (_("Already here"), _("left out")),
    "pairs-shifted": (_("Probably paired wrongly"), _("check the files")),
}


@dataclass(frozen=True, slots=True)
class ProblemGroup:
    """Equal problems of one file.

    Attributes:
        title: the code in words.
        severity: fatal, surplus, unusable, repaired or note.
        verdict: what becomes of the rows, in a word or two.
        n: how many there are.
        shown: the first ones.
        more: the next ones, behind a click; the rest is in the file of all problems.
        n_rest: how many are only there.
    """

    title: str
    severity: str
    verdict: str
    n: int
    shown: list[dict[str, Any]]
    more: list[dict[str, Any]]
    n_rest: int


def list_imports(project: Project) -> QuerySet[Import]:
    """Imports of a project, the newest first, with files, people and `n_items`; not with their reports of many MB."""
    listed = project.imports.defer("report").annotate(n_items=F("report__n_items"))
    return listed.select_related("created_by", "job").prefetch_related("files").order_by("-id")


def count_sound(report: Mapping[str, Any]) -> int:
    """Pairs of a report without problems of their own that are probably paired right, too."""
    shift = report.get("shift") or {}
    return int(report.get("n_clean", 0)) - int(shift.get("n_doubtful", 0))


def list_problem_groups(report: Mapping[str, Any]) -> list[ProblemGroup]:
    """The problems of a report for the preview."""
    return [_problem_group(group) for group in report.get("problems", [])]


def _problem_group(group: Mapping[str, Any]) -> ProblemGroup:
    code, severity = group["code"], group["severity"]
    words = in_words(code.replace("-", " ").capitalize()), _VERDICTS.get(severity, _("for your information"))
    title, verdict = _KNOWN.get(code, words)
    return ProblemGroup(
        title=str(title),
        severity="note" if code == "item-unchanged" else severity,
        verdict=str(verdict),
        n=group["n"],
        shown=group["rows"][:N_SHOWN],
        more=group["rows"][N_SHOWN:N_LISTED],
        n_rest=max(0, group["n"] - N_LISTED),
    )


def count_unusable(report: Mapping[str, Any]) -> int:
    """Pairs of a report that cannot be imported, without those that are in the project already."""
    known = int(report.get("n_unchanged", 0)) + int(report.get("n_differing", 0))
    return int(report.get("n_unusable", 0)) - known


def list_files(report: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The files of a report with the names that people know their formats and roles by."""
    roles = dict(ImportFile.Role.choices)
    return [
        {
            **file,
            "role_name": roles[file["role"]],
            "title": FORMATS[file["format"]].title if file["format"] in FORMATS else _("not recognised"),
        }
        for file in report.get("files", [])
    ]


def iter_problem_lines(report: Mapping[str, Any]) -> Iterator[str]:
    """All problems that are kept word for word, as a table with tabs."""
    yield "severity\tcode\tplace\tline\tproblem\tremedy\n"
    for group in report.get("problems", []):
        for row in group["rows"]:
            cells = (group["severity"], group["code"], row["place"], row["line"], row["message"], row["remedy"])
            yield "\t".join(" ".join(str(cell).split()) for cell in cells) + "\n"
        n_rest = group["n"] - len(group["rows"])
        if n_rest:
            yield f"{group['severity']}\t{group['code']}\t\t\tand {n_rest} more of this kind\t\n"
