"""Names of characters."""

from __future__ import annotations

import json

import pytest
from django.test import Client
from django.urls import reverse

from tests.annotator.factories import make_user

pytestmark = pytest.mark.django_db


def ask(client: Client, body: object) -> tuple[int, dict[str, object]]:
    answer = client.post(reverse("character-names"), json.dumps(body), content_type="application/json")
    return answer.status_code, answer.json()


def test_characters_have_names_and_controls_none(client: Client) -> None:
    client.force_login(make_user())
    names = ["LATIN SMALL LETTER E", "COMBINING ACUTE ACCENT", "ZERO WIDTH JOINER", "NO-BREAK SPACE", ""]
    assert ask(client, {"text": "e\u0301\u200d\u00a0\x07"}) == (200, {"names": names})


@pytest.mark.parametrize("body", [{}, {"text": None}, {"text": 5}, {"text": ["a"]}, {"text": ""}])
def test_without_a_text_there_are_no_names(client: Client, body: object) -> None:
    client.force_login(make_user())
    assert ask(client, body) == (200, {"names": []})


def test_a_long_text_is_named_as_far_as_it_is_shown(client: Client) -> None:
    client.force_login(make_user())
    assert ask(client, {"text": "a" * 5_000})[1] == {"names": ["LATIN SMALL LETTER A"] * 200}


def test_strangers_and_readers_by_address_are_refused(client: Client) -> None:
    assert ask(client, {"text": "a"})[0] == 403
    client.force_login(make_user())
    assert client.get(reverse("character-names")).status_code == 405
