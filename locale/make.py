"""Collects the texts of the interface into the .po files and compiles these: `make messages`. Needs GNU gettext."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import django
from django.core.management import call_command
from django.core.management.commands import makemessages

ROOT = Path(__file__).resolve().parents[1]
LANGUAGES = ["es", "ar"]
NOT_OURS = ["var", "tests", "docs", "build", ".venv", "static/vendor", "annotator/migrations", "projection"]


class Command(makemessages.Command):
    """Django's, which also knows `t` and `n` of static/js/i18n.js and never guesses a translation."""

    xgettext_options = [*makemessages.Command.xgettext_options, "--keyword=t", "--keyword=n:1,2"]
    msgmerge_options = [*makemessages.Command.msgmerge_options, "--no-fuzzy-matching"]


def main() -> None:
    """Both domains: `django` of templates and Python, `djangojs` of the scripts."""
    os.chdir(ROOT)
    sys.path.insert(0, str(ROOT))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "annotator.settings")
    django.setup()
    for domain in ("django", "djangojs"):
        call_command(
            Command(),
            domain=domain,
            locale=LANGUAGES,
            ignore_patterns=NOT_OURS,
            no_wrap=True,
            add_location="file",
            no_obsolete=True,
        )
    for path in sorted((ROOT / "locale").glob("*/LC_MESSAGES/*.po")):
        path.write_text(without_dates(path.read_text(encoding="utf-8")), encoding="utf-8")
    call_command("compilemessages", locale=LANGUAGES, ignore_patterns=NOT_OURS)


def without_dates(text: str) -> str:
    """A catalogue whose head says nothing that differs from one run to the next."""
    volatile = ('"POT-Creation-Date:', '"PO-Revision-Date:', '"Last-Translator:', '"Language-Team:')
    return "".join(line for line in text.splitlines(keepends=True) if not line.startswith(volatile))


if __name__ == "__main__":
    main()
