import json
import math
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tracker.mam import UnexpectedAnswer, parsing
from tracker.mam.listing import bitrate_kbps, duration_s, size_bytes

EXAMPLES = Path(__file__).parent.parent / "contracts" / "myanonamouse"
RELEASES = Path(__file__).parent.parent / "data" / "matching-dev" / "releases.jsonl"


def example(name):
    return json.loads((EXAMPLES / name).read_text(encoding="utf-8"))


def row(**changes):
    return {"id": 1, "title": "A Book", **changes}


def test_a_recorded_search_is_read():
    page = parsing.search_page(example("search_response.json"))

    hail_mary, empire, omens, orwell, kangaroo, kings = page.offers
    assert (page.found, page.rows) == (6, 6)
    assert hail_mary.tracker_id == 500101
    assert (hail_mary.authors, hail_mary.narrators) == (("Andy Weir",), ("Ray Porter",))
    assert (hail_mary.is_vip, hail_mary.vip_until, hail_mary.is_fl_vip) == (True, None, True)
    assert (hail_mary.duration_s, hail_mary.bitrate_kbps) == (58205.0, 126)
    assert hail_mary.size_bytes == round(871.4 * 1024**2)
    assert hail_mary.added_at == datetime(2021, 5, 5, 2, 14, 9, tzinfo=UTC)
    assert empire.series == (("Mistborn", "1"),)
    assert omens.title == "Good Omens: The Nice & Accurate Prophecies of Agnes Nutter, Witch"
    assert omens.is_free
    assert (orwell.title, orwell.is_personal_freeleech, orwell.my_snatched) == ("1984", True, True)
    assert kangaroo.language_code == "GER"
    assert kangaroo.vip_until == datetime(2027, 1, 1, tzinfo=UTC)
    assert kings.is_abridged
    assert kings.series == (("The Stormlight Archive", "1"), ("The Cosmere", ""))


def test_all_optional_fields_are_read():
    offer = parsing.search_page(example("search_response_with_options.json")).offers[0]

    assert (offer.asin, offer.isbn) == ("B08G9PRS1K", "")
    assert "Ryland Grace" in offer.description
    assert "hash" not in offer.model_dump_json()


def test_an_answer_that_holds_every_number_as_text_is_read():
    page = parsing.search_page(example("search_response_string_types.json"))

    offer = page.offers[0]
    assert page.found == 1
    assert (offer.tracker_id, offer.title, offer.numfiles, offer.category) == (500102, "The Final Empire", 38, 41)
    assert (offer.size_bytes, offer.language_code, offer.bitrate_kbps) == (1395864371, "ENG", 64)
    assert not offer.is_vip


def test_no_member_is_named_in_an_offer():
    offers = parsing.search_page(example("search_response.json")).offers

    assert not any("uploader" in offer.model_dump_json() for offer in offers)


@pytest.mark.parametrize(("name", "found"), [("search_empty.json", 0), ("search_past_the_end.json", 6)])
def test_no_hits_is_an_empty_page(name, found):
    page = parsing.search_page(example(name))

    assert page == parsing.SearchPage(found=found)


@pytest.mark.parametrize(
    "answer", [[], {}, {"error": "Database gone"}, {"data": "text"}, {"data": [{"title": "no id"}]}, None]
)
def test_an_unknown_answer_to_a_search_is_refused(answer):
    with pytest.raises(UnexpectedAnswer):
        parsing.search_page(answer)


def test_one_unreadable_row_does_not_cost_the_others():
    page = parsing.search_page({"data": [row(), {"id": "none"}, "text"], "found": 3})

    assert [offer.tracker_id for offer in page.offers] == [1]
    assert page.rows == 3


@pytest.mark.parametrize("value", ["{}", "", "[]", None, "broken {", 0])
def test_every_spelling_of_nobody_is_nobody(value):
    offer = parsing.offer(row(author_info=value, narrator_info=value, series_info=value, mediainfo=value))

    assert (offer.authors, offer.narrators, offer.series, offer.duration_s) == ((), (), (), None)


def test_a_series_may_lack_its_list_or_its_position():
    info = {"1": ["Discworld", None], "2": "Tiffany Aching", "3": ["Cosmere", "01-16, 13.5", -1.0], "4": []}

    offer = parsing.offer(row(series_info=json.dumps(info)))

    assert offer.series == (("Discworld", ""), ("Tiffany Aching", ""), ("Cosmere", "01-16, 13.5"))


@pytest.mark.parametrize("value", [1, "1", True, "true", "yes"])
def test_a_flag_is_on_however_it_is_written(value):
    assert parsing.offer(row(free=value)).is_free


@pytest.mark.parametrize("value", [0, "0", False, "no", None, ""])
def test_a_flag_is_off_however_it_is_written(value):
    assert not parsing.offer(row(free=value)).is_free


@pytest.mark.parametrize(
    ("value", "isbn", "asin"),
    [
        ("ASIN:B08G9PRS1K", "", "B08G9PRS1K"),
        ("b08g9prs1k", "", "B08G9PRS1K"),
        ("978-0-593-13520-4", "9780593135204", ""),
        (9780593135204, "9780593135204", ""),
        (0, "", ""),
        ("", "", ""),
        (None, "", ""),
    ],
)
def test_one_field_holds_isbn_or_asin(value, isbn, asin):
    offer = parsing.offer(row(isbn=value))

    assert (offer.isbn, offer.asin) == (isbn, asin)


@pytest.mark.parametrize(
    ("flags", "classname", "is_free"),
    [
        ({"free": 1}, "User", True),
        ({"personal_freeleech": 1}, "User", True),
        ({"fl_vip": 1, "vip": 1}, "User", False),
        ({"fl_vip": 1, "vip": 1}, "elite vip", True),
        ({}, "VIP", False),
    ],
)
def test_what_a_release_costs_depends_on_the_class(flags, classname, is_free):
    assert parsing.offer(row(**flags)).is_free_for(classname) is is_free


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("6324306932", 6324306932),
        ("871.4 MiB", 913729126),
        ("1,018.3 KiB", 1042739),
        ("0.00 KiB", 0),
        ("1.2 GiB", 1288490189),
        ("", None),
        ("big", None),
        (".", None),
    ],
)
def test_sizes_are_read(text, size):
    assert size_bytes(text) == size


@pytest.mark.parametrize(
    ("tags", "seconds"),
    [
        ("Unabridged 2021 Audible Studios 16 hrs 10 mins 128 kbps", 58200),
        ("126 kbps m4b, Release Date March 08, 2022, 17 hours and 22 minutes", 62520),
        ("Listening Length : 13 Hours and 43 Minutes, True Decrypt", 49380),
        ("m4b, 128 kbps, 44.1 kHz, 16h 07m", 58020),
        ("16h07m", 58020),
        ("126 kbps m4b with chapters, 34 hrs", 122400),
        ("95 minutes", 5700),
        ("Fantasy, adventure", None),
    ],
)
def test_durations_are_read_from_tags(tags, seconds):
    assert duration_s({}, tags) == seconds


@pytest.mark.parametrize(
    ("tags", "kbps"),
    [("64kps, MP3", 64), ("192 kbs. Personally ripped", 192), ("unabridged, 64k, 19 hrs", 64), ("m4b, 44.1 kHz", None)],
)
def test_bitrates_are_read_from_tags(tags, kbps):
    assert bitrate_kbps({}, tags) == kbps


def test_media_inspection_goes_before_tags():
    media = {"General": {"Duration": "4:51:33"}, "Audio1": {"BitRate": "128k"}}

    assert duration_s(media, "10 hrs") == 17493
    assert bitrate_kbps(media, "64 kbps") == 128


ROW_KEYS = [*example("search_response_with_options.json")["data"][0], "name", "filetypes", "browseFlags"]
SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20)
VALUES = st.recursive(SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner))


@given(st.dictionaries(st.sampled_from(ROW_KEYS), VALUES | VALUES.map(json.dumps)))
@settings(max_examples=150, deadline=None)
def test_no_row_whatsoever_breaks_the_reading(changes):
    offer = parsing.offer({**row(), **changes, "id": 1, "title": "A Book"})

    assert offer.tracker_id == 1


def test_every_release_of_the_matching_data_is_read():
    rows = [json.loads(line) for line in RELEASES.read_text(encoding="utf-8").splitlines()]

    offers = [parsing.offer(row) for row in rows]

    assert [list(offer.authors) for offer in offers] == [row["authors"] for row in rows]
    assert all(offer.size_bytes for offer in offers)


@pytest.mark.parametrize("name", ["jsonload_snatch_summary.json", "jsonload_snatch_summary_before_2026-09-23.json"])
def test_the_summary_is_read_in_both_places(name):
    account = parsing.account(example(name))

    assert (account.uid, account.classname, account.seedbonus, account.wedges) == (123456, "VIP", 58240, 14)
    assert account.vip_until == datetime(2027, 1, 15, tzinfo=UTC)
    assert account.summary is not None
    assert (account.summary.unsatisfied, account.summary.unsatisfied_limit) == (42, 150)
    assert (account.summary.inactive_unsatisfied, account.summary.seeding_satisfied) == (1, 331)
    assert account.summary.connectable == "yes"


@pytest.mark.parametrize("name", ["jsonload_bare.json", "jsonload_notif.json"])
def test_an_account_without_summary_is_read(name):
    account = parsing.account(example(name))

    assert (account.ratio, account.summary) == (3.27, None)


def test_a_member_who_downloaded_nothing_has_an_infinite_ratio():
    account = parsing.account(example("jsonload_new_member.json"))

    assert account.ratio == math.inf
    assert account.vip_until is None


def test_a_ratio_that_is_not_told_is_unknown():
    account = parsing.account({**example("jsonload_bare.json"), "ratio": "---"})

    assert account.ratio is None


def test_human_numbers_stand_in_for_exact_ones():
    answer = example("jsonload_bare.json")
    del answer["uploaded_bytes"]

    assert parsing.account(answer).uploaded_bytes == round(1.32 * 1024**4)


@pytest.mark.parametrize("missing", ["seedbonus", "uid"])
def test_an_account_without_its_numbers_is_refused(missing):
    answer = example("jsonload_bare.json")
    del answer[missing]

    with pytest.raises(UnexpectedAnswer):
        parsing.account(answer)


def test_the_address_is_read():
    seen = parsing.network_address(example("json_ip.json"))

    assert (seen.ip, seen.asn, seen.as_name) == ("203.0.113.7", 64500, "Example Networks")


@pytest.mark.parametrize(("key", "case"), list(example("bonus_buy.json").items()))
def test_every_recorded_answer_of_the_store_is_read(key, case):
    bought, reason = parsing.purchase(case["body"])

    assert (bought is not None) == case["body"]["success"]
    assert reason == case["body"].get("error", "")


def test_a_store_that_does_not_say_is_refused():
    with pytest.raises(UnexpectedAnswer):
        parsing.purchase({"seedbonus": 1})
