"""Class labels by key: what was said of a source item holds for its translation (SIB-200, Adelani et al. 2024).

No alignment is needed; what matters is that nothing is lost or overwritten on the way. A label given to the target
itself (where the translation breaks the source's label) overrides the copied one and stays apart from it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from projection.errors import Problem


@dataclass(frozen=True, slots=True)
class ClassLabel:
    """The label of one target item.

    Attributes:
        key: of the item, the same in both languages.
        label: the label that holds.
        source_label: the label of the source item, or None where the source has none.
        is_override: whether the label was given to the target itself.
    """

    key: str
    label: str
    source_label: str | None
    is_override: bool = False


@dataclass(frozen=True, slots=True)
class ClassProjection:
    """Labels by key in target order, and what could not be labelled or used."""

    labels: dict[str, ClassLabel]
    problems: list[Problem] = field(default_factory=list)


def project_classes(
    source: Iterable[tuple[str, str]],
    target_keys: Iterable[str],
    *,
    overrides: Mapping[str, str] | None = None,
    place: str = "",
) -> ClassProjection:
    """Copy the label of each source item to the target item with its key.

    Args:
        source: (key, label) of each source item; a key with two different labels is a conflict and labels nothing.
        target_keys: keys of the target items.
        overrides: labels of single target items in this language.
        place: what to call the target in problems (its language, say).

    Returns:
        A label for each target key that has one. Problems: `conflicting-labels`, `duplicate-key` (twice in the
        target), `missing-source` (target without label), `missing-target` (source without target), `unused-override`
        (its key is not in the target).
    """
    given = dict(overrides or {})
    known, problems = _collect(source, place)
    labels: dict[str, ClassLabel] = {}
    asked: set[str] = set()
    for key in target_keys:
        if key in asked:
            problems.append(_problem("duplicate-key", f"The key {key!r} is in the target twice.", place))
            continue
        asked.add(key)
        copied = known.get(key)
        if key in given:
            labels[key] = ClassLabel(key, given[key], copied, is_override=True)
        elif copied is not None:
            labels[key] = ClassLabel(key, copied, copied)
        else:
            problems.append(_problem("missing-source", f"The target item {key!r} has no source label.", place))
    problems += [
        _problem("missing-target", f"The source item {key!r} has no target item.", place)
        for key in known
        if key not in asked
    ]
    problems += [
        _problem("unused-override", f"The target has no item {key!r} for its override.", place)
        for key in given
        if key not in asked
    ]
    return ClassProjection(labels, problems)


def _collect(source: Iterable[tuple[str, str]], place: str) -> tuple[dict[str, str | None], list[Problem]]:
    """The label of each key, None where there are several, and these conflicts."""
    found: dict[str, list[str]] = {}
    for key, label in source:
        if label not in found.setdefault(key, []):
            found[key].append(label)
    conflicts = [
        _problem("conflicting-labels", f"The source item {key!r} has the labels {', '.join(labels)}.", place)
        for key, labels in found.items()
        if len(labels) > 1
    ]
    return {key: labels[0] if len(labels) == 1 else None for key, labels in found.items()}, conflicts


_REMEDIES = {
    "conflicting-labels": "Decide on one label: none was copied.",
    "duplicate-key": "Give each item its own key: the first one was labelled.",
    "missing-source": "Label it by hand, or check the keys.",
    "missing-target": "Its label was not used: check the keys.",
    "unused-override": "It was not used: check the key.",
}


def _problem(code: str, message: str, place: str) -> Problem:
    return Problem(code, message, _REMEDIES[code], place=place)
