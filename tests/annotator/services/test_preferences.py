"""What the review screen remembers for a person."""

from __future__ import annotations

import pytest

from annotator.errors import BadRequestError
from annotator.models import User
from annotator.services.preferences import save_preferences
from tests.annotator.factories import make_user

pytestmark = pytest.mark.django_db

TOO_MANY = [f"command{chr(65 + n % 26)}{'x' * (n // 26)}" for n in range(201)]


@pytest.fixture
def person() -> User:
    return make_user()


def stored(person: User) -> dict[str, object]:
    person.refresh_from_db()
    return dict(person.preferences["review"])


def test_what_is_given_joins_what_was_there(person: User) -> None:
    save_preferences(actor=person, given={"auto_advance": False})
    save_preferences(actor=person, given={"source_percent": 120})
    assert stored(person) == {"auto_advance": False, "source_percent": 120}


@pytest.mark.parametrize(
    "wrong",
    [{"theme": "pink"}, {"auto_advance": "no"}, {"source_percent": 9000}, {"target_percent": True}, {"keys": []}],
)
def test_what_the_screen_does_not_know_is_refused(person: User, wrong: dict[str, object]) -> None:
    with pytest.raises(BadRequestError) as caught:
        save_preferences(actor=person, given=wrong)
    assert caught.value.problem.code == "bad-preference"


def test_keys_are_kept_as_a_whole(person: User) -> None:
    save_preferences(actor=person, given={"keys": {"reject": "Shift+KeyX", "guideline": "F1", "label": ""}})
    save_preferences(actor=person, given={"keys": {"reject": "Comma"}})
    assert stored(person) == {"keys": {"reject": "Comma"}}


@pytest.mark.parametrize(
    ("keys", "fault"),
    [
        ({"reject": "Digit3"}, "Digit3 is for labels."),
        ({"reject": "Shift+Numpad0"}, "Shift+Numpad0 is for labels."),
        ({"reject": "KeyQ", "mark": "KeyQ"}, "KeyQ would mean reject and mark."),
        ({"reject": "Enter"}, "'Enter' is no key that a command can have."),
        ({"reject": "Ctrl+KeyA"}, "'Ctrl+KeyA' is no key that a command can have."),
        ({"reject": "KeyQ\n"}, "'KeyQ\\n' is no key that a command can have."),
        ({"reject": 7}, "7 is no key that a command can have."),
        ({"Reject!": "KeyQ"}, "'Reject!' is no command."),
        (
            {f"c{chr(97 + n % 26) * (n // 26 + 1)}": "" for n in range(201)},
            "201 keys are more than there are commands.",
        ),
    ],
)
def test_keys_that_cannot_be_are_refused(person: User, keys: dict[str, object], fault: str) -> None:
    with pytest.raises(BadRequestError) as caught:
        save_preferences(actor=person, given={"keys": keys})
    assert (caught.value.problem.code, caught.value.problem.message) == ("bad-key", fault)
    person.refresh_from_db()
    assert "review" not in person.preferences


def test_several_commands_may_be_switched_off(person: User) -> None:
    save_preferences(actor=person, given={"keys": {"reject": "", "mark": ""}})
    assert stored(person) == {"keys": {"reject": "", "mark": ""}}
