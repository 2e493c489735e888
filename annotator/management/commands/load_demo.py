"""Load the demo project."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from annotator.models import User
from annotator.services.demo import load_demo


class Command(BaseCommand):
    """Makes the demo project once; a second call changes nothing."""

    help = "Make the demo project and start its projection runs; does nothing where it is there already."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--user", default="admin", help="account that manages the project (default: admin)")

    def handle(self, *args: Any, **options: Any) -> None:
        del args
        name = options["user"]
        user = User.objects.filter(username=name).first()
        if user is None:
            raise CommandError(f"There is no account {name!r}. Make it first (createsuperuser), or give --user.")
        project = load_demo(actor=user)
        self.stdout.write(f"Project {project.pk}: {project.name}")
