"""Pairs that do not fit: clues, scores and shifts worked by hand."""

from __future__ import annotations

import time

import pytest

from projection.formats.fit import FitList, Shift, find_clues

NAMES = ["Anna", "Boris", "Clara", "David", "Emil", "Frida", "Gustav", "Hanna", "Ivan", "Jonas", "Klara", "Ludwig"]
SOURCES = [f"{name} sails home." for name in NAMES]
TARGETS = [f"{name} segelt heim." for name in NAMES]


def fit_of(sources: list[str], targets: list[str]) -> FitList:
    fits = FitList()
    for source, target in zip(sources, targets, strict=False):
        fits.add(source, target)
    return fits


def find(sources: list[str], targets: list[str]) -> Shift | None:
    return fit_of(sources, targets).find_shift(n_source=len(sources), n_target=len(targets))


@pytest.mark.parametrize(
    ("text", "clues"),
    [
        ("The mayor of Uppsala met 12 men.", ("the", "upps", "12")),
        ("Uppsalassa 12", ("upps", "12")),
        ("في ١٢ مارس؟", ("12", "?")),
        ("ist er da?”", ("?",)),
        ("007 und 7", ("7",)),
        ("I am", ()),
        ("", ()),
    ],
)
def test_clues_are_names_numbers_and_end_signs(text: str, clues: tuple[str, ...]) -> None:
    assert find_clues(text) == clues


class TestScores:
    def test_a_pair_with_the_same_clues_and_the_usual_length_has_1(self) -> None:
        assert fit_of(["Anna is 30."], ["Anna ist 30."]).scores() == [1.0]

    def test_a_pair_without_a_shared_clue_has_half_of_its_length_fit(self) -> None:
        # Lengths with one added are 5 to 4 and 4 to 5, in files of equal length; log(5/4) is 0.2031 of log(3).
        fits = fit_of(["Anna", "Bea"], ["Bea", "Anna"])
        assert fits.scores() == pytest.approx([(1 - 0.2031 + 0) / 2] * 2, abs=1e-4)

    def test_words_of_one_side_only_count_for_nothing(self) -> None:
        # "The" and "Die" occur on one side of the file: Anna alone is compared.
        assert fit_of(["The Anna 1", "xx"], ["Die Anna 1", "xx"]).scores() == [1.0, 1.0]

    def test_the_least_fitting_come_first(self) -> None:
        targets = [*TARGETS]
        targets[3], targets[8] = "Karl segelt heim.", "Ivan segelt heim, und zwar so schnell, wie es nur eben geht."
        assert set(fit_of(SOURCES, targets).worst(2)) == {3, 8}

    def test_equal_ones_stay_in_file_order(self) -> None:
        assert fit_of(["a"] * 4, ["b"] * 4).worst(3) == [0, 1, 2]
        assert FitList().worst(3) == []


class TestShift:
    def test_right_pairs_have_none(self) -> None:
        assert find(SOURCES, TARGETS) is None

    @pytest.mark.parametrize(("missing", "n_for"), [(0, 10), (1, 9), (5, 5), (7, 3)])
    def test_a_line_that_the_target_lacks(self, missing: int, n_for: int) -> None:
        targets = TARGETS[:missing] + TARGETS[missing + 1 :]
        # The source whose target is gone is the first wrong one; each later one of the 11 pairs fits the line before.
        assert find(SOURCES, targets) == Shift(start=missing, end=11, offset=-1, n_for=n_for, n_against=0)

    def test_two_pairs_are_too_few_to_tell(self) -> None:
        assert find(SOURCES, TARGETS[:8] + TARGETS[9:]) is None

    def test_a_line_that_the_source_lacks(self) -> None:
        sources = SOURCES[:5] + SOURCES[6:]
        # Pairs 5 to 9 fit the next line; the partner of the last, pair 10, has no pair of its own.
        assert find(sources, TARGETS) == Shift(start=5, end=11, offset=1, n_for=5, n_against=0)

    def test_two_lines_missing_at_one_place(self) -> None:
        targets = TARGETS[:4] + TARGETS[6:]
        assert find(SOURCES, targets) == Shift(start=4, end=10, offset=-2, n_for=4, n_against=0)

    def test_a_surplus_at_the_end_shifts_nothing(self) -> None:
        assert find(SOURCES, TARGETS[:-1]) is None
        assert find(SOURCES[:-2], TARGETS) is None

    def test_equal_counts_with_a_gap_that_is_made_good_later(self) -> None:
        names = [f"N{number:03}" for number in range(60)]
        targets = [*names[:10], *names[11:41], "Neu", *names[41:]]
        # Sources 11 to 40 fit the line before, source 10 lost its own: 30 votes, and afterwards all fits again.
        found = find(names, targets)
        assert found == Shift(start=10, end=41, offset=-1, n_for=30, n_against=0)

    def test_sentences_alike_tell_nothing(self) -> None:
        assert find(["Anna sails."] * 12, ["Anna segelt."] * 11) is None
        assert find(["it rains"] * 12, ["es regnet"] * 11) is None
        assert find([], []) is None

    def test_a_hundred_thousand_pairs_take_seconds(self) -> None:
        sources = [f"In {number % 977} met Anna {NAMES[number % 12]}." for number in range(100_000)]
        started = time.process_time()
        fits = fit_of(sources, sources[:500] + sources[501:])
        found = fits.find_shift(n_source=100_000, n_target=99_999)
        fits.worst(3)
        assert found is not None
        assert found.start == 500
        assert time.process_time() - started < 15


def test_pairs_share_more_than_strangers_do() -> None:
    assert fit_of(SOURCES, TARGETS).is_paired()
    assert not fit_of(SOURCES, TARGETS[6:] + TARGETS[:6]).is_paired()
    assert not fit_of(["it rains"] * 4, ["es regnet"] * 4).is_paired()
