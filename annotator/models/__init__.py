"""What the application stores; the database states the invariants.

accounts people · projects campaigns, layers, tagsets, members · items texts and source spans · imports uploads ·
jobs background records · candidates runs and what machines proposed · annotations what people decided ·
bulks acts on many items · events who did what else · exports files handed out · people invitations, assignments ·
qualification attempts at it · panels machines that vote, their ballots and verdicts · notes comments, flags, skips ·
translations versions and marks of target texts · concepts terminologies
"""

from __future__ import annotations

from annotator.models.accounts import User
from annotator.models.annotations import Annotation, Decision, Review
from annotator.models.bulks import Bulk
from annotator.models.candidates import Alignment, Candidate, Run, RunItem
from annotator.models.concepts import Concept
from annotator.models.events import Event
from annotator.models.exports import Export
from annotator.models.imports import Import, ImportFile
from annotator.models.items import Document, Item, Segment, SourceSpan
from annotator.models.jobs import Job
from annotator.models.notes import Comment, Flag, Skip, Thread
from annotator.models.panels import (
    Ballot,
    EndpointKey,
    Evaluation,
    EvaluationItem,
    KeptReply,
    Panel,
    Tally,
    Trial,
    Verdict,
    Voter,
    VoterRun,
)
from annotator.models.people import Assignment, Invitation
from annotator.models.projects import Label, Layer, Membership, Project, RejectReason, TargetLanguage
from annotator.models.qualification import Attempt
from annotator.models.translations import SegmentVersion, TranslationMark

__all__ = [
    "Alignment",
    "Annotation",
    "Assignment",
    "Attempt",
    "Ballot",
    "Bulk",
    "Candidate",
    "Comment",
    "Concept",
    "Decision",
    "Document",
    "EndpointKey",
    "Evaluation",
    "EvaluationItem",
    "Event",
    "Export",
    "Flag",
    "Import",
    "ImportFile",
    "Invitation",
    "Item",
    "Job",
    "KeptReply",
    "Label",
    "Layer",
    "Membership",
    "Panel",
    "Project",
    "RejectReason",
    "Review",
    "Run",
    "RunItem",
    "Segment",
    "SegmentVersion",
    "Skip",
    "SourceSpan",
    "Tally",
    "TargetLanguage",
    "Thread",
    "TranslationMark",
    "Trial",
    "User",
    "Verdict",
    "Voter",
    "VoterRun",
]
