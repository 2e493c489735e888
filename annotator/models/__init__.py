"""What the application stores; the database states the invariants.

accounts people · projects campaigns, layers, tagsets, members · items texts and source spans · imports uploads ·
jobs background records · candidates runs and what machines proposed · annotations what people decided ·
events who did what else · exports files handed out
"""

from __future__ import annotations

from annotator.models.accounts import User
from annotator.models.annotations import Annotation, Decision, Review
from annotator.models.candidates import Alignment, Candidate, Run, RunItem
from annotator.models.events import Event
from annotator.models.exports import Export
from annotator.models.imports import Import, ImportFile
from annotator.models.items import Document, Item, Segment, SourceSpan
from annotator.models.jobs import Job
from annotator.models.projects import Label, Layer, Membership, Project, RejectReason, TargetLanguage

__all__ = [
    "Alignment",
    "Annotation",
    "Candidate",
    "Decision",
    "Document",
    "Event",
    "Export",
    "Import",
    "ImportFile",
    "Item",
    "Job",
    "Label",
    "Layer",
    "Membership",
    "Project",
    "RejectReason",
    "Review",
    "Run",
    "RunItem",
    "Segment",
    "SourceSpan",
    "TargetLanguage",
    "User",
]
