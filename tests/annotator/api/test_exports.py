"""Exports by program: refused until there is a file whose losses somebody has confirmed."""

from __future__ import annotations

import pytest

from annotator.models import Export
from annotator.services.exports import start_export
from tests.annotator.api.clients import sent, work
from tests.annotator.api.conftest import World

pytestmark = pytest.mark.django_db


def test_the_file_comes_as_what_it_is_whatever_is_accepted(world: World) -> None:
    answer = world.client("viewer").get(
        world.at(f"exports/{world.export.pk}/file/"), headers={"Accept": "application/x-ndjson"}
    )
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/x-ndjson")
    assert answer.streaming
    assert len(b"".join(answer.streaming_content)) == world.export.report["n_bytes"]
    missing = world.client("viewer").get(world.at("exports/999/file/"), headers={"Accept": "text/csv"})
    assert sent(missing, 404)["code"] == "not-found"


def test_an_unfinished_export_has_no_file(world: World) -> None:
    export = start_export(project=world.project, actor=world.people["owner"], format="conll", filters={"state": "all"})
    client, path = world.client("curator"), world.at(f"exports/{export.pk}/")
    assert sent(client.get(f"{path}file/"), 409)["code"] == "export-not-finished"
    assert sent(client.post(f"{path}confirm/"), 409)["code"] == "export-not-finished"
    work(export.job_id)
    assert client.get(f"{path}file/").status_code == 200


def test_a_file_with_losses_is_given_out_once_they_are_confirmed(world: World) -> None:
    loss = {
        "code": "nested-span",
        "place": "item h1",
        "message": "A span lies in another.",
        "remedy": "Take JSON Lines.",
    }
    report = {**world.export.report, "n_losses": 1, "losses_by_code": {"nested-span": 1}, "losses": [loss]}
    Export.objects.filter(pk=world.export.pk).update(report=report)
    client, path = world.client("curator"), world.at(f"exports/{world.export.pk}/")
    shown = sent(client.get(path))
    assert (shown["needs_confirmation"], shown["report"]["losses"]) == (True, [loss])
    assert sent(client.get(f"{path}file/"), 409)["code"] == "loss-not-confirmed"
    confirmed = sent(client.post(f"{path}confirm/"))
    assert (confirmed["is_loss_confirmed"], confirmed["needs_confirmation"]) == (True, False)
    assert client.get(f"{path}file/").status_code == 200


@pytest.mark.parametrize(
    ("filters", "code"),
    [
        ({"tgt_lang": "fr"}, "unknown-language"),
        ({"labels": ["NOPE"]}, "unknown-label"),
        ({"document": "elsewhere"}, "unknown-document"),
        ({"state": "reviewed"}, "nothing-to-export"),
        ({"state": "some"}, "invalid-choice"),
        ({"label": ["PER"]}, "unknown-field"),
    ],
)
def test_wrong_filters_are_refused(filters: dict, code: str, world: World) -> None:
    answer = world.client("curator").post(world.at("exports/"), {"format": "jsonl", "filters": filters}, format="json")
    assert sent(answer, 400)["code"] == code
    assert Export.objects.count() == 1
