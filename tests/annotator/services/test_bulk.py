from __future__ import annotations

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.transaction import TransactionManagementError
from django.test.utils import CaptureQueriesContext

from annotator.models import Document, Item, TargetLanguage
from annotator.services.bulk import insert_rows, reserve_ids
from tests.annotator.factories import make_items, make_project


@pytest.mark.django_db
class TestReserveIds:
    def test_gives_keys_that_no_later_row_gets(self):
        project = make_project()
        ids = reserve_ids(Document, 3)
        insert_rows(Document, ["id", "project", "name"], [(pk, project.pk, f"d{pk}") for pk in ids])
        assert len(set(ids)) == 3
        assert ids == sorted(ids)
        assert Document.objects.create(project=project, name="next").pk > ids[-1]

    def test_does_not_give_keys_of_deleted_rows_again(self):
        project = make_project()
        deleted = Document.objects.create(project=project, name="gone")
        pk = deleted.pk
        deleted.delete()
        assert reserve_ids(Document, 1)[0] > pk

    def test_nothing_asked_nothing_done(self):
        with CaptureQueriesContext(connection) as queries:
            assert reserve_ids(Document, 0) == []
        assert not queries


@pytest.mark.django_db(transaction=True)
def test_reserving_needs_a_transaction():
    with pytest.raises(TransactionManagementError):
        reserve_ids(Document, 1)


@pytest.mark.django_db
class TestInsertRows:
    @pytest.mark.parametrize("text", ["tab\tand\nbreak", "back\\slash \\N", "'quote' %s ?", "ก็ 🧑‍🚀 \u202e", ""])
    def test_keeps_every_character(self, text):
        project = make_project()
        insert_rows(Document, ["project", "name"], [(project.pk, text)])
        assert Document.objects.get().name == text

    def test_gives_fields_that_are_not_named_their_default(self):
        project = make_project()
        item = make_items(project, n=1)[0]
        fields = ["project", "document", "imported_by", "external_id", "tgt_lang", "position", "shuffle_key"]
        values = (project.pk, item.document_id, item.imported_by_id, "bulk", "de", 7, 0.5)
        insert_rows(Item, fields, [values])
        written = Item.objects.get(external_id="bulk")
        made = Item(**dict(zip(fields[3:], values[3:], strict=True)))
        names = [field.attname for field in Item._meta.concrete_fields if field.attname != "id"]
        untouched = [name for name in names if name.removesuffix("_id") not in fields]
        assert [getattr(written, name) for name in untouched] == [getattr(made, name) for name in untouched]

    def test_constraints_hold_and_speak_djangos_language(self):
        project = make_project(tgt_langs=("de",))
        with pytest.raises(IntegrityError), transaction.atomic():
            insert_rows(TargetLanguage, ["project", "code"], [(project.pk, "sv"), (project.pk, "de")])
        assert list(project.target_languages.values_list("code", flat=True)) == ["de"]

    def test_takes_a_generator_of_any_length_in_one_statement(self):
        project = make_project()
        with CaptureQueriesContext(connection) as queries:
            insert_rows(Document, ["project", "name"], ((project.pk, f"d{k}") for k in range(5000)))
        assert len(queries) <= 1
        assert Document.objects.count() == 5000
