"""How people show that they can do the work: their attempts at the qualification items of a language."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from annotator.models.accounts import User
from annotator.models.projects import Project


class Attempt(models.Model):
    """One go of a person at the qualification items of one language; the newest one says whether the person may review.

    Its reviews (kind `qualification`) point to it. Figures are kept as they were when it ended.
    """

    class State(models.TextChoices):
        OPEN = "open", _("under way")
        PASSED = "passed", _("passed")
        FAILED = "failed", _("not passed")

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="attempts")
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="attempts")
    tgt_lang = models.CharField(max_length=35)
    # From 1 in each language.
    number = models.PositiveSmallIntegerField(default=1)
    state = models.CharField(max_length=10, choices=State, default=State.OPEN)
    # The score and the mark that it was held against; null until it has ended, and where a manager let the person pass.
    percent = models.FloatField(null=True, blank=True)
    pass_percent = models.PositiveSmallIntegerField(null=True, blank=True)
    # {"n_items", "kinds": {kind of layer: {"percent", "n_gold", "n_given"}}, "faults": {kind of difference: count}}.
    figures = models.JSONField(default=dict, blank=True)
    # The manager who let the person pass whatever the score.
    let_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["project", "user", "tgt_lang", "number"], name="attempt_number_once"),
            models.UniqueConstraint(
                fields=["project", "user", "tgt_lang"], condition=Q(state="open"), name="attempt_open_once"
            ),
            models.CheckConstraint(condition=Q(state__in=["open", "passed", "failed"]), name="attempt_state_known"),
            models.CheckConstraint(condition=Q(number__gte=1), name="attempt_number_from_1"),
            models.CheckConstraint(
                condition=Q(state="open", finished_at__isnull=True) | (~Q(state="open") & Q(finished_at__isnull=False)),
                name="attempt_finished_when_over",
            ),
            models.CheckConstraint(
                condition=Q(percent__isnull=True) | Q(percent__gte=0, percent__lte=100), name="attempt_percent_0_to_100"
            ),
            models.CheckConstraint(
                condition=~Q(state="failed") | Q(percent__isnull=False), name="attempt_failed_has_score"
            ),
        ]

    def __str__(self) -> str:
        return f"attempt {self.number} of {self.user_id} at {self.tgt_lang}"
