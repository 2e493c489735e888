"""The main job through the API alone: project, import, run, review, export."""

from __future__ import annotations

import hashlib
import uuid

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from projection.formats.jsonl import read_jsonl
from tests.annotator.api.clients import address, client_of, sent, work
from tests.annotator.factories import make_user

pytestmark = pytest.mark.django_db

SENTENCES = (
    ("Ada Brandt opened the harbour museum in Bremen .", "Ada Brandt eröffnete das Hafenmuseum in Bremen ."),
    ("The council met in Uppsala on Monday .", "Der Rat tagte am Montag in Uppsala ."),
    ("Tomas Vale sails for Nordlys .", "Tomas Vale segelt für Nordlys ."),
)
LABELS = {"Ada": "B-PER", "Brandt": "I-PER", "Bremen": "B-LOC", "Uppsala": "B-LOC", "Tomas": "B-PER", "Vale": "I-PER"}
SOURCE = "\n\n".join("\n".join(f"{word}\t{LABELS.get(word, 'O')}" for word in src.split()) for src, _ in SENTENCES)
TARGET = "".join(f"{tgt}\n" for _, tgt in SENTENCES)


def test_the_main_job_by_api_only(settings, tmp_path) -> None:
    settings.MEDIA_ROOT = tmp_path
    client = client_of(make_user())
    project = sent(
        client.post("/api/v1/projects/", {"name": "News", "src_lang": "en", "tgt_langs": ["de"]}, format="json"), 201
    )
    assert (project["role"], project["tgt_langs"]) == ("manager", ["de"])
    at = address(project["id"])

    draft = sent(
        client.post(f"{at}imports/", {"tgt_lang": "de", "source": SOURCE, "target": TARGET}, format="json"), 201
    )
    report = draft["report"]
    assert (draft["state"], report["n_pairs"], report["n_clean"], report["n_spans"]) == ("draft", 3, 3, 4)
    assert [(row["name"], row["n"], row["is_new"]) for row in report["labels"]] == [("LOC", 2, True), ("PER", 2, True)]
    assert sent(client.get(f"{at}items/"))["results"] == []
    confirmed = sent(client.post(f"{at}imports/{draft['id']}/confirm/", {}, format="json"))
    assert (confirmed["state"], confirmed["job"]["state"]) == ("confirmed", "queued")
    work(confirmed["job"]["id"])
    done = sent(client.get(f"{at}imports/{draft['id']}/"))
    assert (done["state"], done["report"]["n_items"], done["job"]["percent"]) == ("done", 3, 100)

    run = sent(client.post(f"{at}runs/", {"tgt_lang": "de", "engine": "hmm"}, format="json"), 201)
    work(run["job"]["id"])
    run = sent(client.get(f"{at}runs/{run['id']}/"))
    assert (run["is_active"], run["summary"]["n_spans"], run["job"]["state"]) == (True, 4, "done")
    candidates = sent(client.get(f"{at}runs/{run['id']}/candidates/?rank=0"))["results"]
    assert len(candidates) == 4

    for _ in SENTENCES:
        place = sent(client.post(f"{at}queue/claim/", {"n": 1}, format="json"))["places"][0]
        outcome = decide_on(client, at, place["item"])
        assert outcome["item_state"] == "done"
    assert sent(client.get(f"{at}queue/"))["places"] == []

    export = sent(client.post(f"{at}exports/", {"format": "jsonl"}, format="json"), 201)
    work(export["job"]["id"])
    export = sent(client.get(f"{at}exports/{export['id']}/"))
    assert (export["report"]["n_items"], export["report"]["n_labels"], export["needs_confirmation"]) == (3, 4, False)
    answer = client.get(f"{at}exports/{export['id']}/file/")
    data = b"".join(answer.streaming_content)
    assert hashlib.sha256(data).hexdigest() == export["sha256"]
    assert answer["Content-Disposition"].startswith("attachment")
    gold = {
        (span.label, span.surface(item.segments[span.segment].text))
        for item in read_jsonl(data).rows
        for span in item.spans_of("target")
    }
    assert gold == {("PER", "Ada Brandt"), ("LOC", "Bremen"), ("LOC", "Uppsala"), ("PER", "Tomas Vale")}


def decide_on(client, at: str, item: dict) -> dict:
    """Accept what is right, move what is not: the gold target has the same words as the source span."""
    target = next(segment for segment in item["segments"] if segment["side"] == "target")
    best = {row["source_span"]: row for row in item["candidates"] if row["rank"] == 0}
    acts = []
    for span in item["source_spans"]:
        start = target["text"].index(span["surface"])
        place = [[start, start + len(span["surface"])]]
        act = {
            "source_span": span["id"],
            "segment": target["id"],
            "intervals": place,
            "surface": span["surface"],
        }
        if best[span["id"]]["intervals"] != place:
            acts.append({**act, "kind": "move"})
        acts.append({**act, "kind": "accept", "label": span["label"]})
    given = {"step": str(uuid.uuid4()), "item": item["id"], "acts": acts, "seen_version": 0, "active_ms": 1200}
    return sent(client.post(f"{at}decisions/", given, format="json"))


def test_files_are_uploaded_as_a_form(settings, tmp_path) -> None:
    settings.MEDIA_ROOT = tmp_path
    client = client_of(make_user())
    given = {"name": "News", "src_lang": "en", "tgt_langs": ["de"]}
    at = address(sent(client.post("/api/v1/projects/", given, format="json"), 201)["id"])
    files = {
        "tgt_lang": "de",
        "source": SimpleUploadedFile("folder/harbour.conll", SOURCE.encode()),
        "target": SimpleUploadedFile("harbour.de.txt", TARGET.encode()),
        "src_format": "conll",
        "id_prefix": "h-",
    }
    draft = sent(client.post(f"{at}imports/", files, format="multipart"), 201)
    assert [(each["role"], each["name"]) for each in draft["files"]] == [
        ("source", "harbour.conll"),
        ("target", "harbour.de.txt"),
    ]
    assert draft["report"]["preview"][0]["document"] == "harbour"
    assert draft["report"]["preview"][0]["id"].startswith("h-")
    replaced = sent(client.post(f"{at}imports/", {"tgt_lang": "de", "replaces": draft["id"]}, format="json"), 201)
    assert replaced["spec"]["src_format"] == "conll"
    assert len(replaced["files"]) == 2
    assert sent(client.get(f"{at}imports/{draft['id']}/"))["state"] == "cancelled"
    cancelled = sent(client.post(f"{at}imports/{replaced['id']}/cancel/"))
    assert cancelled["state"] == "cancelled"
    assert [each["id"] for each in sent(client.get(f"{at}imports/"))["results"]] == [replaced["id"], draft["id"]]
    refused = sent(client.post(f"{at}imports/{draft['id']}/confirm/", {}, format="json"), 409)
    assert refused["code"] == "import-closed"
