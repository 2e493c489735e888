"""Panels of machines that vote on the same labels: who votes, what each said, what the panel makes of it."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from annotator.models.accounts import User
from annotator.models.candidates import Run
from annotator.models.items import Item, SourceSpan
from annotator.models.jobs import Job
from annotator.models.projects import Project


class EndpointKey(models.Model):
    """A key of a chat endpoint. Only its encrypted form is stored; it is never shown, logged or exported."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="endpoint_keys")
    name = models.CharField(max_length=100)
    secret = models.TextField()
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["name"]
        constraints = [models.UniqueConstraint(fields=["project", "name"], name="endpoint_key_name_once")]

    def __str__(self) -> str:
        return self.name


class Panel(models.Model):
    """Voters that are asked about the same layers, in any of the project's target languages."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="panels")
    name = models.CharField(max_length=100)
    # {"layers": [ids], "n_context", "shows_source_labels", "judges"}; see `services.panels.Asked`.
    asked = models.JSONField(default=dict)
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-id"]
        constraints = [models.UniqueConstraint(fields=["project", "name"], name="panel_name_once")]

    def __str__(self) -> str:
        return self.name


class Voter(models.Model):
    """One machine of a panel with its settings; these do not change once it has voted."""

    class Kind(models.TextChoices):
        CHAT = "chat", _("chat endpoint")
        LOCAL = "local", _("model on this server")
        RUN = "run", _("projection run")
        RECORDED = "recorded", _("recorded replies")
        FILE = "file", _("file of ballots")

    panel = models.ForeignKey(Panel, on_delete=models.CASCADE, related_name="voters")
    # Unique in the panel; what chips and reports call it.
    name = models.CharField(max_length=100)
    kind = models.CharField(max_length=20, choices=Kind)
    # Voters of one family err together.
    family = models.CharField(max_length=100)
    model = models.CharField(max_length=300, blank=True)
    # What its kind needs, without secrets; see docs/voters.md.
    settings = models.JSONField(default=dict, blank=True)
    key = models.ForeignKey(EndpointKey, on_delete=models.SET_NULL, null=True, blank=True, related_name="voters")
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["position", "id"]
        constraints = [
            models.UniqueConstraint(fields=["panel", "name"], name="voter_name_once"),
            models.CheckConstraint(
                condition=Q(kind__in=["chat", "local", "run", "recorded", "file"]), name="voter_kind_known"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class VoterRun(models.Model):
    """The run in which a voter votes on the items of one language; the newest one of a language counts."""

    voter = models.ForeignKey(Voter, on_delete=models.CASCADE, related_name="voter_runs")
    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="voter_runs")
    tgt_lang = models.CharField(max_length=35)
    # The run whose candidates it judges, where the panel judges.
    judged_run = models.ForeignKey(Run, on_delete=models.RESTRICT, null=True, blank=True, related_name="+")
    # Recorded replies, or ballots made elsewhere.
    file = models.FileField(upload_to="panels/", max_length=300, blank=True)
    # What in the file could not be used.
    report = models.JSONField(default=dict, blank=True)

    class Meta:
        ordering = ["-id"]
        constraints = [models.UniqueConstraint(fields=["voter", "run"], name="voter_run_once")]

    def __str__(self) -> str:
        return f"{self.voter} in run {self.run_id}"


class Ballot(models.Model):
    """All that one voter answered on one item, raw replies included. Immutable."""

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="ballots")
    item = models.ForeignKey(Item, on_delete=models.CASCADE, related_name="ballots")
    # The parts of `projection.vote.records`: votes apart, which are read most; then replies, problems, checks, ...
    votes = models.JSONField(default=list)
    rest = models.JSONField(default=dict)
    # Versions of the item's texts by position, that the offsets count in.
    versions = models.JSONField(default=list)
    n_requests = models.PositiveIntegerField(default=0)
    n_input_tokens = models.PositiveBigIntegerField(default=0)
    n_output_tokens = models.PositiveBigIntegerField(default=0)
    cost = models.FloatField(default=0.0)
    seconds = models.FloatField(default=0.0)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["run", "item"], name="ballot_once")]

    def __str__(self) -> str:
        return f"ballot on item {self.item_id} in run {self.run_id}"


class Tally(models.Model):
    """A rule applied to the ballots that a panel has; its verdicts are the candidates of its run."""

    panel = models.ForeignKey(Panel, on_delete=models.CASCADE, related_name="tallies")
    run = models.OneToOneField(Run, on_delete=models.CASCADE, related_name="tally")
    # As `projection.vote.aggregate.rules.Rule`.
    rule = models.JSONField(default=dict)
    voter_runs = models.ManyToManyField(VoterRun, related_name="tallies")

    class Meta:
        ordering = ["-id"]
        verbose_name_plural = "tallies"

    def __str__(self) -> str:
        return f"tally {self.pk} of {self.panel}"


class Verdict(models.Model):
    """What a panel says on one source label. Immutable."""

    tally = models.ForeignKey(Tally, on_delete=models.CASCADE, related_name="verdicts")
    item = models.ForeignKey(Item, on_delete=models.CASCADE, related_name="verdicts")
    source_span = models.ForeignKey(SourceSpan, on_delete=models.CASCADE, related_name="verdicts")
    # [{"voters": [names], "weight", "span": {...} or null}, ...], the heaviest first.
    options = models.JSONField(default=list)
    n_voters = models.PositiveSmallIntegerField()
    is_agreed = models.BooleanField()
    is_tie = models.BooleanField(default=False)
    probability = models.FloatField(null=True, blank=True)
    # Of the weights of the options and the missing votes, in bits.
    entropy = models.FloatField(default=0.0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tally", "source_span"], name="verdict_once"),
            models.CheckConstraint(condition=~Q(is_agreed=True, is_tie=True), name="verdict_tie_is_contested"),
        ]
        indexes = [models.Index(fields=["tally", "is_agreed", "item"], name="verdict_contested")]

    def __str__(self) -> str:
        return f"verdict on source span {self.source_span_id} in tally {self.tally_id}"


class Evaluation(models.Model):
    """Items that people review to measure a tally: a random sample of the agreed, and contested ones."""

    tally = models.OneToOneField(Tally, on_delete=models.CASCADE, related_name="evaluation")
    seed = models.PositiveIntegerField()
    # Whether reviewers do not see what machines said.
    is_blind = models.BooleanField(default=False)
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"evaluation of tally {self.tally_id}"


class EvaluationItem(models.Model):
    """One item of an evaluation, and why it is in it."""

    class Stratum(models.TextChoices):
        AGREED = "agreed", _("agreed")
        CONTESTED = "contested", _("contested")

    evaluation = models.ForeignKey(Evaluation, on_delete=models.CASCADE, related_name="items")
    item = models.ForeignKey(Item, on_delete=models.CASCADE, related_name="+")
    stratum = models.CharField(max_length=10, choices=Stratum)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["evaluation", "item"], name="evaluation_item_once")]

    def __str__(self) -> str:
        return f"item {self.item_id} of {self.evaluation_id}"


class Trial(models.Model):
    """A panel tried on a few items before it is asked about all: what it was sent, and what it answered."""

    panel = models.ForeignKey(Panel, on_delete=models.CASCADE, related_name="trials")
    job = models.OneToOneField(Job, on_delete=models.PROTECT, related_name="trial")
    tgt_lang = models.CharField(max_length=35)
    item_ids = models.JSONField(default=list)
    # Names of the voters asked; and by voter and item what came of it, as `services.trials` writes it.
    voters = models.JSONField(default=list)
    answers = models.JSONField(default=dict)
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"trial {self.pk} of {self.panel}"


class KeptReply(models.Model):
    """A reply by the hash of what was sent, so that nothing is asked twice. Immutable."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="+")
    key = models.CharField(max_length=64)
    source = models.CharField(max_length=200)
    value = models.TextField()
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name_plural = "kept replies"
        constraints = [models.UniqueConstraint(fields=["project", "key"], name="kept_reply_once")]

    def __str__(self) -> str:
        return self.key
