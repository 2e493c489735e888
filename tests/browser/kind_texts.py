"""Small projects of every kind for the browser, as `tests.annotator.kinds` describes them; texts are our own."""

from __future__ import annotations

from typing import Any

Json = dict[str, Any]


def pair(source: str, target: str, role: str = "text") -> list[list[str]]:
    return [["source", role, source], ["target", role, target]]


def tags(source: list[str], to: list[int | None], *, changed: dict[int, str] | None = None) -> list[Json]:
    """A tag for each source word, the word that it should go to, and where the machine has another label."""
    labels = {**dict(enumerate(source)), **(changed or {})}
    return [
        {"layer": "upos", "label": tag, "word": at, "to": to[at], "to_label": labels[at]}
        for at, tag in enumerate(source)
    ]


UPOS = ["NOUN", "VERB", "ADJ", "ADV", "PROPN", "PRON", "DET", "ADP", "AUX", "PUNCT", "NUM"]
TOKENS: Json = {
    "lang": "de",
    "layers": [{"name": "upos", "kind": "token", "labels": UPOS}],
    "items": [
        {
            "segments": pair("The red boat leaves at noon .", "Das rote Boot fährt mittags ab ."),
            "spans": tags(
                ["DET", "ADJ", "NOUN", "VERB", "ADP", "NOUN", "PUNCT"],
                [0, 1, 2, 3, None, 4, 6],
            ),
        },
        {
            "segments": pair("The boat is new .", "Das Boot ist neu ."),
            "spans": tags(["DET", "NOUN", "AUX", "ADJ", "PUNCT"], [0, 1, 2, 3, 4], changed={1: "VERB"}),
        },
    ],
}
# The separated prefix and the dash have tags without a word of the source.
TOKENS_ALONE: Json = {
    "lang": "de",
    "layers": TOKENS["layers"],
    "items": [
        {
            "segments": pair("The boat leaves .", "Das Boot fährt – ab ."),
            "spans": tags(["DET", "NOUN", "VERB", "PUNCT"], [0, 1, 2, 5]),
            "tags": [
                {"layer": "upos", "word": 3, "labels": ["PUNCT"]},
                {"layer": "upos", "word": 4, "labels": ["ADP", "ADV"]},
            ],
        },
        {
            "segments": pair("It leaves .", "Es fährt ab ."),
            "spans": tags(["PRON", "VERB", "PUNCT"], [0, 1, 3]),
            "tags": [{"layer": "upos", "word": 2, "labels": ["ADP"]}],
        },
    ],
}
TOKENS_AR: Json = {
    "lang": "ar",
    "layers": TOKENS["layers"],
    "items": [
        {
            "segments": pair("The red boat leaves at noon .", "يغادر القارب الأحمر عند الظهر ."),
            "spans": tags(["DET", "ADJ", "NOUN", "VERB", "ADP", "NOUN", "PUNCT"], [None, 2, 1, 0, 3, 4, 5]),
        }
    ],
}
CLASSES: Json = {
    "lang": "de",
    "layers": [
        {"name": "topic", "kind": "class", "labels": ["sport", "science", "travel"]},
        {"name": "tone", "kind": "class", "labels": ["calm", "angry", "amused"], "choice": "multiple"},
    ],
    "items": [
        {
            "segments": pair("The tide tables were wrong again!", "Die Gezeitentafeln waren schon wieder falsch!"),
            "spans": [
                {"layer": "topic", "label": "science", "to_label": "travel"},
                {"layer": "tone", "label": "angry"},
            ],
        },
        {
            "segments": pair("A calm sea and a fair wind.", "Ruhige See und guter Wind."),
            "spans": [{"layer": "topic", "label": "travel"}, {"layer": "tone", "label": "calm"}],
        },
    ],
}
RELATIONS: Json = {
    "lang": "de",
    "layers": [
        {"name": "entities", "kind": "span", "labels": ["PER", "LOC", "ORG"]},
        {"name": "relations", "kind": "relation", "labels": ["lives-in", "works-for"]},
    ],
    "items": [
        {
            "segments": pair(
                "Ada Brandt lives in Bremen and works for Nordlys.",
                "Ada Brandt lebt in Bremen und arbeitet für Nordlys.",
            ),
            "spans": [
                {"key": "ada", "layer": "entities", "label": "PER", "text": "Ada Brandt"},
                {"key": "bremen", "layer": "entities", "label": "LOC", "text": "Bremen"},
                {"key": "nordlys", "layer": "entities", "label": "ORG", "text": "Nordlys"},
                {"layer": "relations", "label": "lives-in", "head": "ada", "tail": "bremen"},
            ],
        },
        {
            "segments": pair("Tomas Vale lives in Uppsala.", "Tomas Vale wohnt in Uppsala."),
            "spans": [
                {"key": "tomas", "layer": "entities", "label": "PER", "text": "Tomas Vale"},
                {"key": "uppsala", "layer": "entities", "label": "LOC", "text": "Uppsala"},
                {"layer": "relations", "label": "lives-in", "head": "tomas", "tail": "uppsala"},
            ],
        },
    ],
}
RELATIONS_AR: Json = {
    "lang": "ar",
    "layers": RELATIONS["layers"],
    "items": [
        {
            "segments": pair(
                "Layla Haddad lives in Alexandria and works for the Nile Centre.",
                "تعيش ليلى حداد في الإسكندرية وتعمل في مركز النيل.",
            ),
            "spans": [
                {"key": "layla", "layer": "entities", "label": "PER", "text": "Layla Haddad", "to": ["ليلى حداد"]},
                {"key": "alex", "layer": "entities", "label": "LOC", "text": "Alexandria", "to": ["الإسكندرية"]},
                {"key": "nile", "layer": "entities", "label": "ORG", "text": "Nile Centre", "to": ["مركز النيل"]},
                {"layer": "relations", "label": "lives-in", "head": "layla", "tail": "alex"},
                {"layer": "relations", "label": "works-for", "head": "layla", "tail": "nile"},
            ],
        }
    ],
}
ANSWERS: Json = {
    "lang": "de",
    "layers": [{"name": "answers", "kind": "span", "labels": ["answer"], "role": "context", "allows_overlap": True}],
    "items": [
        {
            "segments": [
                ["source", "question", "When does the ferry leave?"],
                ["source", "context", "The ferry leaves at noon from the old harbour. It carries sixty people."],
                ["target", "question", "Wann fährt die Fähre ab?"],
                ["target", "context", "Die Fähre fährt mittags vom alten Hafen ab. Sie fasst sechzig Personen."],
            ],
            "spans": [{"layer": "answers", "label": "answer", "text": "at noon", "at": 1, "to": ["fährt mittags"]}],
        },
        {
            "segments": [
                ["source", "question", "How many people does it carry?"],
                ["source", "context", "The ferry carries sixty people."],
                ["target", "question", "Wie viele Personen fasst sie?"],
                ["target", "context", "Die Fähre fasst sechzig Personen."],
            ],
            "spans": [{"layer": "answers", "label": "answer", "text": "sixty", "at": 1, "to": None}],
        },
    ],
}
ANSWERS_TH: Json = {
    "lang": "th",
    "layers": ANSWERS["layers"],
    "items": [
        {
            "segments": [
                ["source", "question", "Where does Somchai live?"],
                ["source", "context", "Somchai lives in Chiang Mai near Doi Suthep."],
                ["target", "question", "สมชายอาศัยอยู่ที่ไหน"],
                ["target", "context", "สมชายอาศัยอยู่ในเชียงใหม่ใกล้ดอยสุเทพ"],
            ],
            "spans": [{"layer": "answers", "label": "answer", "text": "Chiang Mai", "at": 1, "to": ["เชียงใหม่"]}],
        }
    ],
}
TUPLES: Json = {
    "lang": "de",
    "layers": [
        {
            "name": "tuples",
            "kind": "span",
            "labels": ["predicate", "argument"],
            "allows_overlap": True,
            "allows_discontinuous": True,
        },
        {"name": "roles", "kind": "relation", "labels": ["ARG0", "ARG1", "ARG2"]},
    ],
    "items": [
        {
            "segments": pair("The pilot gives the old plan up .", "Der Lotse gibt den alten Plan auf ."),
            "spans": [
                {"key": "p", "layer": "tuples", "label": "predicate", "text": ["gives", "up"], "to": ["gibt"]},
                {"key": "a", "layer": "tuples", "label": "argument", "text": "The pilot", "to": ["Der Lotse"]},
                {"key": "b", "layer": "tuples", "label": "argument", "text": "the old plan", "to": ["den alten Plan"]},
                {"layer": "roles", "label": "ARG0", "head": "p", "tail": "a"},
                {"layer": "roles", "label": "ARG1", "head": "p", "tail": "b"},
            ],
        }
    ],
}
DIALOGUE: Json = {
    "lang": "de",
    "layers": [
        {"name": "intent", "kind": "class", "labels": ["greet", "book", "ask-time", "thank"]},
        {"name": "slots", "kind": "span", "labels": ["place", "time"]},
    ],
    "items": [
        {
            "segments": [
                ["source", "user", "Hello there"],
                ["source", "system", "Where would you like to go?"],
                ["source", "user", "Book a ticket to Bremen for Monday"],
                ["source", "user", "Thank you"],
                ["target", "user", "Hallo"],
                ["target", "system", "Wohin möchten Sie fahren?"],
                ["target", "user", "Buche eine Fahrkarte nach Bremen für Montag"],
                ["target", "user", "Danke schön"],
            ],
            "spans": [
                {"layer": "intent", "label": "greet", "at": 0},
                {"layer": "intent", "label": "book", "at": 2, "to_label": "ask-time"},
                {"layer": "slots", "label": "place", "text": "Bremen", "at": 2},
                {"layer": "slots", "label": "time", "text": "Monday", "at": 2, "to": ["für Montag"]},
                {"layer": "intent", "label": "thank", "at": 3},
            ],
        }
    ],
}
RELEVANCE: Json = {
    "lang": "de",
    "layers": [
        {
            "name": "relevance",
            "kind": "class",
            "labels": ["3", "2", "1", "0"],
            "scope": "item",
            "choice": "graded",
        }
    ],
    "items": [
        {
            "segments": [
                ["source", "query", "ferry times"],
                ["source", "passage", passage],
                ["target", "query", "Fährzeiten"],
                ["target", "passage", target],
            ],
            "spans": [{"layer": "relevance", "label": grade}],
        }
        for grade, passage, target in (
            ("3", "The ferry leaves at noon.", "Die Fähre fährt mittags ab."),
            ("1", "The ferry is red.", "Die Fähre ist rot."),
        )
    ],
}
LINKING: Json = {
    "lang": "de",
    "concepts": [["Q1", "Bremen (city)"], ["Q2", "Bremen (state)"], ["Q3", "Uppsala"]],
    "layers": [{"name": "mentions", "kind": "span", "labels": ["mention"], "has_concepts": True}],
    "items": [
        {
            "segments": pair("Bremen wrote to Uppsala.", "Bremen schrieb an Uppsala."),
            "spans": [
                {"layer": "mentions", "label": "mention", "text": "Bremen", "concept": "Q1"},
                {"layer": "mentions", "label": "mention", "text": "Uppsala"},
            ],
        }
    ],
}
NESTED: Json = {
    "lang": "de",
    "layers": [
        {"name": "names", "kind": "span", "labels": ["PER", "LOC", "ORG"], "allows_overlap": True},
        {"name": "parts", "kind": "span", "labels": ["stem", "ending"], "is_by_character": True},
    ],
    "items": [
        {
            "segments": pair("The University of Bremen is open.", "Die Universität Bremen ist geöffnet."),
            "spans": [
                {"layer": "names", "label": "ORG", "text": "University of Bremen", "to": ["Universität Bremen"]},
                {"layer": "names", "label": "LOC", "text": "Bremen"},
                {"layer": "parts", "label": "stem", "text": "open", "to": ["öffn"]},
            ],
        }
    ],
}
ALL: dict[str, Json] = {
    "tokens": TOKENS,
    "tokens-ar": TOKENS_AR,
    "classes": CLASSES,
    "relations": RELATIONS,
    "relations-ar": RELATIONS_AR,
    "answers": ANSWERS,
    "answers-th": ANSWERS_TH,
    "tuples": TUPLES,
    "dialogue": DIALOGUE,
    "relevance": RELEVANCE,
    "linking": LINKING,
    "nested": NESTED,
}
