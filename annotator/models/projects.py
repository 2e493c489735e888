"""Projects with their languages, layers, tagsets, reject reasons and members."""

from __future__ import annotations

from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower

from annotator.models.accounts import User

LANGUAGE_CODE = RegexValidator(
    r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$", "Give a BCP 47 language code such as de or pt-BR."
)


class Project(models.Model):
    """One annotation campaign: languages, layers, guidelines, members."""

    name = models.CharField(max_length=200)
    description = models.TextField(blank=True)
    src_lang = models.CharField(max_length=35, validators=[LANGUAGE_CODE])
    guidelines = models.TextField(blank=True)
    # Seeds the random share of the review queue, so that the same project is sampled the same way again.
    seed = models.PositiveIntegerField(default=1)
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["name", "id"]
        constraints = [models.CheckConstraint(condition=~Q(name=""), name="project_name_given")]

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
        SPAN = "span", "spans"
        RELATION = "relation", "relations"
        CLASS = "class", "classes"
        TOKEN = "token", "token tags"

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="layers")
    name = models.CharField(max_length=100)
    kind = models.CharField(max_length=20, choices=Kind, default=Kind.SPAN)
    allows_overlap = models.BooleanField(default=False)
    allows_discontinuous = models.BooleanField(default=False)
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
        MANAGER = "manager", "manager"
        CURATOR = "curator", "curator"
        REVIEWER = "reviewer", "reviewer"
        VIEWER = "viewer", "viewer"

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="memberships")
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="memberships")
    role = models.CharField(max_length=20, choices=Role)
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
