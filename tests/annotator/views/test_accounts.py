"""Logging in by password and by link, and API tokens."""

from __future__ import annotations

from io import StringIO

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse
from rest_framework.authtoken.models import Token
from sesame.utils import get_query_string

from annotator.models import User
from tests.annotator.factories import make_user

pytestmark = pytest.mark.django_db


def test_a_login_link_works_once(client: Client) -> None:
    link = reverse("account-link") + get_query_string(make_user())
    assert client.get(link).headers["Location"] == reverse("project-list")
    assert client.get(reverse("project-list")).status_code == 200
    second = Client()
    answer = second.get(link, follow=True)
    assert "This login link was used already or is too old." in answer.content.decode()
    assert second.get(reverse("project-list")).status_code == 302


def test_a_wrong_password_is_told(client: Client) -> None:
    make_user("vera")
    wrong = client.post(reverse("account-login"), {"username": "vera", "password": "nonsense"})
    assert "The user name and password do not belong together." in wrong.content.decode()
    right = client.post(reverse("account-login"), {"username": "vera", "password": "a long password"})
    assert right.headers["Location"] == reverse("project-list")


@pytest.mark.parametrize(("wanted", "got"), [("/account/", "/account/"), ("https://evil.example/", "/")])
def test_after_logging_in_only_own_addresses_follow(client: Client, wanted: str, got: str) -> None:
    make_user("vera")
    given = {"username": "vera", "password": "a long password", "next": wanted}
    assert client.post(reverse("account-login"), given).headers["Location"] == got


def test_a_new_token_replaces_the_old_one_and_is_shown_once(client: Client) -> None:
    user = make_user()
    client.force_login(user)
    client.post(reverse("token-create"))
    first = Token.objects.get(user=user).key
    page = client.post(reverse("token-create")).content.decode()
    second = Token.objects.get(user=user).key
    assert first != second
    assert second in page
    assert second not in client.get(reverse("account-detail")).content.decode()


def test_logging_out_needs_a_post(client: Client) -> None:
    client.force_login(make_user())
    assert client.get(reverse("account-logout")).status_code == 405
    client.post(reverse("account-logout"))
    assert client.get(reverse("account-detail")).status_code == 302


def test_an_account_made_by_command_logs_in_by_its_link_and_sets_a_password(client: Client) -> None:
    out = StringIO()
    call_command("make_account", "nour", stdout=out)
    client.get(out.getvalue().strip().removeprefix(settings.SITE_URL))
    weak = client.post(reverse("password-set"), {"password": "12345"})
    assert weak.status_code == 400
    assert "This password is too short." in weak.content.decode()
    client.post(reverse("password-set"), {"password": "seven quiet ferries"})
    # Still logged in here, and the password works elsewhere.
    assert client.get(reverse("account-detail")).status_code == 200
    assert Client().login(username="nour", password="seven quiet ferries")


def test_making_an_account_again_gives_a_new_link_to_the_same_one() -> None:
    links = [StringIO(), StringIO()]
    for out in links:
        call_command("make_account", "nour", stdout=out)
    assert User.objects.filter(username="nour").count() == 1
    with pytest.raises(CommandError, match="'a b' is no user name"):
        call_command("make_account", "a b")
