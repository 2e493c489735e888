"""Keys of chat endpoints: stored encrypted, given to voters at work, shown to nobody."""

from __future__ import annotations

import base64
import hashlib
import os

from cryptography.fernet import Fernet, InvalidToken
from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from annotator.errors import bad_request
from annotator.models import EndpointKey, Project, User, Voter
from annotator.services.events import record_event

_PURPOSE = b"crossgloss keys of chat endpoints"


@transaction.atomic
def save_key(*, project: Project, actor: User, name: str, secret: str) -> EndpointKey:
    """Store a key under a name, in the place of the one that had it.

    Raises:
        BadRequestError: name or key are empty.
    """
    if not name.strip() or not secret.strip():
        raise bad_request("empty-key", _("A key needs a name and its text."), _("Give both."), place="key")
    sealed = _cipher().encrypt(secret.strip().encode()).decode()
    key, _is_new = EndpointKey.objects.update_or_create(
        project=project, name=name.strip(), defaults={"secret": sealed, "created_by": actor}
    )
    record_event(project=project, actor=actor, kind="endpoint-key-saved", subject_id=key.pk, data={"name": key.name})
    return key


@transaction.atomic
def delete_key(*, key: EndpointKey, actor: User) -> None:
    """Forget a key; voters that had it go on only when they get another one."""
    data = {"name": key.name}
    record_event(project=key.project, actor=actor, kind="endpoint-key-deleted", subject_id=key.pk, data=data)
    key.delete()


def reveal_key(voter: Voter) -> str:
    """The key that a voter uses at its endpoint, "" for none. Never store or log it.

    Raises:
        BadRequestError: it cannot be decrypted, or its environment variable is empty or not released by the operator.
    """
    if voter.key is not None:
        try:
            return _cipher().decrypt(voter.key.secret.encode()).decode()
        except InvalidToken:
            fault = _("The key %(name)s was stored with another SECRET_KEY and cannot be read.") % {
                "name": voter.key.name
            }
            raise bad_request("unreadable-key", fault, _("Give the key anew."), place="key") from None
    variable = str(voter.settings.get("key_variable", ""))
    if not variable:
        return ""
    check_variable(variable)
    if not os.environ.get(variable):
        fault = _("The environment variable %(name)s is empty here.") % {"name": variable}
        raise bad_request("no-key", fault, _("Ask the operator to set it for the workers."), place="key_variable")
    return os.environ[variable]


def check_variable(name: str) -> None:
    """Refuse environment variables that the operator has not released: they may hold other secrets.

    Raises:
        BadRequestError: see there.
    """
    if name not in settings.ENDPOINT_KEYS:
        fault = _("The environment variable %(name)s is not released for voters.") % {"name": name}
        remedy = _("Ask the operator to name it in ENDPOINT_KEYS, or store the key in the project.")
        raise bad_request("key-not-released", fault, remedy, place="key_variable")


def _cipher() -> Fernet:
    digest = hashlib.sha256(_PURPOSE + settings.SECRET_KEY.encode()).digest()
    return Fernet(base64.urlsafe_b64encode(digest))
