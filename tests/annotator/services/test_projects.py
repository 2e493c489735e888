"""Setting up projects, labels and members."""

from __future__ import annotations

import pytest

from annotator.errors import BadRequestError, ConflictError
from annotator.models import Membership
from annotator.services import members, projects
from annotator.services.project_templates import TEMPLATES
from tests.annotator.factories import make_items, make_member, make_project, make_user

pytestmark = pytest.mark.django_db


def test_a_new_project_has_all_that_reviewing_needs() -> None:
    manager = make_user()
    project = projects.create_project(actor=manager, name=" News ", src_lang="en", tgt_langs=["th", "ar", "th"])
    assert project.name == "News"
    assert [language.code for language in project.target_languages.all()] == ["ar", "th"]
    assert [layer.name for layer in project.layers.all()] == ["spans"]
    assert [(reason.key, reason.code) for reason in project.reject_reasons.all()][:2] == [
        ("1", "not-in-translation"),
        ("2", "wrong-words"),
    ]
    assert project.memberships.get().role == Membership.Role.MANAGER
    assert project.events.get().kind == "project-created"


@pytest.mark.parametrize(
    ("name", "src_lang", "tgt_langs", "message"),
    [
        (" ", "en", ["de"], "name: The project has no name. Give it one."),
        ("a", "english", ["de"], "'english' is not a language code. Give a BCP 47 language code such as de or pt-BR."),
        ("a", "en", ["d e"], "'d e' is not a language code. Give a BCP 47 language code such as de or pt-BR."),
        (
            "a",
            "en",
            ["de", "en"],
            "en is both the source and a target language. Leave it out of the target languages.",
        ),
    ],
)
def test_a_wrong_project_is_refused_in_words(name: str, src_lang: str, tgt_langs: list[str], message: str) -> None:
    with pytest.raises(BadRequestError) as caught:
        projects.create_project(actor=make_user(), name=name, src_lang=src_lang, tgt_langs=tgt_langs)
    assert str(caught.value) == message


def test_a_language_with_items_stays() -> None:
    project = make_project(tgt_langs=("de", "sv"))
    make_items(project, tgt_lang="de")
    edit = {"project": project, "actor": project.created_by, "name": "n", "description": "", "guidelines": ""}
    with pytest.raises(ConflictError, match="de has items"):
        projects.edit_project(**edit, tgt_langs=["sv"])
    projects.edit_project(**edit, tgt_langs=["de", "fi"])
    assert [language.code for language in project.target_languages.all()] == ["de", "fi"]


def test_labels_get_free_keys_and_the_tenth_has_none() -> None:
    layer = make_project().layers.get()
    labels = projects.add_labels(layer, names=[f"L{number}" for number in range(11)])
    assert [label.key for label in labels.values()] == ["1", "2", "3", "4", "5", "6", "7", "8", "9", "", ""]
    assert labels["L9"].color == projects.LABEL_COLORS[0]
    assert projects.add_labels(layer, names=["L3"]) == labels


def test_a_taken_key_is_refused() -> None:
    project = make_project()
    labels = projects.add_labels(project.layers.get(), names=["PER", "LOC"])
    change = {"project": project, "actor": project.created_by, "color": "#112233", "description": "", "names": {}}
    with pytest.raises(ConflictError, match="The key 1 belongs to PER"):
        projects.edit_label(**change, label=labels["LOC"], key="1")
    projects.edit_label(**change, label=labels["LOC"], key="7")
    labels["LOC"].refresh_from_db()
    assert (labels["LOC"].key, labels["LOC"].color) == ("7", "#112233")


def test_the_last_manager_stays() -> None:
    project = make_project()
    manager = project.memberships.get()
    with pytest.raises(ConflictError, match="A project needs a manager"):
        members.change_member(membership=manager, actor=project.created_by, role="viewer")
    with pytest.raises(ConflictError, match="A project needs a manager"):
        members.change_member(membership=manager, actor=project.created_by, role="")
    make_member(project, "manager")
    members.change_member(membership=manager, actor=project.created_by, role="viewer")
    manager.refresh_from_db()
    assert manager.role == "viewer"


def test_members_are_added_once() -> None:
    project, person = make_project(), make_user("vera")
    add = {"project": project, "actor": project.created_by, "role": "reviewer"}
    members.add_member(**add, username=" vera ")
    assert project.memberships.get(user=person).role == "reviewer"
    with pytest.raises(ConflictError, match="vera is a member already"):
        members.add_member(**add, username="vera")
    with pytest.raises(BadRequestError, match="There is no account 'nobody'"):
        members.add_member(**add, username="nobody")
    with pytest.raises(BadRequestError, match="'king' is not a role"):
        members.add_member(**{**add, "role": "king"}, username="vera")


@pytest.mark.parametrize("template", TEMPLATES)
def test_a_template_brings_its_layers_in_order_with_their_labels(template: str) -> None:
    project = projects.create_project(actor=make_user(), name="n", src_lang="en", tgt_langs=["de"], template=template)
    assert project.template == template
    made = [
        (layer.name, layer.kind, {label.name: label.description for label in layer.labels.all()})
        for layer in project.layers.all()
    ]
    assert made == [(plan.name, plan.kind, plan.labels) for plan in TEMPLATES[template].layers]


def test_templates_say_what_their_labels_are_about() -> None:
    pos = projects.create_project(
        actor=make_user(), name="n", src_lang="en", tgt_langs=["de"], template="pos"
    ).layers.get()
    assert (pos.kind, pos.is_open, pos.labels.count()) == ("token", False, 17)
    assert [label.key for label in pos.labels.all()][:10] == [*"123456789", ""]
    grade = projects.create_project(
        actor=make_user(), name="n", src_lang="en", tgt_langs=["de"], template="relevance"
    ).layers.get()
    assert (grade.kind, grade.scope, grade.choice) == ("class", "item", "graded")
    with pytest.raises(BadRequestError, match="There is no project template 'nerr'"):
        projects.create_project(actor=make_user(), name="n", src_lang="en", tgt_langs=["de"], template="nerr")
