"""What projects are made for: a table of kinds of work with the layers that each one needs."""

from __future__ import annotations

from dataclasses import dataclass, field

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from annotator.errors import bad_request
from annotator.models import Layer

Kind, Scope, Choice = Layer.Kind, Layer.Scope, Layer.Choice


@dataclass(frozen=True, slots=True)
class LayerPlan:
    """A layer to be made; `labels` are names with what they mean."""

    name: str
    kind: str = Kind.SPAN
    labels: dict[str, str] = field(default_factory=dict)
    is_open: bool = True
    allows_overlap: bool = False
    allows_discontinuous: bool = False
    scope: str = Scope.SEGMENT
    choice: str = Choice.SINGLE
    role: str = ""
    has_concepts: bool = False


@dataclass(frozen=True, slots=True)
class ProjectTemplate:
    """A kind of work.

    Attributes:
        name: as stored in `Project.template`.
        title: for people.
        summary: what is labelled, in one line.
        formats: names of the formats whose files bring such labels, the most usual first.
        layers: in the order in which they are shown.
    """

    name: str
    title: str | Promise
    summary: str | Promise
    formats: tuple[str, ...]
    layers: tuple[LayerPlan, ...]


# Universal part-of-speech tags (universaldependencies.org/u/pos), in their usual order by frequency.
UPOS = {
    "NOUN": "noun",
    "VERB": "verb",
    "ADJ": "adjective",
    "ADV": "adverb",
    "PROPN": "proper noun",
    "PRON": "pronoun",
    "DET": "determiner",
    "ADP": "adposition",
    "AUX": "auxiliary",
    "PUNCT": "punctuation",
    "NUM": "numeral",
    "CCONJ": "coordinating conjunction",
    "SCONJ": "subordinating conjunction",
    "PART": "particle",
    "INTJ": "interjection",
    "SYM": "symbol",
    "X": "other",
}
GRADES = {"3": "answers the query", "2": "answers it in part", "1": "is on its topic", "0": "has nothing to do with it"}

TEMPLATES: dict[str, ProjectTemplate] = {
    each.name: each
    for each in (
        ProjectTemplate(
            "ner",
            _("Named entities"),
            _("Names of people, organisations, places and the like as spans of the text."),
            ("conll", "jsonl"),
            (LayerPlan("entities"),),
        ),
        ProjectTemplate(
            "opinion-targets",
            _("Opinion targets"),
            _("What an opinion is about, as spans of reviews and comments."),
            ("conll", "jsonl"),
            (LayerPlan("targets", labels={"TARGET": "what the opinion is about"}),),
        ),
        ProjectTemplate(
            "argument-mining",
            _("Argument mining"),
            _("Claims and premises as long spans, and which of them supports or attacks which."),
            ("conll", "jsonl"),
            (
                LayerPlan(
                    "components",
                    labels={"Claim": "what the author holds", "Premise": "what is given as a reason or evidence"},
                ),
                LayerPlan(
                    "argument-relations",
                    Kind.RELATION,
                    {"supports": "the head speaks for the tail", "attacks": "the head speaks against the tail"},
                ),
            ),
        ),
        ProjectTemplate(
            "pos",
            _("Parts of speech"),
            _("One universal part-of-speech tag for each token."),
            ("conllu", "jsonl"),
            (LayerPlan("upos", Kind.TOKEN, UPOS, is_open=False),),
        ),
        ProjectTemplate(
            "topic",
            _("Topic of each text"),
            _("One class for each text, such as its topic, sentiment or register."),
            ("table", "tsv", "jsonl"),
            (LayerPlan("topic", Kind.CLASS),),
        ),
        ProjectTemplate(
            "relations",
            _("Relation extraction"),
            _("Entities as spans, and relations that go from one to another."),
            ("jsonl",),
            (LayerPlan("entities", allows_overlap=True), LayerPlan("relations", Kind.RELATION)),
        ),
        ProjectTemplate(
            "qa",
            _("Answers in passages"),
            _("The answer to a question as a span of the passage, with the question beside it."),
            ("squad", "jsonl"),
            (
                LayerPlan(
                    "answers", labels={"answer": "the shortest right answer"}, allows_overlap=True, role="context"
                ),
            ),
        ),
        ProjectTemplate(
            "open-ie",
            _("Open information extraction"),
            _("Predicates and their arguments as spans, with the role of each argument as a relation."),
            ("jsonl",),
            (
                LayerPlan(
                    "tuples",
                    labels={"predicate": "what is said", "argument": "of whom or what it is said"},
                    allows_overlap=True,
                    allows_discontinuous=True,
                ),
                LayerPlan(
                    "roles",
                    Kind.RELATION,
                    {
                        "subject": "from the predicate to who or what does or is it",
                        "object": "from the predicate to who or what it is done to",
                        "place": "from the predicate to where",
                        "time": "from the predicate to when",
                    },
                ),
            ),
        ),
        ProjectTemplate(
            "slots",
            _("Slots and intents"),
            _("The intent of each utterance as its class, and the slots in it as spans."),
            ("conll", "jsonl"),
            (LayerPlan("intent", Kind.CLASS), LayerPlan("slots")),
        ),
        ProjectTemplate(
            "relevance",
            _("Relevance of passages"),
            _("How well a passage answers a query, as one grade for the pair."),
            ("jsonl",),
            (LayerPlan("relevance", Kind.CLASS, GRADES, is_open=False, scope=Scope.ITEM, choice=Choice.GRADED),),
        ),
        ProjectTemplate(
            "linking",
            _("Entity linking"),
            _("Mentions as spans, each with its concept in a terminology that you upload."),
            ("jsonl",),
            (LayerPlan("mentions", has_concepts=True),),
        ),
    )
}


def get_template(name: str) -> ProjectTemplate:
    """A template by name.

    Raises:
        BadRequestError: there is none of that name.
    """
    if name not in TEMPLATES:
        fault = f"There is no project template {name!r}."
        raise bad_request("unknown-template", fault, f"Choose one of {', '.join(TEMPLATES)}.", place="template")
    return TEMPLATES[name]
