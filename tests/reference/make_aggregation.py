"""Figures of crowd-kit 1.4.2 on random answers of our own and on the crowd sets.

Writes `tests/projection/vote/aggregation_reference.json`, which the tests compare with. Of the crowd sets only figures
are kept: accuracies (a worker who answers a question again counts again, as in crowd-kit), and two hexadecimal digits
of a hash for each question and its label, so that labels can be compared and not read. To make it again, in an
environment of its own:

    pip install crowd-kit==1.4.2
    python tests/reference/make_aggregation.py ../shared/data/crowd-agreement

Questions, workers and answers are numbered by first appearance: MACE of crowd-kit takes the strategies of workers and
labels in sorted order, but everything else in order of appearance, so that other names would be mixed up.
"""

from __future__ import annotations

import csv
import hashlib
import json
import sys
from pathlib import Path

import numpy as np
import pandas as pd
from crowdkit.aggregation import GLAD, MACE, DawidSkene, MajorityVote, OneCoinDawidSkene

SETS = ("weather-cf", "linking-us", "weather-amt", "linking-in")
RULES = {
    "plurality": MajorityVote,
    "dawid-skene": lambda: DawidSkene(n_iter=100),
    "one-coin": lambda: OneCoinDawidSkene(n_iter=100),
    "mace": lambda: MACE(),
    "glad": lambda: GLAD(),
}
TARGET = Path(__file__).parent.parent / "projection" / "vote" / "aggregation_reference.json"


def number(names: list[str]) -> tuple[np.ndarray, list[str]]:
    codes, known = pd.factorize(np.array(names, dtype=object))
    return codes, list(known)


def estimate(rule: str, frame: pd.DataFrame) -> tuple[np.ndarray, int]:
    """Probabilities, shape (questions, classes), and the rounds that were run.

    Dawid-Skene of crowd-kit ends after two to five rounds, because its bound counts the prior once an answer and falls.
    """
    model = RULES[rule]()
    probabilities = model.fit_predict_proba(frame)
    found = probabilities.sort_index(axis=0).sort_index(axis=1).fillna(0.0).to_numpy()
    return found, len(getattr(model, "loss_history_", ()))


def measure_set(folder: Path, name: str) -> dict[str, object]:
    with (folder / f"{name}.answer.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    with (folder / f"{name}.truth.csv").open(encoding="utf-8", newline="") as file:
        truth = {row["question"]: row["truth"] for row in csv.DictReader(file)}
    tasks, questions = number([row["question"] for row in rows])
    workers, _ = number([row["worker"] for row in rows])
    answers, labels = number([row["answer"] for row in rows])
    frame = pd.DataFrame({"task": tasks, "worker": workers, "label": answers})
    figures: dict[str, object] = {}
    for rule in RULES:
        found, n_rounds = estimate(rule, frame)
        chosen = [labels[index] for index in found.argmax(axis=1)]
        figures[rule] = {
            "accuracy": 100.0 * np.mean([truth[q] == label for q, label in zip(questions, chosen, strict=True)]),
            "n_rounds": n_rounds,
            "mean_top": float(found.max(axis=1).mean()),
            "labels": "".join(
                hashlib.sha256(f"{question}\t{label}".encode()).hexdigest()[:2]
                for question, label in sorted(zip(questions, chosen, strict=True))
            ),
        }
        print(name, rule, figures[rule]["accuracy"])
    return figures


def make_random() -> list[list[int]]:
    """60 questions of three classes, nine workers from good to random, a third of the cells missing."""
    random = np.random.default_rng(5)
    truth = random.integers(0, 3, 60)
    skill = np.array([0.95, 0.9, 0.8, 0.8, 0.7, 0.6, 0.5, 0.4, 0.34])
    right = random.random((60, 9)) < skill
    wrong = (truth[:, None] + random.integers(1, 3, (60, 9))) % 3
    answers = np.where(right, truth[:, None], wrong)
    answers[random.random((60, 9)) < 1 / 3] = -1
    answers[np.arange(60), np.arange(60) % 9] = np.where(
        answers[np.arange(60), np.arange(60) % 9] < 0, truth, answers[np.arange(60), np.arange(60) % 9]
    )
    return answers.tolist()


def measure_random(answers: list[list[int]]) -> dict[str, object]:
    rows = [(q, w, a) for q, row in enumerate(answers) for w, a in enumerate(row) if a >= 0]
    tasks, questions = number([str(row[0]) for row in rows])
    workers, _ = number([str(row[1]) for row in rows])
    codes, labels = number([str(row[2]) for row in rows])
    frame = pd.DataFrame({"task": tasks, "worker": workers, "label": codes})
    back = np.argsort([int(label) for label in labels])
    assert questions == [str(n) for n in range(len(answers))], "every question needs an answer"
    found = {rule: estimate(rule, frame) for rule in RULES}
    return {
        rule: {"n_rounds": n_rounds, "probabilities": table[:, back].round(6).tolist()}
        for rule, (table, n_rounds) in found.items()
    }


def main() -> None:
    folder = Path(sys.argv[1])
    answers = make_random()
    record = {
        "made_by": {"crowd-kit": "1.4.2"},
        "random": {"answers": answers, "rules": measure_random(answers)},
        "sets": {name: measure_set(folder, name) for name in SETS},
    }
    TARGET.write_text(json.dumps(record, separators=(",", ":")) + "\n", "utf-8")


if __name__ == "__main__":
    main()
