"""Invitations by program."""

from __future__ import annotations

from annotator.models import Invitation, Membership
from annotator.services.invitations import accept_invitation
from tests.annotator.api.clients import sent
from tests.annotator.api.conftest import World


def test_a_link_is_sent_once_listed_without_its_secret_and_can_be_withdrawn(world: World) -> None:
    client = world.client("manager")
    given = {"role": "reviewer", "tgt_langs": ["de"], "max_uses": 2, "n_days": 3}
    made = sent(client.post(world.at("invitations/"), given, format="json"), 201)
    secret = made["link"].rstrip("/").rpartition("/")[2]
    assert made["invitation"]["created_by"] == "manager"
    accept_invitation(secret=secret, actor=world.people["stranger"])
    joined = Membership.objects.get(project=world.project, user=world.people["stranger"])
    assert (joined.role, joined.tgt_langs) == ("reviewer", ["de"])
    listed = client.get(world.at("invitations/"))
    assert secret not in listed.content.decode()
    (row,) = sent(listed)["results"]
    assert (row["n_used"], row["max_uses"], row["revoked_at"]) == (1, 2, None)
    revoked = sent(client.post(world.at(f"invitations/{row['id']}/revoke/")))
    assert revoked["revoked_at"] is not None
    assert Membership.objects.filter(pk=joined.pk).exists()


def test_what_is_wrong_is_said_with_its_place(world: World) -> None:
    client = world.client("manager")
    wrong = {"role": "reviewer", "tgt_langs": ["fi"]}
    answer = sent(client.post(world.at("invitations/"), wrong, format="json"), 400)
    assert (answer["code"], answer["place"]) == ("unknown-language", "tgt_langs")
    answer = sent(client.post(world.at("invitations/"), {"role": "reviewer", "n_days": 400}, format="json"), 400)
    assert answer["place"] == "n_days"
    assert not Invitation.objects.exists()
