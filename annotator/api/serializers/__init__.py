"""What the API takes and sends. Serializers check and shape; nothing is written here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from drf_spectacular.utils import extend_schema_field
from langcodes import tag_is_valid
from rest_framework import serializers

# What a form of a browser carries besides its fields.
FORM_EXTRAS = frozenset({"csrfmiddlewaretoken"})

# The largest that databases hold.
MAX_ID = 2**63 - 1

INTERVALS = {
    "type": "array",
    "items": {"type": "array", "items": {"type": "integer"}, "minItems": 2, "maxItems": 2},
    "description": "[[start_char, end_char], ...]: half-open, in Unicode code points of the segment's text.",
    "example": [[0, 9]],
}
LINKS = {
    "type": "array",
    "items": {"type": "array", "items": {"type": "number"}, "minItems": 3, "maxItems": 3},
    "description": "[[source token, target token, probability], ...]: tokens counted from 0.",
    "example": [[0, 0, 0.98]],
}
OBJECT = {"type": "object", "additionalProperties": True}
NUMBERS = {"type": "object", "additionalProperties": {"type": "number"}}


class RequestSerializer(serializers.Serializer[Any]):
    """Input that refuses what it does not know, so that a misspelt field is no silent nothing."""

    def to_internal_value(self, data: Any) -> Any:
        """Check the names first."""
        unknown = sorted(set(data) - set(self.fields) - FORM_EXTRAS) if isinstance(data, Mapping) else []
        if unknown:
            known = ", ".join(self.fields) or "none"
            faults = {
                name: [serializers.ErrorDetail(f"There is no such field; known: {known}.", "unknown-field")]
                for name in unknown
            }
            raise serializers.ValidationError(faults)
        return super().to_internal_value(data)


class NoInput(RequestSerializer):
    """For what takes no input."""


class PageQuery(RequestSerializer):
    """Which page of a list."""

    cursor = serializers.CharField(required=False, help_text="From the address in `next` or `previous`.")
    limit = serializers.IntegerField(required=False, min_value=1, max_value=500, help_text="Rows a page; 100.")


class ProblemSerializer(serializers.Serializer[Any]):
    """Something that is wrong."""

    code = serializers.CharField(help_text="Stable identifier in kebab case, for programs.")
    message = serializers.CharField(help_text="The fault, for people.")
    remedy = serializers.CharField(allow_blank=True, help_text="What can be done about it.")
    place = serializers.CharField(allow_blank=True, help_text="Where it is: a field, an item, a line.")


class ErrorSerializer(ProblemSerializer):
    """The one shape of all errors."""

    problems = ProblemSerializer(many=True, required=False, help_text="Each of several faults.")


class IdField(serializers.IntegerField):
    """Id of a row."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(min_value=1, max_value=MAX_ID, **kwargs)


class LanguageCode(serializers.CharField):
    """A BCP 47 code."""

    def to_internal_value(self, data: Any) -> str:
        """The code, trimmed."""
        code = str(super().to_internal_value(data))
        if not tag_is_valid(code):
            raise serializers.ValidationError(f"{code!r} is not a language code. Give one such as de, pt-BR or th.")
        return code


@extend_schema_field(INTERVALS)
class IntervalsField(serializers.JSONField):
    """Intervals or tokens of a segment."""


@extend_schema_field(LINKS)
class LinksField(serializers.JSONField):
    """Links of an alignment."""


@extend_schema_field(OBJECT)
class ObjectField(serializers.JSONField):
    """A JSON object whose members depend on what it describes."""


@extend_schema_field(NUMBERS)
class NumbersField(serializers.JSONField):
    """Numbers by name."""
