"""The order in which gaps are filled, and how fast."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from acquisition import planning
from acquisition.planning import CAUTIOUS, NORMAL, STOPPED, Gap, Pace

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


def gap(book_id, group="a", *, position=1.0, missing=1, owned=0, name=""):
    return Gap(
        book_id=book_id,
        group=group,
        series=name or group,
        position=position,
        missing=missing,
        owned=owned,
        author_missing=missing,
    )


def taken(*minutes_ago):
    """The moments of snatches, oldest first."""
    return tuple(sorted(NOW - timedelta(minutes=minutes) for minutes in minutes_ago))


def answer(profile=NORMAL, *minutes_ago, downloading=0, costs_ratio=True, few_missing=False):
    counted = Pace(taken=taken(*minutes_ago), downloading=downloading, now=NOW)
    return planning.pace(profile, counted, costs_ratio=costs_ratio, few_missing=few_missing)


def test_the_series_with_most_missing_goes_first_and_its_books_by_number():
    gaps = [gap(1, "few", missing=1), gap(2, "many", position=7, missing=2), gap(3, "many", position=3, missing=2)]

    ranked = planning.rank(gaps, "most_missing_first")

    assert [row.gap.book_id for row in ranked] == [3, 2, 1]
    assert [row.priority for row in ranked] == [3.0, 2.0, 1.0]


def test_the_series_closest_to_complete_goes_first_under_that_policy():
    gaps = [gap(1, "few", missing=1), gap(2, "many", position=1, missing=2), gap(3, "many", position=2, missing=2)]

    ranked = planning.rank(gaps, "closest_to_complete")

    assert [row.gap.book_id for row in ranked] == [1, 2, 3]


@pytest.mark.parametrize("policy", sorted(planning.POLICIES))
def test_of_two_series_that_lack_as_many_the_one_owned_more_of_goes_first(policy):
    ranked = planning.rank([gap(1, "a", missing=2, owned=1), gap(2, "b", missing=2, owned=9)], policy)

    assert [row.gap.group for row in ranked] == ["b", "a"]


def test_two_series_of_one_name_are_not_mixed():
    ranked = planning.rank([gap(1, "series 1", name="Tales"), gap(2, "series 2", name="Tales")], "most_missing_first")

    assert [row.parts["series_rank"] for row in ranked] == [1, 2]


def test_a_book_without_a_number_comes_after_those_with_one():
    ranked = planning.rank([gap(1, position=None), gap(2, position=0.5), gap(3, position=2)], "most_missing_first")

    assert [row.gap.book_id for row in ranked] == [2, 3, 1]


def test_every_three_series_are_a_phase():
    ranked = planning.rank([gap(n, f"s{n}") for n in range(1, 8)], "most_missing_first")

    assert [row.parts["phase"] for row in ranked] == [1, 1, 1, 2, 2, 2, 3]


def test_a_priority_says_what_it_was_made_of():
    row = planning.rank([gap(1, missing=4, owned=6)], "most_missing_first")[0]

    assert row.parts == {
        "series_rank": 1,
        "phase": 1,
        "missing_in_series": 4,
        "owned_in_series": 6,
        "missing_of_author": 4,
    }
    assert row.gap.total == 10


def test_what_is_next_to_hear_passes_so_many_others_and_says_so():
    gaps = [gap(number, position=number, missing=6) for number in range(1, 6)]
    gaps.append(replace(gap(6, position=6, missing=6), is_next_to_hear=True))

    ranked = planning.rank(gaps, "most_missing_first", places_up=2)

    assert [row.gap.book_id for row in ranked] == [1, 2, 3, 6, 4, 5]
    assert [row.parts.get("next_to_hear_places_up") for row in ranked] == [None, None, None, 2, None, None]


def test_no_place_up_leaves_the_order_and_its_parts_alone():
    gaps = [gap(1, "few", missing=1), gap(2, "many", missing=2), gap(3, "many", position=2, missing=2)]
    heard = [replace(one, is_next_to_hear=True) for one in gaps]

    unheard = planning.rank(gaps, "most_missing_first", places_up=10)
    switched_off = planning.rank(heard, "most_missing_first")

    assert [(row.gap.book_id, row.priority, row.parts) for row in unheard] == [
        (row.gap.book_id, row.priority, row.parts) for row in switched_off
    ]


def test_an_unknown_policy_is_no_policy():
    with pytest.raises(KeyError):
        planning.rank([], "most_expensive_first")


@settings(deadline=None)  # the machine may be busy
@given(
    st.lists(st.tuples(st.integers(1, 5), st.one_of(st.none(), st.floats(0, 99))), max_size=30),
    st.sampled_from(sorted(planning.POLICIES)),
    st.randoms(use_true_random=False),
)
def test_the_order_depends_on_the_gaps_and_not_on_how_they_came(rows, policy, shuffle):
    gaps = [gap(n, f"s{group}", position=position, missing=group) for n, (group, position) in enumerate(rows)]
    mixed = list(gaps)
    shuffle.shuffle(mixed)

    one, other = planning.rank(gaps, policy), planning.rank(mixed, policy)

    assert one == other
    assert {row.gap.book_id for row in one} == set(range(len(gaps)))
    assert len({row.priority for row in one}) == len(gaps)


@pytest.mark.parametrize(
    ("ratio", "profile"),
    [
        (None, STOPPED),
        (0.4, STOPPED),
        (1.0, STOPPED),
        (1.01, CAUTIOUS),
        (1.19, CAUTIOUS),
        (1.2, NORMAL),
        (5.0, NORMAL),
    ],
)
def test_the_ratio_sets_the_pace(ratio, profile):
    assert planning.profile_for(ratio, warning=1.2, emergency=1.0) is profile


def test_the_first_snatch_may_go_at_once():
    first = answer()

    assert first.allowed
    assert first.words == "1 of 5 this hour, 1 of 30 today (normal pace)"


def test_the_next_snatch_waits_its_delay_and_says_until_when():
    waiting = answer(NORMAL, 1)

    assert not waiting.allowed
    assert waiting.words == "60 s until the next snatch (normal pace)"
    assert waiting.not_before == NOW + timedelta(seconds=60)


def test_a_running_download_too_many_holds_the_next_one():
    assert answer(NORMAL, downloading=1).allowed
    assert not answer(NORMAL, downloading=2).allowed
    assert not answer(CAUTIOUS, downloading=1).allowed


@pytest.mark.parametrize(
    ("minutes_ago", "words", "free_after"),
    [
        ([10, 20, 30, 40, 50], "5 of 5 snatches this hour are used (normal pace)", timedelta(minutes=10)),
        (range(61, 91), "30 of 30 snatches today are used (normal pace)", timedelta(minutes=1440 - 90)),
        (range(2000, 2150), "150 of 150 snatches this week are used (normal pace)", timedelta(minutes=10080 - 2149)),
    ],
)
def test_a_used_up_count_holds_until_its_oldest_snatch_is_past(minutes_ago, words, free_after):
    full = answer(NORMAL, *minutes_ago)

    assert not full.allowed
    assert full.words == words
    assert full.not_before == NOW + free_after
    later = Pace(taken=taken(*minutes_ago), downloading=0, now=full.not_before)
    assert planning.pace(NORMAL, later, costs_ratio=True, few_missing=False).allowed


def test_an_author_with_few_missing_skips_the_delay_and_the_hour_but_never_the_day_or_week():
    assert answer(NORMAL, *range(1, 20), downloading=2, few_missing=True).allowed
    assert not answer(NORMAL, *range(1, 31), few_missing=True).allowed
    assert not answer(NORMAL, *range(2000, 2150), few_missing=True).allowed


def test_an_emergency_stops_what_costs_even_for_few_missing_and_slows_the_rest():
    assert not answer(STOPPED).allowed
    assert not answer(STOPPED, few_missing=True).allowed
    assert answer(STOPPED, costs_ratio=False).allowed
    assert not answer(STOPPED, 2, costs_ratio=False).allowed


@settings(deadline=None)  # the machine may be busy
@given(
    st.lists(st.integers(0, 20_000), max_size=160),
    st.integers(0, 4),
    st.sampled_from([NORMAL, CAUTIOUS, STOPPED]),
    st.booleans(),
    st.booleans(),
)
def test_one_more_snatch_never_turns_a_no_into_a_yes(minutes_ago, downloading, profile, costs, few):
    before = answer(profile, *minutes_ago, downloading=downloading, costs_ratio=costs, few_missing=few)

    after = answer(profile, *minutes_ago, 0, downloading=downloading + 1, costs_ratio=costs, few_missing=few)

    assert before.allowed or not after.allowed
    assert before.words
    assert before.not_before is None or before.not_before > NOW
