"""How sizes, durations, moments and links are shown."""

from datetime import UTC, datetime, timedelta

import pytest
from django.template import Context
from django.test import RequestFactory
from django.utils.safestring import mark_safe

from mamcrawler.lib import clock
from mamcrawler.operations.models import JobRun
from mamcrawler.pages.templatetags import present

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


@pytest.fixture
def noon(monkeypatch):
    monkeypatch.setattr(clock, "now", lambda: NOW)


@pytest.mark.parametrize(
    ("size", "shown"),
    [
        (None, "–"),
        (0, "0 B"),
        (1023, "1023 B"),
        (1024, "1.0 KiB"),
        (1_048_575, "1.0 MiB"),
        (1_500_000_000, "1.4 GiB"),
        (-2_048, "-2.0 KiB"),
        (300 * 2**40, "300 TiB"),
    ],
)
def test_sizes_are_in_binary_units(size, shown):
    assert present.filesize(size) == shown


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        (None, "–"),
        (45, "45 s"),
        (59.7, "1 min"),
        (3_599, "1 h"),
        (3_900, "1 h 5 min"),
        (timedelta(days=3, hours=2), "3 days 2 h"),
        (timedelta(days=40), "40 days"),
    ],
)
def test_durations_are_rounded_to_what_matters(seconds, shown):
    assert present.duration(seconds) == shown


@pytest.mark.parametrize(
    ("offset", "words"),
    [
        (timedelta(seconds=-20), "just now"),
        (timedelta(minutes=-3), "3 min ago"),
        (timedelta(hours=-30), "30 h ago"),
        (timedelta(days=-3), "3 days ago"),
        (timedelta(days=20), "in 2 weeks"),
    ],
)
def test_a_moment_is_told_by_its_distance(noon, offset, words):
    shown = present.ago(NOW + offset)

    assert f">{words}</time>" in shown
    assert f'datetime="{(NOW + offset).isoformat()}"' in shown


def test_what_is_left_until_a_moment(noon):
    assert present.until(NOW + timedelta(days=23)) == "3 weeks"
    assert present.until(NOW - timedelta(days=1)) == "over"


def test_a_changed_filter_leads_back_to_the_first_page():
    context = Context({"request": RequestFactory().get("/", {"q": "sand & sea", "page": "7", "author": "3"})})

    assert present.query(context, page=8) == "?q=sand+%26+sea&author=3&page=8"
    assert present.query(context, author="") == "?q=sand+%26+sea"


def test_a_name_with_markup_stays_text():
    assert "<script>" not in present.icon("<script>")


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"status": "queued"}, "queued"),
        ({"status": "queued", "resume_at": NOW}, "resting"),
        ({"status": "running", "is_paused": True}, "paused"),
        ({"status": "running", "is_paused": True, "is_cancelling": True}, "cancelling"),
        ({"status": "succeeded", "is_paused": True}, "succeeded"),
    ],
)
def test_a_run_says_why_it_does_not_run(fields, status):
    assert present.run_status(JobRun(**fields)) == status


@pytest.mark.parametrize(("value", "words"), [("books_found", "books found"), (1_200, "1,200"), (None, "–")])
def test_a_report_is_told_in_words(value, words):
    assert present.in_words(value) == words


def test_words_are_escaped_whatever_was_shown_before():
    safe = present.badge("wanted", mark_safe("<i>fine</i>"))
    told = present.badge("wanted", "<i>fine</i>")

    assert "<i>fine</i>" in safe
    assert "&lt;i&gt;fine&lt;/i&gt;" in told


@pytest.mark.parametrize(
    ("done", "total", "shown"),
    [
        (3, 4, 'max="4" value="3" aria-label="Owned of &quot;X&quot;">3 of 4<'),
        (0, 0, 'class="bar" aria-label="Owned of &quot;X&quot;"><'),
    ],
)
def test_progress_is_told_in_words_too(done, total, shown):
    assert shown in present.progress('Owned of "X"', done, total)
