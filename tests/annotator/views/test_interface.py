"""Language and theme: chosen by a person, by the browser, or by what the system says; texts of the scripts."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from annotator.interface import catalogue_digest, catalogue_url
from tests.annotator.factories import make_user

pytestmark = pytest.mark.django_db

LOGIN = "account-login"


def page(client: Client, name: str = LOGIN, **headers: str) -> str:
    return client.get(reverse(name), headers=headers).content.decode()


def test_without_a_choice_the_browser_says_which_language(client: Client) -> None:
    assert '<html lang="en" dir="ltr" data-theme="auto">' in page(client)
    assert '<html lang="es" dir="ltr"' in page(client, **{"Accept-Language": "es-MX,es;q=0.9,en;q=0.5"})
    assert '<html lang="en"' in page(client, **{"Accept-Language": "tlh"})


def test_arabic_runs_from_right_to_left_and_brings_its_texts(client: Client) -> None:
    shown = page(client, **{"Accept-Language": "ar"})
    assert '<html lang="ar" dir="rtl"' in shown
    assert "تسجيل الدخول" in shown
    assert f'<script src="{catalogue_url("ar")}" defer></script>' in shown
    assert "/interface/" not in page(client).split("<script", 1)[1]


def test_a_choice_before_logging_in_stays_in_the_browser(client: Client) -> None:
    answer = client.post(reverse("interface-choose"), {"language": "es", "theme": "dark", "next": reverse(LOGIN)})
    assert answer["Location"] == reverse(LOGIN)
    assert client.cookies["language"]["httponly"]
    assert '<html lang="es" dir="ltr" data-theme="dark">' in page(client, **{"Accept-Language": "en"})
    client.post(reverse("interface-choose"), {"theme": "auto"})
    assert 'lang="es" dir="ltr" data-theme="auto"' in page(client)


def test_the_choice_of_the_account_goes_before_the_browser_and_keeps_other_preferences() -> None:
    user = make_user()
    user.preferences = {"review": {"auto_advance": False}}
    user.save()
    client = Client()
    client.force_login(user)
    client.post(reverse("interface-choose"), {"language": "ar", "theme": "contrast"})
    user.refresh_from_db()
    assert user.preferences == {"review": {"auto_advance": False}, "language": "ar", "theme": "contrast"}
    elsewhere = Client()
    elsewhere.force_login(user)
    shown = page(elsewhere, "project-list", **{"Accept-Language": "es"})
    assert '<html lang="ar" dir="rtl" data-theme="contrast">' in shown


def test_what_there_is_not_changes_nothing_and_leads_nowhere_else(client: Client) -> None:
    user = make_user()
    client.force_login(user)
    data = {"language": "xx", "theme": "neon", "next": "https://elsewhere.example/"}
    assert client.post(reverse("interface-choose"), data)["Location"] == reverse("project-list")
    user.refresh_from_db()
    assert user.preferences == {}
    assert client.get(reverse("interface-choose")).status_code == 405


def test_the_texts_of_the_scripts_are_kept_by_browsers_until_they_change(client: Client) -> None:
    answer = client.get(catalogue_url("es"))
    assert answer["Content-Type"].startswith("text/javascript")
    assert "immutable" in answer["Cache-Control"]
    assert "Cookie" not in answer.get("Vary", "")
    assert "Deshecho." in answer.content.decode()
    assert client.get(reverse("interface-catalogue", args=["es", "0" * 12])).status_code == 404
    assert client.get(reverse("interface-catalogue", args=["xx", catalogue_digest("es")])).status_code == 404


def test_refusals_are_in_the_language_of_the_reader(client: Client) -> None:
    client.force_login(make_user())
    answer = client.get("/projects/987654/", headers={"Accept-Language": "es"})
    assert answer.status_code == 404
    assert "Aquí no hay nada" in answer.content.decode()
