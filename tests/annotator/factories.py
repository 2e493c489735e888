"""Rows for tests, made the short way; texts are our own."""

from __future__ import annotations

import itertools

from annotator.models import Document, Import, Item, Membership, Project, Segment, SourceSpan, User
from annotator.services.projects import add_labels, create_project
from projection.types import Interval

_numbers = itertools.count(1)

SENTENCES = (
    ("Ada Brandt opened the harbour museum in Bremen .", "Ada Brandt eröffnete das Hafenmuseum in Bremen ."),
    ("The council met in Uppsala on Monday .", "Der Rat tagte am Montag in Uppsala ."),
    ("Tomas Vale sails for Nordlys .", "Tomas Vale segelt für Nordlys ."),
)
SPANS = (
    (("PER", "Ada Brandt"), ("LOC", "Bremen")),
    (("LOC", "Uppsala"),),
    (("PER", "Tomas Vale"), ("ORG", "Nordlys")),
)


def make_user(username: str = "") -> User:
    return User.objects.create_user(username or f"user{next(_numbers)}", password="a long password")


def make_project(
    *, manager: User | None = None, name: str = "Harbour news", tgt_langs: tuple[str, ...] = ("de",)
) -> Project:
    return create_project(actor=manager or make_user(), name=name, src_lang="en", tgt_langs=tgt_langs)


def make_member(project: Project, role: str, *, username: str = "") -> User:
    user = make_user(username)
    Membership.objects.create(project=project, user=user, role=role)
    return user


def word_tokens(text: str) -> list[list[int]]:
    """Intervals of the words of a text that is tokenised with single blanks."""
    tokens, start = [], 0
    for word in text.split(" "):
        tokens.append([start, start + len(word)])
        start += len(word) + 1
    return tokens


def find_interval(text: str, surface: str) -> Interval:
    start = text.index(surface)
    return Interval(start, start + len(surface))


def make_items(
    project: Project,
    *,
    sentences: tuple[tuple[str, str], ...] = SENTENCES,
    spans: tuple[tuple[tuple[str, str], ...], ...] = SPANS,
    tgt_lang: str = "de",
    n: int | None = None,
) -> list[Item]:
    """Items with one source and one target segment each; sentences repeat when `n` asks for more."""
    document, _ = Document.objects.get_or_create(project=project, name="harbour")
    record = Import.objects.create(
        project=project,
        state="done",
        tgt_lang=tgt_lang,
        fingerprint=f"{next(_numbers):064}",
        created_by=project.created_by,
    )
    layer = project.layers.get()
    labels = add_labels(layer, names=sorted({label for group in spans for label, _ in group}))
    items = []
    first = project.items.filter(tgt_lang=tgt_lang).count()
    for index in range(n or len(sentences)):
        (src_text, tgt_text), group = sentences[index % len(sentences)], spans[index % len(sentences)]
        number = first + index
        item = Item.objects.create(
            project=project,
            document=document,
            imported_by=record,
            external_id=f"h{number + 1}",
            tgt_lang=tgt_lang,
            position=number,
            shuffle_key=(number * 0.618) % 1,
        )
        source = Segment.objects.create(
            item=item, side="source", lang=project.src_lang, position=0, text=src_text, tokens=word_tokens(src_text)
        )
        Segment.objects.create(
            item=item, side="target", lang=tgt_lang, position=1, text=tgt_text, tokens=word_tokens(tgt_text)
        )
        for position, (label, surface) in enumerate(group):
            interval = find_interval(src_text, surface)
            SourceSpan.objects.create(
                item=item,
                segment=source,
                layer=layer,
                label=labels[label],
                key=f"s{position + 1}",
                intervals=[list(interval)],
                start_char=interval.start_char,
                end_char=interval.end_char,
                surface=surface,
                position=position,
            )
        items.append(item)
    return items
