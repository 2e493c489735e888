"""Runs and what they proposed. Candidates and alignments are never changed after they are written."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Func, Q
from django.utils.translation import gettext_lazy as _

from annotator.models.accounts import User
from annotator.models.items import Item, Segment, SourceSpan
from annotator.models.jobs import Job
from annotator.models.projects import Label, Project

# Characters of a form that an index holds.
FORM_HEAD = 64


class FormHead(Func):
    """The beginning of a surface form: short enough for an index, long enough to find equal forms by."""

    function = "SUBSTR"
    # The length stands in the statement itself: as a parameter it would hide from SQLite that the index fits.
    template = f"%(function)s(%(expressions)s, 1, {FORM_HEAD})"
    output_field = models.TextField()


class Run(models.Model):
    """One execution of an engine over the items of one target language, with frozen settings and versions."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="runs")
    job = models.OneToOneField(Job, on_delete=models.PROTECT, related_name="run")
    tgt_lang = models.CharField(max_length=35)
    engine = models.CharField(max_length=100)
    settings = models.JSONField(default=dict)
    versions = models.JSONField(default=dict)
    # What its probabilities come from: the calibrator, how many reviewed spans of which run, how well it does.
    calibration = models.JSONField(default=dict)
    # The runs whose links an engine works on that aligns nothing itself.
    links_runs = models.ManyToManyField("self", symmetrical=False, blank=True, related_name="used_by_runs")
    # The run whose candidates reviewers see; at most one per project and target language.
    is_active = models.BooleanField(default=False)
    # Sets the order of the queue after the run was chosen for a large project.
    order_job = models.OneToOneField(Job, on_delete=models.SET_NULL, null=True, blank=True, related_name="ordered_run")
    # Whether it takes the place of the active run once it is finished.
    is_activated_at_end = models.BooleanField(default=False)
    # What the engine learned, so that a run that goes on after a crash does not learn again.
    model_file = models.CharField(max_length=300, blank=True)
    # The run whose model it uses instead of learning anew.
    model_run = models.ForeignKey("self", on_delete=models.RESTRICT, null=True, blank=True, related_name="+")
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["project", "tgt_lang"], condition=Q(is_active=True), name="run_active_once_per_language"
            )
        ]

    def __str__(self) -> str:
        return f"run {self.pk} ({self.engine})"


class RunItem(models.Model):
    """That a run is through with an item, and how; written together with the candidates, so nothing is done twice."""

    class State(models.TextChoices):
        DONE = "done", _("done")
        FAILED = "failed", _("failed")

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="run_items")
    item = models.ForeignKey(Item, on_delete=models.CASCADE, related_name="run_items")
    state = models.CharField(max_length=10, choices=State)
    error_code = models.CharField(max_length=100, blank=True)
    error_message = models.TextField(blank=True)
    # Lowest probability (score, where there is none) of the best candidates; 1 where there was nothing to project.
    confidence = models.FloatField(default=1.0)
    # Lowest mean link probability of the tokens of a source span; null where the engine links no tokens.
    link_probability = models.FloatField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["run", "item"], name="run_item_once"),
            models.CheckConstraint(condition=Q(state__in=["done", "failed"]), name="run_item_state_known"),
            models.CheckConstraint(
                condition=Q(state="done", error_code="") | (Q(state="failed") & ~Q(error_code="")),
                name="run_item_failed_says_why",
            ),
        ]

    def __str__(self) -> str:
        return f"item {self.item_id} in run {self.run_id}"


class Alignment(models.Model):
    """Links between the tokens of a source and a target segment: [[src, tgt, probability], ...]. Immutable."""

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="alignments")
    item = models.ForeignKey(Item, on_delete=models.CASCADE, related_name="alignments")
    src_segment = models.ForeignKey(Segment, on_delete=models.CASCADE, related_name="+")
    tgt_segment = models.ForeignKey(Segment, on_delete=models.CASCADE, related_name="+")
    # The version of the target text that it was made from.
    tgt_version = models.PositiveSmallIntegerField(default=1)
    links = models.JSONField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["run", "src_segment", "tgt_segment"], name="alignment_once_per_run")
        ]

    def __str__(self) -> str:
        return f"alignment {self.pk}"


class Candidate(models.Model):
    """A machine's proposed target label for a source span, or the record that it found none. Immutable."""

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="candidates")
    item = models.ForeignKey(Item, on_delete=models.CASCADE, related_name="candidates")
    # Empty only for a token tag whose token has no counterpart in the source.
    source_span = models.ForeignKey(
        SourceSpan, on_delete=models.CASCADE, null=True, blank=True, related_name="candidates"
    )
    # 0 is the best one.
    rank = models.PositiveSmallIntegerField()
    label = models.ForeignKey(Label, on_delete=models.PROTECT, related_name="+")
    segment = models.ForeignKey(Segment, on_delete=models.CASCADE, null=True, blank=True, related_name="+")
    # The version of the segment's text that its offsets count in.
    version = models.PositiveSmallIntegerField(default=1)
    # Proposed between the projected ends of the source relation; has no place of its own.
    is_relation = models.BooleanField(default=False)
    concept = models.ForeignKey(
        "annotator.Concept", on_delete=models.PROTECT, null=True, blank=True, related_name="candidates"
    )
    intervals = models.JSONField(default=list)
    start_char = models.PositiveIntegerField(null=True, blank=True)
    end_char = models.PositiveIntegerField(null=True, blank=True)
    surface = models.TextField(blank=True)
    score = models.FloatField()
    # Calibrated probability of being right, comparable between engines; null where it was not calibrated.
    probability = models.FloatField(null=True, blank=True)
    parts = models.JSONField(default=dict)
    # Code of why there is no span; "" where there is one.
    unprojected_reason = models.CharField(max_length=100, blank=True)

    class Meta:
        ordering = ["rank"]
        constraints = [
            models.UniqueConstraint(fields=["run", "source_span", "rank"], name="candidate_rank_once"),
            models.CheckConstraint(condition=Q(score__gte=0, score__lte=1), name="candidate_score_in_0_1"),
            models.CheckConstraint(
                condition=Q(probability=None) | Q(probability__gte=0, probability__lte=1),
                name="candidate_probability_in_0_1",
            ),
            models.CheckConstraint(
                condition=(
                    Q(unprojected_reason="", is_relation=False, segment__isnull=False, start_char__lt=F("end_char"))
                    | Q(unprojected_reason="", is_relation=True, segment__isnull=False, start_char__isnull=True)
                    | (
                        ~Q(unprojected_reason="")
                        & Q(segment__isnull=True, start_char__isnull=True, end_char__isnull=True)
                    )
                ),
                name="candidate_span_or_reason",
            ),
        ]
        indexes = [
            models.Index(fields=["item", "run"], name="candidate_of_item"),
            models.Index("run", "label", FormHead("surface"), "id", condition=Q(rank=0), name="candidate_of_form"),
        ]

    def __str__(self) -> str:
        return self.surface or self.unprojected_reason

    @property
    def confidence(self) -> float:
        """The probability, or the score where there is none."""
        return self.score if self.probability is None else self.probability
