"""Calendars as other programs read them."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mamcrawler.lib.ical import LONGEST_LINE, DayEvent, calendar, escaped, folded

NOW = datetime(2026, 3, 1, 12, 30, tzinfo=UTC)


def test_a_calendar_names_each_day_event_and_ends_its_lines_as_the_standard_asks():
    event = DayEvent("book-7@mamcrawler", date(2026, 12, 31), "The Third", "Tales 3", "https://books.example/7/")

    text = calendar("Audiobooks", [event], now=NOW)

    assert text.startswith("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:")
    assert text.endswith("END:VEVENT\r\nEND:VCALENDAR\r\n")
    assert "\n" not in text.replace("\r\n", "")
    assert text.split("BEGIN:VEVENT\r\n")[1].split("\r\n")[:7] == [
        "UID:book-7@mamcrawler",
        "DTSTAMP:20260301T123000Z",
        "DTSTART;VALUE=DATE:20261231",
        "DTEND;VALUE=DATE:20270101",
        "SUMMARY:The Third",
        "DESCRIPTION:Tales 3",
        "URL:https://books.example/7/",
    ]


def test_moments_are_written_in_utc():
    there = NOW.astimezone(timezone(timedelta(hours=5)))

    assert "DTSTAMP:20260301T123000Z" in calendar("", [DayEvent("1", date(2026, 1, 1), "One")], now=there)


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("Guards, Guards; again", "Guards\\, Guards\\; again"),
        ("back\\slash", "back\\\\slash"),
        ("two\r\nlines\rand\nmore", "two\\nlines\\nand\\nmore"),
        ("bell\x07", "bell"),
        ("END:VEVENT\r\nBEGIN:VEVENT", "END:VEVENT\\nBEGIN:VEVENT"),
    ],
)
def test_what_has_a_meaning_in_the_format_is_escaped(text, written):
    assert escaped(text) == written


@given(st.text(st.characters(blacklist_categories=["Cs", "Cc"]), max_size=300))
def test_folded_lines_are_short_enough_and_unfold_to_what_they_were(text):
    lines = folded(text).split("\r\n")

    assert all(len(line.encode()) <= LONGEST_LINE for line in lines)
    assert lines[0] + "".join(line[1:] for line in lines[1:]) == text
    assert all(line.startswith(" ") for line in lines[1:])
