"""Projects with their languages, layers, tagsets, reject reasons and members."""

from __future__ import annotations

from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from annotator.models.accounts import User

LANGUAGE_CODE = RegexValidator(
    r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$", "Give a BCP 47 language code such as de or pt-BR."
)


class Project(models.Model):
    """One annotation campaign: languages, layers, guidelines, members."""

    class Blind(models.TextChoices):
        NONE = "none", _("no items")
        OVERLAP = "overlap", _("items that several people review")
        ALL = "all", _("all items")

    name = models.CharField(max_length=200)
    description = models.TextField(blank=True)
    src_lang = models.CharField(max_length=35, validators=[LANGUAGE_CODE])
    guidelines = models.TextField(blank=True)
    # Seeds the random share of the review queue, so that the same project is sampled the same way again.
    seed = models.PositiveIntegerField(default=1)
    # What the project was made for: a key of the project templates, "" for none.
    template = models.SlugField(max_length=50, blank=True)
    # How many people review an item of the overlap share, each alone; the other items are reviewed by one.
    n_reviews = models.PositiveSmallIntegerField(default=1)
    overlap_percent = models.PositiveSmallIntegerField(default=100)
    # On which items label, score and votes of machines are kept from reviewers until they have decided.
    blind = models.CharField(max_length=10, choices=Blind, default=Blind.NONE)
    # Whether adjudication shows who decided what.
    hides_names = models.BooleanField(default=False)
    # Reviewers whose score on the qualification items is below stay out; null: nobody has to qualify.
    pass_percent = models.PositiveSmallIntegerField(null=True, blank=True)
    # Whether those who qualify are shown the gold of an item once they have decided on it.
    shows_gold = models.BooleanField(default=False)
    # Error categories of translations: [{"code", "text"}, ...].
    error_categories = models.JSONField(default=list, blank=True)
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["name", "id"]
        constraints = [
            models.CheckConstraint(condition=~Q(name=""), name="project_name_given"),
            models.CheckConstraint(condition=Q(n_reviews__gte=1, n_reviews__lte=20), name="project_n_reviews_1_to_20"),
            models.CheckConstraint(condition=Q(overlap_percent__lte=100), name="project_overlap_is_percent"),
            models.CheckConstraint(condition=Q(blind__in=["none", "overlap", "all"]), name="project_blind_known"),
            models.CheckConstraint(
                condition=Q(pass_percent=None) | Q(pass_percent__gte=1, pass_percent__lte=100),
                name="project_pass_is_percent",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class TargetLanguage(models.Model):
    """A language that labels of a project are wanted in."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="target_languages")
    code = models.CharField(max_length=35, validators=[LANGUAGE_CODE])

    class Meta:
        ordering = ["code"]
        constraints = [models.UniqueConstraint(fields=["project", "code"], name="target_language_once")]

    def __str__(self) -> str:
        return self.code


class Layer(models.Model):
    """One kind of annotation with its tagset."""

    class Kind(models.TextChoices):
        SPAN = "span", _("spans")
        RELATION = "relation", _("relations")
        CLASS = "class", _("classes")
        TOKEN = "token", _("token tags")

    class Scope(models.TextChoices):
        SEGMENT = "segment", _("each text")
        ITEM = "item", _("the whole item")

    class Choice(models.TextChoices):
        SINGLE = "single", _("one label")
        MULTIPLE = "multiple", _("any number of labels")
        GRADED = "graded", _("one grade")

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="layers")
    name = models.CharField(max_length=100)
    kind = models.CharField(max_length=20, choices=Kind, default=Kind.SPAN)
    allows_overlap = models.BooleanField(default=False)
    allows_discontinuous = models.BooleanField(default=False)
    # What a class label is about, and how many of them there are; of no meaning to other kinds.
    scope = models.CharField(max_length=10, choices=Scope, default=Scope.SEGMENT)
    choice = models.CharField(max_length=10, choices=Choice, default=Choice.SINGLE)
    # The role of the segments that it is about; "" for all.
    role = models.CharField(max_length=20, blank=True)
    # Whether its edges move by characters instead of tokens, where morphology needs it.
    is_by_character = models.BooleanField(default=False)
    # Whether its spans carry concepts of the terminology.
    has_concepts = models.BooleanField(default=False)
    # An open tagset takes labels that an import brings; a closed one reports them as problems.
    is_open = models.BooleanField(default=True)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["position", "id"]
        constraints = [
            models.UniqueConstraint(fields=["project", "name"], name="layer_name_once"),
            models.CheckConstraint(
                condition=Q(kind__in=["span", "relation", "class", "token"]), name="layer_kind_known"
            ),
            models.CheckConstraint(condition=Q(scope__in=["segment", "item"]), name="layer_scope_known"),
            models.CheckConstraint(condition=Q(choice__in=["single", "multiple", "graded"]), name="layer_choice_known"),
        ]

    def __str__(self) -> str:
        return self.name


class Label(models.Model):
    """One value of a layer's tagset."""

    layer = models.ForeignKey(Layer, on_delete=models.CASCADE, related_name="labels")
    name = models.CharField(max_length=100)
    # Digit on the review screen; the tenth label and later ones have none and are found by type-ahead.
    key = models.CharField(max_length=1, blank=True)
    color = models.CharField(max_length=7, validators=[RegexValidator(r"^#[0-9a-fA-F]{6}$")])
    description = models.TextField(blank=True)
    # Display names by language code, for reviewers who do not read the label's own name.
    translated_names = models.JSONField(default=dict, blank=True)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["position", "id"]
        constraints = [
            models.UniqueConstraint(fields=["layer", "name"], name="label_name_once"),
            models.UniqueConstraint(fields=["layer", "key"], condition=~Q(key=""), name="label_key_once"),
            models.CheckConstraint(condition=Q(key="") | Q(key__regex=r"^[1-9]$"), name="label_key_digit"),
            models.CheckConstraint(condition=~Q(name=""), name="label_name_given"),
        ]

    def __str__(self) -> str:
        return self.name


class RejectReason(models.Model):
    """Why a target label was rejected; the list belongs to the project and grows by versions, never by edits."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="reject_reasons")
    version = models.PositiveSmallIntegerField(default=1)
    key = models.CharField(max_length=1)
    code = models.SlugField(max_length=50)
    text = models.CharField(max_length=200)

    class Meta:
        ordering = ["version", "key"]
        constraints = [
            models.UniqueConstraint(fields=["project", "version", "key"], name="reject_reason_key_once"),
            models.UniqueConstraint(fields=["project", "version", "code"], name="reject_reason_code_once"),
            models.CheckConstraint(condition=Q(key__regex=r"^[1-9]$"), name="reject_reason_key_digit"),
        ]

    def __str__(self) -> str:
        return self.text


class Membership(models.Model):
    """What one person may do in one project; each role includes the ones below it except where access.py says so."""

    class Role(models.TextChoices):
        MANAGER = "manager", _("manager")
        CURATOR = "curator", _("curator")
        REVIEWER = "reviewer", _("reviewer")
        VIEWER = "viewer", _("viewer")

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="memberships")
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="memberships")
    role = models.CharField(max_length=20, choices=Role)
    # The target languages that the person reviews; empty for all.
    tgt_langs = models.JSONField(default=list, blank=True)
    # The browser tab that reviews for this person at the moment; others are read-only until they take over.
    tab = models.UUIDField(null=True, blank=True)
    tab_seen_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = [Lower("user__username")]
        constraints = [
            models.UniqueConstraint(fields=["project", "user"], name="membership_once"),
            models.CheckConstraint(
                condition=Q(role__in=["manager", "curator", "reviewer", "viewer"]), name="membership_role_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} ({self.role})"
