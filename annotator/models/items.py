"""Items with their segments, stored tokens and the spans of the source side."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from annotator.models.imports import Import
from annotator.models.projects import Label, Layer, Project


class Document(models.Model):
    """Where items come from; splits never separate a document."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="documents")
    name = models.CharField(max_length=300)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["project", "name"], name="document_name_once")]

    def __str__(self) -> str:
        return self.name


class Item(models.Model):
    """What a reviewer decides on at once: source segments and target segments of one language."""

    class State(models.TextChoices):
        NEW = "new", _("not projected")
        OPEN = "open", _("to review")
        # All its reviews are in; a curator has to settle what they differ in.
        REVIEWED = "reviewed", _("to adjudicate")
        # There is gold: `gold_review`.
        DONE = "done", _("done")

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="items")
    document = models.ForeignKey(Document, on_delete=models.PROTECT, related_name="items")
    imported_by = models.ForeignKey(Import, on_delete=models.PROTECT, related_name="items")
    external_id = models.CharField(max_length=300)
    tgt_lang = models.CharField(max_length=35)
    # Order in the imported files; exports keep it.
    position = models.PositiveIntegerField()
    state = models.CharField(max_length=10, choices=State, default=State.NEW)
    # Lowest score of the best candidates in the active run; 1 where there is nothing to project. Orders the queue.
    confidence = models.FloatField(default=1.0)
    # Seeded random number: orders the random share of the queue.
    shuffle_key = models.FloatField()
    # How the queue handed it out last (unsure, random, file), "" if never: the random share estimates the rest.
    drawn_by = models.CharField(max_length=10, blank=True)
    # How surely it needs a person: the lower, the sooner it is handed out (disagreement, links, then confidence).
    priority = models.FloatField(default=1.0)
    # Largest share of the finished runs that propose another label or place for a span than the active run.
    disagreement = models.FloatField(default=0.0)
    # Lowest mean link probability of the tokens of a source span in the active run; null without links.
    link_probability = models.FloatField(null=True, blank=True)
    # How many people review it, each alone.
    n_reviews = models.PositiveSmallIntegerField(default=1)
    # Whether machine labels, scores and votes are kept from reviewers until they have decided.
    is_blind = models.BooleanField(default=False)
    # Whether its gold is known and it serves to qualify reviewers; then it is no data.
    is_qualification = models.BooleanField(default=False)
    # The review whose result is gold; set exactly while the state is `done`.
    gold_review = models.ForeignKey(
        "annotator.Review", on_delete=models.SET_NULL, null=True, blank=True, related_name="gold_of"
    )

    class Meta:
        ordering = ["position", "id"]
        constraints = [
            models.UniqueConstraint(fields=["project", "tgt_lang", "external_id"], name="item_id_once"),
            models.CheckConstraint(condition=Q(state__in=["new", "open", "reviewed", "done"]), name="item_state_known"),
            models.CheckConstraint(condition=Q(confidence__gte=0, confidence__lte=1), name="item_confidence_in_0_1"),
            models.CheckConstraint(condition=Q(n_reviews__gte=1), name="item_n_reviews_positive"),
        ]
        indexes = [
            models.Index(fields=["project", "state", "priority", "id"], name="item_unsure_first"),
            models.Index(fields=["project", "tgt_lang", "state", "priority", "id"], name="item_unsure_first_lang"),
            models.Index(fields=["project", "state", "shuffle_key", "id"], name="item_shuffled"),
            models.Index(fields=["project", "tgt_lang", "state", "shuffle_key", "id"], name="item_shuffled_lang"),
            models.Index(fields=["project", "tgt_lang", "position", "id"], name="item_in_file_order"),
            models.Index(fields=["project", "state", "tgt_lang", "position", "id"], name="item_next_in_file"),
            models.Index(
                fields=["project", "tgt_lang", "state"],
                condition=Q(is_qualification=True),
                name="item_of_qualification",
            ),
        ]

    def __str__(self) -> str:
        return self.external_id

    @property
    def hides_machines(self) -> bool:
        """Whether lists keep what machines say of it from reviewers; see `queries.blindness`."""
        return self.is_blind and (self.state != Item.State.DONE or self.is_qualification)


class Segment(models.Model):
    """One text in one language with one role. Offsets count Unicode code points of `text`."""

    class Side(models.TextChoices):
        SOURCE = "source", _("source")
        TARGET = "target", _("target")

    item = models.ForeignKey(Item, on_delete=models.CASCADE, related_name="segments")
    side = models.CharField(max_length=10, choices=Side)
    role = models.CharField(max_length=20, default="text")
    lang = models.CharField(max_length=35)
    # Index of the segment in the item, source and target counted together.
    position = models.PositiveSmallIntegerField(default=0)
    text = models.TextField()
    # [[start_char, end_char], ...]: stored once, so that no later step tokenises again.
    tokens = models.JSONField(default=list)
    # Number of its newest text; candidates and alignments say which one they were made from.
    version = models.PositiveSmallIntegerField(default=1)
    # What an automatic check found: `untranslated`, `wrong-language`, `empty`.
    flags = models.JSONField(default=list, blank=True)

    class Meta:
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["item", "position"], name="segment_position_once"),
            models.CheckConstraint(condition=Q(side__in=["source", "target"]), name="segment_side_known"),
        ]

    def __str__(self) -> str:
        return f"{self.side} segment {self.pk}"


class SourceSpan(models.Model):
    """A gold label of the source side, to be projected.

    What it covers follows from its layer's kind: characters (span), one token (token), a whole segment (class; the
    first one where the class is about the item), or nothing itself but a head and a tail (relation).
    """

    item = models.ForeignKey(Item, on_delete=models.CASCADE, related_name="source_spans")
    segment = models.ForeignKey(Segment, on_delete=models.CASCADE, related_name="source_spans")
    layer = models.ForeignKey(Layer, on_delete=models.PROTECT, related_name="+")
    label = models.ForeignKey(Label, on_delete=models.PROTECT, related_name="+")
    # Identifier inside the item, as imported or given by the importer (s1, s2, ...).
    key = models.CharField(max_length=100)
    # [[start_char, end_char], ...]; more than one where the layer allows discontinuous spans; none for a relation.
    intervals = models.JSONField()
    start_char = models.PositiveIntegerField(null=True, blank=True)
    end_char = models.PositiveIntegerField(null=True, blank=True)
    surface = models.TextField(blank=True)
    # The ends of a relation; empty for everything else.
    head = models.ForeignKey("self", on_delete=models.CASCADE, null=True, blank=True, related_name="relations_from")
    tail = models.ForeignKey("self", on_delete=models.CASCADE, null=True, blank=True, related_name="relations_to")
    concept = models.ForeignKey(
        "annotator.Concept", on_delete=models.PROTECT, null=True, blank=True, related_name="source_spans"
    )
    position = models.PositiveSmallIntegerField()

    class Meta:
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["item", "key"], name="source_span_key_once"),
            models.UniqueConstraint(fields=["item", "position"], name="source_span_position_once"),
            models.CheckConstraint(
                condition=Q(
                    head__isnull=True, tail__isnull=True, start_char__isnull=False, start_char__lt=F("end_char")
                )
                | Q(head__isnull=False, tail__isnull=False, start_char__isnull=True, end_char__isnull=True),
                name="source_span_has_place_or_ends",
            ),
        ]

    def __str__(self) -> str:
        return self.surface
