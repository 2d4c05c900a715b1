from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metadata import weighing
from metadata.providers import PROVIDERS
from metadata.weighing import Action, ClaimValue, Held, weigh

VALUES = {
    "title": st.sampled_from(["Dune", "dune", "Dune Messiah", "", None]),
    "narrators": st.sampled_from([("Ray Porter",), ("ray  porter",), ("Kate Reading",), (), None]),
    "runtime_s": st.sampled_from([36000.0, 36100.0, 40000.0, 0, None]),
    "description": st.sampled_from(["<p>A desert.</p>", "A desert.", "Another world.", " "]),
    "publisher": st.sampled_from(["Podium", "Podium Audio", None]),
}
SOURCES = st.sampled_from(["audnexus", "audible", "hardcover", "mam", "library", "speech", "speech-given-candidates"])


@st.composite
def any_claim(draw):
    field = draw(st.sampled_from(sorted(VALUES)))
    source = draw(SOURCES)
    return ClaimValue(
        field,
        draw(VALUES[field]),
        source,
        canonical=source in {"audnexus", "audible", "hardcover"},
        confidence=draw(st.floats(0, 1)),
    )


@st.composite
def any_holding(draw):
    return {field: Held(draw(values), draw(st.floats(0, 1))) for field, values in VALUES.items() if draw(st.booleans())}


CLAIMS = st.lists(any_claim(), max_size=10)


def claim(field, value, source, confidence=0.95):
    return ClaimValue(field, value, source, source in {"audnexus", "audible", "hardcover", "google-books"}, confidence)


def decide(*claims, locked=(), held=None, sure=0.0):
    field = claims[0].field
    (verdict,) = weigh(claims, locked=set(locked), current={} if held is None else {field: Held(held, sure)})
    return verdict


@given(CLAIMS, any_holding(), st.randoms(use_true_random=False))
def test_the_order_of_claims_does_not_matter(claims, current, chance):
    shuffled = list(claims)
    chance.shuffle(shuffled)

    assert weigh(shuffled, locked=set(), current=current) == weigh(claims, locked=set(), current=current)


@given(CLAIMS, any_holding())
def test_a_locked_field_is_always_kept(claims, current):
    verdicts = weigh(claims, locked=set(VALUES), current=current)

    assert {verdict.action for verdict in verdicts} <= {Action.KEEP}
    assert all(verdict.value == current.get(verdict.field, Held(None)).value for verdict in verdicts)


@given(CLAIMS, any_holding())
def test_nothing_empty_overwrites_and_nothing_unsure_is_written(claims, current):
    for verdict in weigh(claims, locked=set(), current=current):
        if verdict.action != Action.KEEP:
            assert verdict.value
            assert verdict.confidence >= weighing.PROPOSE_FROM
        if verdict.action == Action.WRITE:
            assert verdict.confidence > weighing.WRITE_ABOVE


@given(CLAIMS, any_holding())
def test_nothing_less_sure_overwrites(claims, current):
    for verdict in weigh(claims, locked=set(), current=current):
        held = current.get(verdict.field, Held(None))
        if str(held.value or "").strip() and verdict.action != Action.KEEP:
            assert verdict.confidence > held.confidence


@given(CLAIMS, any_holding())
def test_one_source_alone_never_overwrites_what_is_protected(claims, current):
    for verdict in weigh(claims, locked=set(), current=current):
        held = current.get(verdict.field, Held(None))
        if verdict.field in weighing.PROTECTED and held.value and verdict.action == Action.WRITE:
            assert verdict.verified


def test_canonical_sources_that_agree_are_written_and_verified():
    verdict = decide(
        claim("narrators", ("R. C. Bray",), "audnexus"),
        claim("narrators", ("R.C. Bray",), "hardcover"),
        held=("Other",),
    )

    assert (verdict.action, verdict.verified, verdict.sources) == (Action.WRITE, True, ("audnexus", "hardcover"))


@pytest.mark.parametrize("provider", PROVIDERS.values())
def test_a_providers_own_weight_and_origin_are_those_of_the_policy(provider):
    assert weighing.trust(provider.name, "anything") == provider.weight
    assert weighing.ORIGINS.get(provider.name, provider.name) == provider.origin


def test_two_providers_of_one_origin_are_one_source():
    verdict = decide(
        claim("narrators", ("Ray Porter",), "audnexus"), claim("narrators", ("Ray Porter",), "audible"), held=("Other",)
    )

    assert (verdict.action, verdict.verified) == (Action.PROPOSE, False)


def test_a_single_source_fills_a_protected_field_that_is_empty():
    assert decide(claim("title", "Dune", "audnexus"), held="").action == Action.WRITE


def test_a_single_source_only_proposes_another_title():
    verdict = decide(claim("title", "Dune Messiah", "audnexus", 1.0), held="Dune")

    assert verdict.action == Action.PROPOSE
    assert "alone" in verdict.why


def test_the_tracker_makes_a_narrator_verified():
    verdict = decide(claim("narrators", ("Ray Porter",), "audnexus"), claim("narrators", ("Ray Porter",), "mam", 0.7))

    assert verdict.verified


def test_a_recogniser_that_was_given_the_candidates_is_no_second_source():
    verdict = decide(
        claim("narrators", ("Ray Porter",), "audnexus"),
        claim("narrators", ("Ray Porter",), weighing.SPOKEN_CLOSED),
        held=("Other",),
    )

    assert (verdict.action, verdict.verified) == (Action.PROPOSE, False)


def test_a_recogniser_that_was_given_the_candidates_breaks_a_tie():
    verdict = decide(
        claim("title", "Dune", "audnexus", 0.9),
        claim("title", "Arrakis", "hardcover", 0.9),
        claim("title", "Dune", weighing.SPOKEN_CLOSED, 0.5),
    )

    assert verdict.value == "Dune"


def test_an_intro_heard_freely_ranks_above_catalogues_for_the_title():
    verdict = decide(
        claim("title", "Dune", "audnexus"), claim("title", "Dune", "hardcover"), claim("title", "Arrakis", "speech")
    )

    assert verdict.value == "Arrakis"
    assert verdict.action != Action.WRITE


def test_an_intro_does_not_rank_above_catalogues_for_other_fields():
    verdict = decide(claim("publisher", "Podium", "audnexus"), claim("publisher", "Odium", "speech", 0.99))

    assert verdict.value == "Podium"


@pytest.mark.parametrize(("weaker", "stronger"), [("library", "mam"), ("mam", "audnexus")])
def test_the_higher_standing_wins_whatever_the_confidence(weaker, stronger):
    verdict = decide(claim("publisher", "A", weaker, 0.99), claim("publisher", "B", stronger, 0.7))

    assert verdict.value == "B"


def test_two_catalogues_that_disagree_are_for_a_person():
    verdict = decide(claim("publisher", "Podium", "audnexus"), claim("publisher", "Tantor", "hardcover", 0.9))

    assert verdict.action == Action.PROPOSE
    assert "Hardcover disagrees" in verdict.why


def test_two_descriptions_do_not_contradict_each_other():
    verdict = decide(claim("description", "<p>One.</p>", "audnexus"), claim("description", "Two.", "hardcover", 0.9))

    assert (verdict.action, verdict.value) == (Action.WRITE, "<p>One.</p>")


@pytest.mark.parametrize(
    ("confidence", "action"),
    [(0.59, Action.KEEP), (0.6, Action.PROPOSE), (0.9, Action.PROPOSE), (0.91, Action.WRITE)],
)
def test_the_thresholds_are_where_they_are_said_to_be(confidence, action):
    assert decide(claim("publisher", "Podium", "audnexus", confidence)).action == action


@pytest.mark.parametrize(
    ("field", "held", "told"),
    [
        ("title", "The Way of Kings", "the way of kings"),
        ("narrators", ["R.C. Bray"], ("R. C. Bray",)),
        ("authors", ("Neil Gaiman", "Terry Pratchett"), ("Terry Pratchett", "Neil Gaiman")),
        ("runtime_s", 36000, 36300.0),
        ("isbn", "0-593-13520-2", "9780593135204"),
        ("released_on", "2021-05-04", date(2021, 5, 4)),
        ("series", (("Galaxy's Edge", "1.0"),), (("Galaxy’s Edge Series", "1"),)),
        ("series", [["Mistborn", 1]], (("The Mistborn Saga", "1"), ("Cosmere", ""))),
        ("description", "A desert &amp; a planet.", "<p>A desert &amp; a <i>planet</i>.</p>"),
        ("language", "English", "english"),
    ],
)
def test_values_that_say_the_same_are_kept(field, held, told):
    verdict = decide(claim(field, told, "audnexus", 0.99), held=held)

    assert verdict.action == Action.KEEP
    assert "already" in verdict.why


def test_a_value_of_false_is_told():
    assert decide(claim("abridged", False, "audnexus")).action == Action.WRITE


def test_a_claim_without_a_value_says_nothing():
    verdict = decide(claim("publisher", " ", "audnexus"), held="Podium")

    assert (verdict.action, verdict.value) == (Action.KEEP, "Podium")
