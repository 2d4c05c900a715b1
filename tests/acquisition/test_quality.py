"""Which of several editions is the best, and why."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from acquisition.matching import Offer
from acquisition.quality import (
    UNKNOWN_RATE,
    Assessed,
    assess,
    band,
    best,
    best_free_first,
    bitrate,
    is_abridged,
    stated_length_s,
    stated_rate,
)

HOUR = 3600
MIB = 2**20


def offer(tags="", **changes):
    return Offer(**{"title": "Mort", "narrators": ("Nigel Planer",), "filetype": "mp3", "tags": tags, **changes})


def words(offered, criterion, **conditions):
    return next(verdict.words for verdict in assess(offered, **conditions).verdicts if verdict.criterion == criterion)


@pytest.mark.parametrize(
    ("better", "worse"),
    [
        (offer("64 kbps"), offer("abridged, 128 kbps")),
        (offer("128 kbps"), offer("64 kbps", filetype="m4b")),
        (offer("96 kbps"), offer("64 kbps")),
        (offer("64 kbps"), offer()),
        (offer(), offer("32 kbps")),
        (offer("128 kbps"), offer("128 kbps", narrators=())),
        (offer("128 kbps"), offer("128 kbps", narrators=("Full Cast",))),
        (offer("128 kbps"), offer("128 kbps, watermarked", filetype="m4b")),
        (offer("126 kbps", filetype="m4b", numfiles=2), offer("128 kbps with chapters", seeders=100)),
        (offer("320 kbps", filetype="m4b", numfiles=76), offer("320 kbps", seeders=500)),
        (offer("128 kbps by chapter"), offer("320 kbps")),
        (offer("128 kbps", seeders=5), offer("128 kbps", seeders=4)),
    ],
)
def test_criteria_decide_in_their_order(better, worse):
    assert assess(better).key > assess(worse).key


def test_a_split_release_needs_a_clearly_higher_rate():
    split = {"title": "Mort (Part 1 of 2)"}

    assert assess(offer("64 kbps")).key > assess(offer("80 kbps", **split)).key
    assert assess(offer("128 kbps", **split)).key > assess(offer("64 kbps")).key


def test_the_wanted_narrator_comes_before_the_bitrate():
    wanted, other = offer("64 kbps", narrators=("Planer, Nigel",)), offer("128 kbps", narrators=("Bill Nighy",))

    assert assess(wanted, "Nigel Planer").key > assess(other, "Nigel Planer").key
    assert assess(other).key > assess(wanted).key


def test_a_narrator_may_stand_in_the_text():
    offered = offer("Read by Nigel Planer", narrators=())

    assert words(offered, "narrator", wanted_narrator="Nigel Planer") == "read by Nigel Planer, as wanted"
    assert words(offered, "known narrator") == "narrator named in the text"


def test_a_free_release_wins_among_equals():
    assert assess(offer(), is_free=True).key > assess(offer()).key


@pytest.mark.parametrize(
    ("text", "rate"),
    [
        ("64 kbps", 64),
        ("64kps, MP3", 64),
        ("192 kbs. Personally ripped", 192),
        ("m4b @ 125 kbps", 125),
        ("MP3 64K by part", 64),
        ("128k, Unabridged", 128),
        ("CBR 64k 44.1kHz MPEG Audio", 64),
        ("320 kbps, 44100 sample", 320),
        ("bitrate: 96", 96),
        ("VBR kbps m4b", None),
        ("44.1 kHz", None),
        ("500k copies sold", None),
        ("1000 kbps", None),
        ("", None),
    ],
)
def test_rates_are_read_from_text(text, rate):
    assert stated_rate(offer(text)) == rate


@pytest.mark.parametrize(
    ("text", "length_s"),
    [
        ("27 hrs and 2 mins", 27 * HOUR + 120),
        ("Listening Length : 10 Hours and 47 Minutes", 10 * HOUR + 47 * 60),
        ("16h 07m, LitRPG", 16 * HOUR + 420),
        ("16hrs 13mins", 16 * HOUR + 780),
        ("126 kbps, 34 hrs", 34 * HOUR),
        ("Length: 3 hrs", 3 * HOUR),
        ("13:45:10", 13 * HOUR + 45 * 60),
        ("58 mins", 58 * 60),
        ("He has 24 hours to live", None),
        ("", None),
    ],
)
def test_lengths_are_read_from_text(text, length_s):
    assert stated_length_s(offer(text)) == length_s


def test_the_rate_is_worked_out_from_size_and_length():
    offered = offer("VBR kbps, 27 hours and 12 minutes", size_bytes=int(741.64 * MIB))

    assert band(bitrate(offered)) == 64
    assert words(offered, "bitrate") == "64 kbit/s, from size and length"


def test_the_catalogues_runtime_stands_in_for_a_missing_length():
    offered = offer(size_bytes=128_000 // 8 * HOUR)

    assert bitrate(offered) is None
    assert bitrate(offered, runtime_s=HOUR) == 128


def test_several_formats_in_one_release_give_no_rate():
    assert bitrate(offer("10 hours and 1 minute", filetype="m4b mp3", size_bytes=900 * MIB)) is None


@pytest.mark.parametrize(
    ("rate", "value"),
    [(64, 64), (62, 64), (66, 64), (70, 70), (125, 128), (128, 128), (192, 128), (320, 128), (None, UNKNOWN_RATE)],
)
def test_rates_count_by_band(rate, value):
    assert band(rate) == value


def test_unknown_ranks_just_below_the_acceptable_rate():
    assert band(60) < band(None) < band(64)


@given(st.floats(16, 1500), st.floats(16, 1500))
def test_a_higher_rate_never_counts_less_beyond_tolerance(a, b):
    low, high = sorted((a, b))

    assert band(low) <= band(high) * 1.11


@pytest.mark.parametrize(
    ("offered", "abridged"),
    [
        (offer(), False),
        (offer("Unabridged"), False),
        (offer("not abridged"), False),
        (offer("Abridged"), True),
        (offer(title="Mort (Abridged)"), True),
        (offer("unabridged", abridged=True), True),
    ],
)
def test_abridgement_is_read_from_flag_and_text(offered, abridged):
    assert is_abridged(offered) is abridged


@pytest.mark.parametrize(
    ("tags", "verdict"),
    [
        ("watermarked", "watermarked"),
        ("no watermark", "no branding known"),
        ("branding removed", "no branding known"),
        ("Audible.com Release Date", "no branding known"),
    ],
)
def test_branding_is_read_from_text(tags, verdict):
    assert words(offer(tags), "branding") == verdict


def test_every_criterion_has_its_words():
    quality = assess(offer("128 kbps", filetype="m4b", numfiles=1, seeders=12), "Nigel Planer", is_free=True)

    assert [verdict.words for verdict in quality.verdicts] == [
        "unabridged",
        "read by Nigel Planer, as wanted",
        "128 kbit/s",
        "complete",
        "read by Nigel Planer",
        "no branding known",
        "m4b with chapters",
        "12 seeders",
        "free or VIP",
    ]
    assert quality.score == 100


def test_the_score_stays_within_a_hundred_and_falls_with_quality():
    scores = [
        assess(offered).score for offered in (offer("128 kbps", seeders=9), offer(), offer("abridged", narrators=()))
    ]

    assert all(0 <= lower < higher <= 100 for higher, lower in pairwise(scores))


def assessed(offered, *, is_free=False):
    return Assessed(offered, assess(offered, is_free=is_free), is_free)


def test_the_best_edition_is_chosen_whatever_it_costs():
    good, free = assessed(offer("128 kbps")), assessed(offer("64 kbps"), is_free=True)

    assert best([free, good]) is good
    assert best([]) is None


def test_a_free_edition_of_equal_quality_comes_first_though_less_seeded():
    paid, free = assessed(offer("128 kbps", seeders=90)), assessed(offer("126 kbps", seeders=2), is_free=True)

    assert best([paid, free]) is paid
    assert best_free_first([paid, free]) is free


def test_a_clearly_better_paid_edition_comes_before_a_free_one():
    paid, free = assessed(offer("128 kbps")), assessed(offer("64 kbps"), is_free=True)

    assert best_free_first([free, paid]) is paid
    assert best_free_first([]) is None
