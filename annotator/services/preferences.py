"""How the review screen looks and behaves for a person, and which keys they gave to its commands."""

from __future__ import annotations

import re
from collections.abc import Mapping

from django.db import transaction
from django.utils.translation import gettext as _

from annotator.errors import BadRequestError, bad_request
from annotator.models import User

TEXT_PERCENT = range(80, 251)
MAX_KEYS = 200

PREFERENCES = {
    "auto_advance": bool,
    "relabel_accepts": bool,
    "is_swapped": bool,
    "shows_progress": bool,
    "shows_history": bool,
    "shows_roman": bool,
    "shows_table": bool,
    "shows_marks": bool,
    "source_percent": int,
    "target_percent": int,
    "keys": dict,
}

_COMMAND = re.compile(r"[a-z][A-Za-z]{0,39}")
_SIGN = "Comma|Period|Slash|Semicolon|Quote|BracketLeft|BracketRight|Backslash|IntlBackslash|Minus|Equal|Backquote"
_KEY = re.compile(rf"(Shift\+)?(Key[A-Z]|F[1-9]|F1[0-2]|PageUp|PageDown|{_SIGN})")
_DIGIT = re.compile(r"(Shift\+)?(Digit|Numpad)[0-9]")
_SWITCHED_OFF = ""


def save_preferences(*, actor: User, given: Mapping[str, object]) -> dict[str, object]:
    """Remember how the review screen behaves for a person; unknown names are refused.

    Raises:
        BadRequestError: a name or value is none that the screen knows, or two commands would have one key.
    """
    for name, value in given.items():
        is_known = name in PREFERENCES and type(value) is PREFERENCES[name]
        if not is_known or (PREFERENCES[name] is int and value not in TEXT_PERCENT):
            fault = _("%(name)s is no such setting.") % {"name": name}
            raise bad_request("bad-preference", fault, _("Reload the page."), place=name)
        if isinstance(value, dict):
            _check_keys(value)
    with transaction.atomic():
        user = User.objects.select_for_update().get(pk=actor.pk)
        review = {**user.preferences.get("review", {}), **given}
        user.preferences = {**user.preferences, "review": review}
        user.save(update_fields=["preferences"])
    return review


def _check_keys(keys: Mapping[object, object]) -> None:
    """The keys of commands, by name; an empty one is switched off.

    Which keys a command has that the person did not change is known to the screen alone, and it refuses those clashes.
    """
    if len(keys) > MAX_KEYS:
        raise _bad_key(_("%(n)s keys are more than there are commands.") % {"n": len(keys)})
    holders: dict[object, object] = {}
    for command, key in keys.items():
        if not isinstance(command, str) or not _COMMAND.fullmatch(command):
            raise _bad_key(_("%(command)s is no command.") % {"command": repr(command)})
        if key == _SWITCHED_OFF:
            continue
        if isinstance(key, str) and _DIGIT.fullmatch(key):
            raise _bad_key(_("%(key)s is for labels.") % {"key": key})
        if not isinstance(key, str) or not _KEY.fullmatch(key):
            raise _bad_key(_("%(key)s is no key that a command can have.") % {"key": repr(key)})
        if key in holders:
            names = {"key": key, "one": holders[key], "other": command}
            raise _bad_key(_("%(key)s would mean %(one)s and %(other)s.") % names)
        holders[key] = command


def _bad_key(fault: str) -> BadRequestError:
    return bad_request("bad-key", fault, _("Choose another key."), place="keys")
