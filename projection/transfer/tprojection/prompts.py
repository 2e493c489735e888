"""What the text-to-text model reads and writes: a sentence and empty tags in, the tags with their strings out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from projection.text import is_unspaced
from projection.types import Segment

EMPTY = "[None]"
"""What stands between the tags of the input."""

TAG_NAMES = {"LOC": "Location", "PER": "Person", "ORG": "Organization", "MISC": "Miscellaneous"}
"""Labels that the published system writes out; others are used as they are."""


def sentence_text(segment: Segment, start_token: int = 0, end_token: int | None = None) -> str:
    """Tokens of a tokenised segment as the model sees them: joined by blanks, as published.

    In languages written without blanks between words the text stays as it is.
    """
    tokens = segment.tokens[start_token:end_token]
    if is_unspaced(segment.lang):
        return segment.text[tokens[0].start_char : tokens[-1].end_char] if tokens else ""
    return " ".join(segment.text[start:end] for start, end in tokens)


def tag_name(label: str) -> str:
    """The name of a label as the model sees it."""
    return TAG_NAMES.get(label, label)


def tagged(name: str, text: str) -> str:
    """A text between the start and the end tag of a name."""
    return f"<{name}>{text}</{name}>"


def make_input(text: str, labels: Iterable[str]) -> str:
    """The sentence, a blank, and an empty tag for each source span, without blanks between them.

    Args:
        text: the sentence in which the labels are looked for.
        labels: of the source spans, in source order.
    """
    return f"{text} " + "".join(tagged(tag_name(label), EMPTY) for label in labels)


def make_output(found: Iterable[tuple[str, str]]) -> str:
    """The tags with their strings: what the model learns to write. `found` are pairs of label and text."""
    return "".join(tagged(tag_name(label), text) for label, text in found)


def tag_tokens(labels: Iterable[str]) -> list[str]:
    """The start and end tags of the labels, each of which should be one token of the model; sorted by label."""
    names: Sequence[str] = sorted({tag_name(label) for label in labels})
    return [tag for name in names for tag in (f"<{name}>", f"</{name}>")]
