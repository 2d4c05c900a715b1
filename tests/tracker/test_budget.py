"""The account's rules: what may be taken, and what never."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tracker import budget
from tracker.budget import Cost, Hold, Rules, Standing

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
GIB = 1024**3
RULES = Rules(emergency_ratio=1.0, floor_after_snatch=1.10, unsatisfied_margin=5, oldest_reading=timedelta(minutes=15))
HEALTHY = Standing(
    read_at=NOW,
    ratio=2.4,
    uploaded_bytes=2_400 * GIB,
    downloaded_bytes=1_000 * GIB,
    unsatisfied_count=10,
    unsatisfied_limit=150,
    hit_and_runs=0,
    is_vip=True,
    vip_until=NOW + timedelta(days=40),
    recent_snatches=0,
    recent_paid_bytes=0,
)
PAID = Cost(size_bytes=GIB, costs_ratio=True, is_free_only_as_vip=False)
FREE = Cost(size_bytes=GIB, costs_ratio=False, is_free_only_as_vip=False)
FREE_AS_VIP = Cost(size_bytes=GIB, costs_ratio=False, is_free_only_as_vip=True)

maybe_count = st.one_of(st.none(), st.integers(0, 300))
maybe_bytes = st.one_of(st.none(), st.integers(0, 4_000 * GIB))
standings = st.builds(
    Standing,
    read_at=st.timedeltas(timedelta(0), timedelta(minutes=30)).map(lambda age: NOW - age),
    ratio=st.one_of(st.none(), st.floats(0, 20)),
    uploaded_bytes=maybe_bytes,
    downloaded_bytes=maybe_bytes,
    unsatisfied_count=maybe_count,
    unsatisfied_limit=maybe_count,
    hit_and_runs=st.one_of(st.none(), st.integers(0, 3)),
    is_vip=st.booleans(),
    vip_until=st.one_of(st.none(), st.timedeltas(timedelta(days=-2), timedelta(days=90)).map(lambda left: NOW + left)),
    recent_snatches=st.integers(0, 20),
    recent_paid_bytes=st.integers(0, 100 * GIB),
)
near_healthy = st.builds(
    lambda ratio, unsatisfied, recent, paid: replace(
        HEALTHY,
        ratio=ratio,
        uploaded_bytes=int(ratio * 1_000) * GIB,
        unsatisfied_count=unsatisfied,
        recent_snatches=recent,
        recent_paid_bytes=paid,
    ),
    st.floats(0.9, 2.0),
    st.integers(120, 150),
    st.integers(0, 10),
    st.integers(0, 500 * GIB),
)
standings = st.one_of(near_healthy, standings)
costs = st.builds(
    Cost, size_bytes=st.integers(0, 50 * GIB), costs_ratio=st.booleans(), is_free_only_as_vip=st.booleans()
)


def weigh(cost, standing=HEALTHY, **changes):
    return budget.weigh(cost, replace(standing, **changes) if changes else standing, RULES, now=NOW)


def test_a_healthy_account_may_take_a_paid_release_and_is_told_what_it_costs():
    answer = weigh(PAID)

    assert answer.allowed
    assert answer.hold == Hold.NONE
    assert "ratio 2.40 would become 2.40; the floor is 1.10" in answer.reason


def test_an_account_that_was_never_read_takes_nothing():
    answer = budget.weigh(FREE, None, RULES, now=NOW)

    assert not answer.allowed
    assert answer.reason == "the account has never been read: connect the tracker first"


def test_an_old_reading_decides_nothing():
    answer = weigh(FREE, read_at=NOW - timedelta(minutes=16))

    assert not answer.allowed
    assert answer.reason == "the last account reading is 16 minutes old: read it again"


@pytest.mark.parametrize(
    ("ratio", "hold"), [(1.0, Hold.RATIO), (0.5, Hold.RATIO), (None, Hold.RATIO), (1.5, Hold.NONE)]
)
def test_an_emergency_or_an_unknown_ratio_holds_what_costs(ratio, hold):
    assert weigh(PAID, ratio=ratio).hold == hold
    assert weigh(FREE, ratio=ratio).allowed


def test_a_snatch_must_leave_the_ratio_at_the_floor_exactly():
    just = Cost(size_bytes=1_000 * GIB, costs_ratio=True, is_free_only_as_vip=False)

    assert weigh(just, uploaded_bytes=2_200 * GIB, ratio=2.2).allowed
    assert not weigh(just, uploaded_bytes=2_200 * GIB - 1, ratio=2.2).allowed


def test_our_own_recent_snatches_count_before_the_tracker_shows_them():
    assert weigh(PAID, unsatisfied_count=144).allowed
    held = weigh(FREE, unsatisfied_count=143, recent_snatches=2)

    assert held.hold == Hold.UNSATISFIED
    assert held.reason == "146 of 150 unsatisfied slots with this one; 5 stay free"
    assert not weigh(PAID, downloaded_bytes=2_000 * GIB, ratio=1.2, recent_paid_bytes=200 * GIB).allowed


def test_an_unknown_unsatisfied_count_holds_even_what_is_free():
    assert weigh(FREE, unsatisfied_count=None).hold == Hold.UNSATISFIED
    assert weigh(FREE, unsatisfied_limit=None).hold == Hold.UNSATISFIED


def test_a_hit_and_run_in_sight_lets_only_free_releases_through():
    assert weigh(PAID, hit_and_runs=1).hold == Hold.RATIO
    assert weigh(FREE, hit_and_runs=1).allowed


def test_a_release_free_to_vip_counts_as_paid_when_vip_ends_within_a_day():
    ending = {"vip_until": NOW + timedelta(hours=20), "ratio": 0.9}

    assert weigh(FREE_AS_VIP, ratio=0.9).allowed
    assert weigh(FREE_AS_VIP, **ending).hold == Hold.RATIO
    assert weigh(FREE, **ending).allowed


def test_an_account_that_downloaded_nothing_has_room_for_its_first_release():
    first = weigh(PAID, downloaded_bytes=0, uploaded_bytes=5 * GIB, ratio=999_999.0)

    assert first.allowed
    assert budget.ratio_after(replace(HEALTHY, downloaded_bytes=0), 0) == float("inf")


def test_an_answer_is_stored_with_every_rule():
    stored = weigh(PAID, hit_and_runs=2).as_json()

    assert stored["allowed"] is False
    assert stored["hold"] == "ratio"
    assert [check["name"] for check in stored["checks"]] == ["vip", "ratio", "hit_and_run", "unsatisfied"]


UNKNOWN = ("ratio", "uploaded_bytes", "downloaded_bytes", "unsatisfied_count", "unsatisfied_limit", "hit_and_runs")


@pytest.mark.parametrize("unknown", UNKNOWN)
def test_a_healthy_account_with_one_number_unknown_takes_nothing_that_costs(unknown):
    answer = weigh(PAID, **{unknown: None})

    assert not answer.allowed
    assert "not known" in answer.reason


def test_a_release_of_unknown_size_is_taken_only_when_it_costs_nothing():
    assert weigh(replace(PAID, size_bytes=None)).reason == "its size is not known, so neither is what it would cost"
    assert weigh(replace(FREE, size_bytes=None)).allowed


@settings(deadline=None)  # the machine may be busy
@given(costs, standings, st.sampled_from(UNKNOWN))
def test_what_is_not_known_never_allows_a_paid_release(cost, standing, unknown):
    paid = replace(cost, costs_ratio=True)

    assert not weigh(paid, replace(standing, **{unknown: None})).allowed


@settings(deadline=None)  # the machine may be busy
@given(costs, standings, st.integers(0, 50))
def test_more_unsatisfied_torrents_never_turn_a_no_into_a_yes(cost, standing, more):
    count = standing.unsatisfied_count
    worse = replace(standing, unsatisfied_count=None if count is None else count + more)

    assert weigh(cost, standing).allowed or not weigh(cost, worse).allowed


@settings(deadline=None)  # the machine may be busy
@given(costs, standings, st.integers(0, 200 * GIB), st.integers(0, 5))
def test_more_taken_lately_never_turns_a_no_into_a_yes(cost, standing, more_bytes, more_snatches):
    worse = replace(
        standing,
        recent_paid_bytes=standing.recent_paid_bytes + more_bytes,
        recent_snatches=standing.recent_snatches + more_snatches,
    )

    assert weigh(cost, standing).allowed or not weigh(cost, worse).allowed


@settings(deadline=None)  # the machine may be busy
@given(costs, standings, st.integers(0, 50 * GIB))
def test_a_larger_release_is_never_allowed_where_a_smaller_one_is_not(cost, standing, more):
    larger = replace(cost, size_bytes=cost.size_bytes + more)

    assert weigh(cost, standing).allowed or not weigh(larger, standing).allowed


@settings(deadline=None)  # the machine may be busy
@given(costs, standings)
def test_an_allowed_paid_release_leaves_the_ratio_at_the_floor(cost, standing):
    answer = weigh(replace(cost, costs_ratio=True), standing)

    if answer.allowed:
        assert budget.ratio_after(standing, cost.size_bytes) >= RULES.floor_after_snatch
        assert standing.ratio > RULES.emergency_ratio
    else:
        assert answer.hold != Hold.NONE
        assert answer.reason
