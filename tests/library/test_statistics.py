"""The figures of the library: the same as when counted one by one, and cheap whatever its size."""

import json
from collections import Counter, defaultdict
from datetime import UTC, datetime
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from library.figures import Counted, Statistics
from library.models import Author, Book, Edition, Narrator, Recording, Series, Snapshot
from library.services import statistics
from mamcrawler.operations import preferences
from tests.factories import (
    BookFactory,
    CoverageFactory,
    EditionFactory,
    NarratorFactory,
    RecordingFactory,
    SeriesEntryFactory,
)
from tests.library.stocked import FULL, copy, fill

pytestmark = pytest.mark.django_db

UNLISTED = "Not listed yet: nothing missing as far as is known"


def present():
    return list(Edition.objects.filter(status="present").prefetch_related("coverages__book"))


def books_in(edition):
    return [coverage.book for coverage in edition.coverages.all()]


def owned():
    return {book.pk: book for edition in present() for book in books_in(edition)}


def counted(editions):
    return Counted(
        editions=len(editions),
        seconds=round(sum(edition.duration_s or 0 for edition in editions)),
        size_bytes=sum(edition.size_bytes or 0 for edition in editions),
    )


def shares(rows):
    return {row.label: Counted(**row.model_dump(include={"editions", "seconds", "size_bytes"})) for row in rows}


def grouped(label):
    groups = defaultdict(list)
    for edition in present():
        groups[label(edition)].append(edition)
    return {name: counted(editions) for name, editions in groups.items()}


def bitrate(edition):
    kbps = edition.bitrate_kbps
    if not kbps:
        return "Unknown"
    return "Under 64 kbit/s" if kbps < 64 else "64–95 kbit/s" if kbps < 96 else (
        "96–127 kbit/s" if kbps < 128 else "128–191 kbit/s" if kbps < 192 else "192 kbit/s and more"
    )  # fmt: skip


def length(edition):
    hours = (edition.duration_s or 0) / 3600
    if not hours:
        return "Unknown"
    return "Under 1 hour" if hours < 1 else "1–5 hours" if hours < 5 else "5–10 hours" if hours < 10 else (
        "10–20 hours" if hours < 20 else "20–40 hours" if hours < 40 else "40 hours and more"
    )  # fmt: skip


def language(edition):
    told = edition.metadata.get("language") or (edition.recording.language if edition.recording else "")
    return {"English": "English", "ger": "German", "": "Unknown"}[told]


def percent_complete(edition):
    told = edition.metadata
    has = [
        edition.title, told.get("authors"), told.get("narrators"), told.get("description"), edition.has_cover,
        told.get("published_year") or told.get("published_date"), told.get("language"),
        told.get("asin") or told.get("isbn"), told.get("publisher"), (edition.duration_s or 0) > 0,
    ]  # fmt: skip
    return [bool(one) for one in has]


def totals():
    mine = owned()
    return counted(present()).model_dump() | {
        "books": len(mine),
        "books_outside_series": sum(not book.series_entries.exists() for book in mine.values()),
        "recordings": len({edition.recording_id for edition in present()} - {None}),
        "files": sum(edition.audio_files.count() for edition in present()),
        "authors": sum(bool(set(author.books.all()) & set(mine.values())) for author in Author.objects.all()),
        "series": sum(bool({e.book_id for e in one.entries.all()} & mine.keys()) for one in Series.objects.all()),
        "narrators": len(heard_narrators()),
    }


def heard_narrators():
    heard = Recording.objects.filter(pk__in=[edition.recording_id for edition in present() if edition.recording_id])
    return {narrator.pk for recording in heard for narrator in recording.narrators.all()}


def credited(owners):
    """Books and seconds by owner, a copy of several books shared out among them."""
    books, seconds = defaultdict(set), defaultdict(float)
    for edition in present():
        for book in books_in(edition):
            for owner in owners(book):
                books[owner].add(book.pk)
                seconds[owner] += (edition.duration_s or 0) / len(books_in(edition))
    return {owner: (len(books[owner]), round(seconds[owner])) for owner in books}


def by_narrator():
    books, seconds = defaultdict(set), defaultdict(float)
    for edition in present():
        for narrator in edition.recording.narrators.all() if edition.recording else ():
            books[narrator.pk].add(edition.recording.book_id)
            seconds[narrator.pk] += edition.duration_s or 0
    return {owner: (len(books[owner]), round(seconds[owner])) for owner in books}


def told(leaders):
    assert {one.id for one in leaders.by_hours} == {one.id for one in leaders.by_books}  # fewer than are shown
    assert leaders.by_hours == sorted(leaders.by_hours, key=lambda one: (-one.seconds, -one.books, one.id))
    assert leaders.by_books == sorted(leaders.by_books, key=lambda one: (-one.books, -one.seconds, one.id))
    return {one.id: (one.books, one.seconds) for one in leaders.by_hours}


def months():
    added, first = defaultdict(list), {}
    for edition in sorted(present(), key=lambda one: (one.added_at, one.pk)):
        added[f"{edition.added_at:%Y-%m}"].append(edition)
        for book in books_in(edition):
            first.setdefault(book.pk, f"{edition.added_at:%Y-%m}")
    books = Counter(first.values())
    return {
        month: (len(editions), counted(editions).seconds, books[month]) for month, editions in sorted(added.items())
    }


def standing():
    found, mine = Counter(), owned()
    for series in Series.objects.all():
        main = [entry.book for entry in series.entries.filter(kind="main")]
        here = [book for book in main if book.pk in mine]
        out = [b for b in main if b.pk not in mine and not b.is_announced and b.has_audio != "no"]
        if here:
            share = len(here) / (len(here) + len(out))
            whole = "Complete" if series.listed_by else UNLISTED
            found[whole if not out else "Barely: under a third" if share < 1 / 3 else "In part"] += 1
    return {name: found[name] for name in ("Complete", UNLISTED, "In part", "Barely: under a third")}


@pytest.mark.parametrize("seed", range(12))
def test_the_figures_are_those_of_counting_one_by_one(seed):
    fill(seed)

    found = statistics.work_out()

    assert found.totals.model_dump() == totals()
    assert shares(found.formats) == grouped(lambda edition: edition.audio_format or "Unknown")
    assert {name: one for name, one in shares(found.bitrates).items() if one.editions} == grouped(bitrate)
    assert {name: one for name, one in shares(found.lengths).items() if one.editions} == grouped(length)
    assert shares(found.languages) == grouped(language)
    assert told(found.authors) == credited(lambda book: [author.pk for author in book.authors.all()])
    assert told(found.series) == credited(lambda book: [entry.series_id for entry in book.series_entries.all()])
    assert told(found.narrators) == by_narrator()
    assert {one.month: (one.editions, one.seconds, one.books) for one in found.months} == months()
    assert {part.label: part.count for part in found.series_standing} == standing()


@pytest.mark.parametrize("seed", range(12))
def test_completeness_is_that_of_counting_one_by_one(seed):
    fill(seed)

    found = statistics.work_out().completeness

    each = [percent_complete(edition) for edition in present()]
    percents = [sum(has) * 10 for has in each]
    assert found.editions == len(each)
    assert [part.count for part in found.fields] == [sum(column) for column in zip(*each, strict=True)] or not each
    assert {part.label: part.count for part in found.buckets} == {
        "Complete": sum(one == 100 for one in percents),
        "80–99 %": sum(80 <= one < 100 for one in percents),
        "50–79 %": sum(50 <= one < 80 for one in percents),
        "Under 50 %": sum(one < 50 for one in percents),
    }


def test_an_empty_library_has_figures_of_nothing():
    found = statistics.work_out()

    assert found.totals == Statistics().totals
    assert (found.formats, found.months, found.authors.by_hours) == ([], [], [])
    assert [part.count for part in found.series_standing] == [0, 0, 0, 0]


def test_a_copy_of_which_nothing_is_known_counts_as_unknown():
    EditionFactory(metadata={}, duration_s=None, size_bytes=None, bitrate_kbps=None)

    found = statistics.work_out()

    for rows in (found.formats, found.bitrates, found.lengths, found.languages):
        assert [(row.label, row.editions) for row in rows] == [("Unknown", 1)]
    assert [(part.label, part.count) for part in found.completeness.buckets][-1] == ("Under 50 %", 1)


def test_the_figures_take_the_same_number_of_queries_whatever_the_size():
    fill(3)
    with CaptureQueriesContext(connection) as few:
        statistics.work_out()
    for seed in range(4, 8):
        fill(seed)

    with CaptureQueriesContext(connection) as many:
        statistics.work_out()

    assert len(many) == len(few) < 25


def test_an_omnibus_is_shared_out_among_its_books_and_counted_once():
    books = [BookFactory(by="Ann Author"), BookFactory(by="Ann Author"), BookFactory(by="Bea Writer")]
    edition = EditionFactory(duration_s=9_000)
    for book in books:
        CoverageFactory(book=book, edition=edition)

    found = statistics.work_out()

    assert {one.name: (one.books, one.seconds) for one in found.authors.by_hours} == {
        "Ann Author": (2, 6_000),
        "Bea Writer": (1, 3_000),
    }
    assert (found.totals.books, found.totals.editions, found.totals.seconds) == (3, 1, 9_000)


def test_a_second_copy_adds_no_book():
    book = BookFactory()
    for day in (1, 20):
        CoverageFactory(
            book=book, edition=EditionFactory(added_at=datetime(2025, 3, day, tzinfo=UTC), duration_s=3_600)
        )

    found = statistics.work_out()

    assert [(one.month, one.editions, one.books, one.seconds) for one in found.months] == [("2025-03", 2, 1, 7_200)]


def test_only_the_first_ten_are_named():
    for number in range(12):
        book = BookFactory(by=f"Author Letter{number:02}")
        CoverageFactory(book=book, edition=EditionFactory(duration_s=1_000 + number))

    found = statistics.work_out().authors

    assert [one.name for one in found.by_hours] == [f"Author Letter{number:02}" for number in range(11, 1, -1)]


def test_the_same_language_under_several_names_is_one():
    for name in ("English", "en", "eng", "en-GB", "Klingon"):
        copy(told=FULL | {"language": name}, path=name)

    found = statistics.work_out().languages

    assert [(row.label, row.key, row.editions) for row in found] == [("English", "en", 4), ("Klingon", "klingon", 1)]


def test_what_is_kept_is_told_until_it_is_taken_anew():
    copy(BookFactory())
    first = statistics.current()

    copy(BookFactory())

    assert statistics.current() == first
    assert statistics.take().statistics.totals.books == 2
    assert statistics.current().statistics.totals.books == 2


@pytest.mark.parametrize("figures", [{"totals": "many"}, {"months": [{"month": 3}]}])
def test_figures_that_another_version_kept_are_worked_out_anew(figures):
    Snapshot.objects.create(kind=Snapshot.Kind.STATISTICS, figures=figures)
    copy(BookFactory())

    assert statistics.current().statistics.totals.books == 1


def test_the_value_follows_what_is_set_without_counting_anew():
    copy(BookFactory())
    copy(BookFactory())
    assert (statistics.current().value, statistics.current().currency) == (55.0, "USD")

    preferences.change(preferences.LibraryRules, by=None, book_value=10.5, currency="EUR")

    assert (statistics.current().value, statistics.current().currency) == (21.0, "EUR")


@pytest.mark.parametrize("values", [{"currency": "euros"}, {"book_value": -1}, {"low_bitrate_kbps": 0}])
def test_nonsense_is_not_set(values):
    with pytest.raises(preferences.SettingRefused):
        preferences.change(preferences.LibraryRules, by=None, **values)


def test_the_command_tells_the_figures():
    book = SeriesEntryFactory(book__by="Ann Author").book
    recording = RecordingFactory(book=book)
    recording.narrators.add(NarratorFactory(name="Ned Narrator"))
    copy(book, recording=recording, audio_format="m4b")
    out, as_json = StringIO(), StringIO()

    call_command("statistics", stdout=out)
    call_command("statistics", "--json", stdout=as_json)

    assert "Books: 1" in out.getvalue()
    assert "Estimated value: 27.50 USD" in out.getvalue()
    known = json.loads(as_json.getvalue())
    assert (known["totals"]["books"], known["value"], known["currency"]) == (1, 27.5, "USD")
    assert [one["name"] for one in known["narrators"]["by_hours"]] == [Narrator.objects.get().name]
    assert Book.objects.get() == book
