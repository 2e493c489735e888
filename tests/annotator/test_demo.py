from __future__ import annotations

import re
from collections import Counter
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from annotator.models import Event, Item, Job, Project, Run, Segment, SourceSpan
from annotator.services import demo
from projection.text import check_span
from tests.annotator.factories import make_user

LANGUAGES = ("ar", "de", "th")


@pytest.fixture(autouse=True)
def _media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


@pytest.mark.parametrize("lang", LANGUAGES)
def test_texts_pair_document_by_document(lang):
    source, target = (list(demo._read_lines(code)) for code in ("en", lang))
    assert [row[:2] for row in source] == [row[:2] for row in target]
    assert set(Counter(document for document, _, _ in source).values()) == {10}
    assert not any("[" in sentence for _, _, sentence in target)


def test_scripts_are_those_of_the_languages():
    letters = {"ar": re.compile("[\u0600-\u06ff]"), "th": re.compile("[\u0e00-\u0e7f]"), "de": re.compile("[a-zäöüß]")}
    for lang, letter in letters.items():
        for item in demo.read_items(lang):
            assert len(letter.findall(item.target.text)) > len(item.target.text) / 2, item.id


def test_marks_become_spans_on_the_plain_sentence():
    text, spans = demo._read_marks("[PERSON Ada Brandt] met [ORG PSG] ([ORG PSG]).")
    assert text == "Ada Brandt met PSG (PSG)."
    assert [(span.id, span.label, *span.intervals[0]) for span in spans] == [
        ("s1", "PERSON", 0, 10),
        ("s2", "ORG", 15, 18),
        ("s3", "ORG", 20, 23),
    ]


def test_sentences_have_the_promised_lengths_and_repeats():
    items = demo.read_items("de")
    n_words = [len(item.source.text.split()) for item in items]
    assert min(n_words) >= 8
    assert max(n_words) <= 22
    n_spans = [len(item.spans) for item in items]
    assert max(n_spans) <= 4
    assert 8 <= n_spans.count(0) <= 16
    names = Counter(span.surface(item.source.text) for item in items for span in item.spans if span.label == "PERSON")
    assert sum(count > 1 for count in names.values()) >= 20


@pytest.fixture
def loaded(db) -> Project:
    return demo.load_demo(actor=make_user("admin"))


def test_every_pair_is_imported_with_tokens_and_spans(loaded):
    assert sorted(loaded.target_languages.values_list("code", flat=True)) == list(LANGUAGES)
    for lang in LANGUAGES:
        items = Item.objects.filter(project=loaded, tgt_lang=lang)
        assert items.count() == 120
        assert list(items.values_list("external_id", flat=True)[:2]) == ["coast-gazette-01", "coast-gazette-02"]
        assert SourceSpan.objects.filter(item__in=items).count() == sum(
            len(item.spans) for item in demo.read_items(lang)
        )
    assert loaded.documents.count() == 12
    assert not Segment.objects.filter(item__project=loaded, tokens=[]).exists()
    for span in SourceSpan.objects.filter(item__project=loaded).select_related("segment"):
        check_span(span.segment.text, span.intervals, surface=span.surface)


def test_labels_have_keys_colours_and_names_in_every_language(loaded):
    labels = list(loaded.layers.get().labels.all())
    assert [(label.name, label.key) for label in labels] == [
        ("PERSON", "1"),
        ("ORG", "2"),
        ("PLACE", "3"),
        ("DATE", "4"),
        ("WORK", "5"),
    ]
    assert len({label.color for label in labels}) == 5
    assert all(label.description and set(label.translated_names) == set(LANGUAGES) for label in labels)
    assert "PERSON" in loaded.guidelines


def test_a_run_waits_for_each_language(loaded):
    runs = Run.objects.filter(project=loaded).select_related("job")
    assert sorted(run.tgt_lang for run in runs) == list(LANGUAGES)
    assert {run.job.state for run in runs} == {"queued"}
    assert {run.engine for run in runs} == {"hmm"}
    assert not Job.objects.filter(kind="import").exclude(state="done").exists()


def test_loading_again_changes_nothing(loaded):
    before = [model.objects.count() for model in (Project, Item, SourceSpan, Job, Event)]
    assert demo.load_demo(actor=loaded.created_by) == loaded
    assert [model.objects.count() for model in (Project, Item, SourceSpan, Job, Event)] == before


@pytest.mark.django_db
def test_command_loads_for_the_named_user():
    make_user("hana")
    out = StringIO()
    call_command("load_demo", user="hana", stdout=out)
    project = Project.objects.get()
    assert out.getvalue() == f"Project {project.pk}: Demo: names in the news\n"
    assert project.created_by.username == "hana"


@pytest.mark.django_db
def test_command_says_that_an_account_is_missing():
    with pytest.raises(CommandError, match="no account 'nobody'"):
        call_command("load_demo", user="nobody")
