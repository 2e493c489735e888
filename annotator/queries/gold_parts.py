"""What stands behind a gold label, as it is exported: what people changed, decisions, candidate, run."""

from __future__ import annotations

from typing import Any

from annotator.models import Annotation, Decision, Run


def describe_change(annotation: Annotation) -> str:
    """What people changed against the machine's proposal, in words: "LOC -> ORG, moved"; "" for nothing."""
    candidate = annotation.candidate
    if candidate is None or candidate.segment_id is None:
        return "added" if annotation.state == Annotation.State.ACCEPTED else ""
    if annotation.head_id is not None:
        return _describe_ends(annotation)
    changes: list[str] = []
    if candidate.label_id != annotation.label_id:
        changes.append(f"{candidate.label.name} -> {annotation.label.name}")
    if (candidate.segment_id, candidate.intervals) != (annotation.segment_id, annotation.intervals):
        changes.append("moved")
    if candidate.concept_id != annotation.concept_id:
        concepts = [each.code if each else "none" for each in (candidate.concept, annotation.concept)]
        changes.append(f"concept {concepts[0]} -> {concepts[1]}")
    return ", ".join(changes)


def _describe_ends(annotation: Annotation) -> str:
    candidate, source = annotation.candidate, annotation.source_span
    changes: list[str] = []
    if candidate is not None and candidate.label_id != annotation.label_id:
        changes.append(f"{candidate.label.name} -> {annotation.label.name}")
    ends = [end.source_span_id if end else None for end in (annotation.head, annotation.tail)]
    if source is not None and ends != [source.head_id, source.tail_id]:
        changes.append("other ends")
    return ", ".join(changes)


def read_decision(row: Decision) -> dict[str, Any]:
    decision: dict[str, Any] = {
        "id": row.pk,
        "kind": row.kind,
        "actor": row.actor.username,
        "at": row.created_at.isoformat(),
    }
    if row.reverses_id is not None:
        decision["reverses"] = row.reverses_id
    if row.cause:
        decision["cause"] = row.cause
    return decision


def read_candidate(annotation: Annotation) -> dict[str, Any] | None:
    row = annotation.candidate
    if row is None:
        return None
    return {
        "id": row.pk,
        "run": row.run_id,
        "rank": row.rank,
        "label": row.label.name,
        "intervals": row.intervals,
        "surface": row.surface,
        "concept": row.concept.code if row.concept else "",
        "score": row.score,
        "probability": row.probability,
        "parts": row.parts,
        "unprojected_reason": row.unprojected_reason,
    }


def read_run(row: Run) -> dict[str, Any]:
    """A run with what it came from: the runs whose word links it took, the run whose model it used."""
    found = {"id": row.pk, "engine": row.engine, "settings": row.settings, "versions": row.versions}
    if links_runs := sorted(each.pk for each in row.links_runs.all()):
        found["links_runs"] = links_runs
    if row.model_run_id:
        found["model_run"] = row.model_run_id
    return found
