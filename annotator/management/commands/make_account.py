"""Make an account, or a new login link for one."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError

from annotator.models import User
from annotator.services.accounts import login_link, make_account


class Command(BaseCommand):
    """Makes an account without a password and prints a link that logs in once."""

    help = "Make an account where there is none of this name, and print a link that logs in once, within a day."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("name", help="user name: letters, digits and @ . + - _")

    def handle(self, *args: Any, **options: Any) -> None:
        del args
        name = options["name"]
        try:
            User.username_validator(name)
        except ValidationError as err:
            raise CommandError(f"{name!r} is no user name. {err.messages[0]}") from err
        self.stdout.write(login_link(make_account(username=name)))
