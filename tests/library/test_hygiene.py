"""The checks of the hygiene report: what each finds, what a person said of it, and that looking is resumable."""

import json
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import call_command

from library.hygiene import BY_NAME, CHECKS, Severity
from library.models import AudioFile, Book, Edition, HygieneDismissal, HygieneMark, Snapshot
from library.services import hygiene
from mamcrawler.lib import clock
from mamcrawler.operations import jobs, preferences
from mamcrawler.operations.models import AuditEntry, JobRun, Setting
from tests.factories import (
    BookFactory,
    CoverageFactory,
    EditionFactory,
    RecordingFactory,
    SeriesEntryFactory,
    ShelfFactory,
    UserFactory,
)
from tests.library.stocked import copy, fill

pytestmark = pytest.mark.django_db


def found(edition=None):
    """The names of the checks that find a copy, or any."""
    hygiene.look()
    marks = HygieneMark.objects.filter(edition=edition) if edition else HygieneMark.objects.all()
    return set(marks.values_list("kind", flat=True))


def opened(name):
    return {tally.check.name: tally.open for tally in hygiene.report().tallies}[name]


def facts(name):
    return [item.fact for item in hygiene.items(hygiene.marks_of(BY_NAME[name]))]


def test_a_copy_that_lacks_nothing_is_not_found():
    copy(BookFactory(by="Ann Author"))

    assert found() == set()


@pytest.mark.parametrize(
    ("name", "facts"),
    [
        ("no-cover", {"has_cover": False}),
        ("no-chapters", {"chapter_count": 0}),
        ("low-bitrate", {"bitrate_kbps": 63}),
        ("no-narrator", {"without": ["narrators"]}),
        ("no-narrator", {"told": {"narrators": None}}),
        ("no-description", {"without": ["description"]}),
        ("no-language", {"without": ["language"]}),
        ("no-language", {"told": {"language": None}}),
        ("odd-length", {"duration_s": 599.0}),
        ("odd-length", {"duration_s": 360_001.0}),
        ("placeholder-names", {"told": {"authors": ["Unknown Author"]}, "path": "Unknown Author/A Title"}),
        ("placeholder-names", {"told": {"narrators": ["n/a"]}}),
        ("wrong-folder", {"path": "Somebody Else/Another Book"}),
    ],
)
def test_each_check_finds_what_it_is_for_and_nothing_else(name, facts):
    edition = copy(BookFactory(title="A Title", by="Ann Author"), **facts)

    assert found(edition) == {name}


def test_a_copy_without_anything_is_found_by_all_that_can_tell():
    edition = EditionFactory(title="untitled", path="x", metadata={"language": ""})

    assert found(edition) == {
        "no-cover", "no-chapters", "no-narrator", "no-description", "no-language", "placeholder-names",
    }  # fmt: skip


def test_a_copy_that_the_shelf_did_not_read_yet_is_not_judged():
    EditionFactory(metadata={"title": "Placed by us", "narrators": []})

    assert found() == set()
    assert hygiene.report().looked_at == 0


def test_a_vanished_copy_is_not_judged_and_its_findings_go():
    edition = copy(has_cover=False)
    assert found(edition) == {"no-cover"}

    Edition.objects.update(status="vanished", vanished_at=clock.now())

    assert found(edition) == set()
    assert not HygieneMark.objects.exists()


@pytest.mark.parametrize(
    ("length", "runtime", "is_odd"),
    [
        (36_000.0, 36_000.0, False),
        (39_599.0, 36_000.0, False),
        (39_601.0, 36_000.0, True),
        (32_399.0, 36_000.0, True),
        (420.0, 425.0, False),  # a catalogue confirms it
        (420.0, 420.0, True),  # taken from the copy itself
        (420.0, None, True),
        (400_000.0, 399_000.0, False),
        (None, 36_000.0, False),
    ],
)
def test_a_length_is_odd_where_the_catalogue_says_otherwise_or_nothing_of_an_extreme(length, runtime, is_odd):
    edition = copy(BookFactory(), duration_s=length, recording=RecordingFactory(runtime_s=runtime))

    assert ("odd-length" in found(edition)) is is_odd


def test_an_unreadable_file_is_named():
    edition = copy()
    AudioFile.objects.create(edition=edition, position=2, path="02 broken.mp3", duration_s=None)

    assert found(edition) == {"unreadable-files"}
    assert facts("unreadable-files") == ["02 broken.mp3"]


def test_a_book_of_the_main_line_without_its_number_is_found():
    numbered, unnumbered = SeriesEntryFactory(), SeriesEntryFactory(position="", start=None, end=None)
    prequel = SeriesEntryFactory(position="Prequel", start=None, end=None)
    extra = SeriesEntryFactory(position="", start=None, end=None, kind="extra")
    editions = [copy(entry.book) for entry in (numbered, unnumbered, prequel, extra)]

    assert [found(edition) for edition in editions] == [set(), {"no-series-number"}, set(), set()]
    assert facts("no-series-number") == [unnumbered.series.name]


def test_a_title_that_tells_a_series_is_found_where_the_library_knows_none():
    told = copy(BookFactory(title="Red Rising (Red Rising Saga, #1)", by="Pierce Brown"))
    known = copy(SeriesEntryFactory(book__title="Golden Son (Red Rising Saga, #2)", book__by="Pierce Brown").book)

    assert "series-in-title" in found(told)
    assert "series-in-title" not in found(known)
    assert facts("series-in-title") == ["Red Rising Saga #1"]


def test_the_place_that_the_template_would_give_is_told():
    book = SeriesEntryFactory(
        book__title="Mort", book__by="Terry Pratchett", series__name="Discworld", position="4"
    ).book
    copy(book, path="Pratchet/Unsorted 17")

    found()

    assert facts("wrong-folder") == [
        "names another author and title; by the template: Terry Pratchett/Discworld/04 - Mort {Ned Narrator}"
    ]


def test_the_limit_of_the_bitrate_is_what_is_set():
    edition = copy(bitrate_kbps=96)
    preferences.change(preferences.LibraryRules, by=None, low_bitrate_kbps=128)

    assert found(edition) == {"low-bitrate"}
    assert facts("low-bitrate") == ["96 kbit/s"]


def test_a_template_that_can_not_be_used_counts_as_the_default():
    Setting.objects.create(group="shelving", values={"template": "{nonsense}"})

    assert found(copy(path="Somebody Else/Another Book")) == {"wrong-folder"}


def naive(edition):
    """What is wrong with a copy, from its own fields, by the checks that ask the database."""
    told, runtime = edition.metadata, edition.recording.runtime_s if edition.recording else None
    if edition.status != "present" or "language" not in told:
        return set()
    length, kbps = edition.duration_s, edition.bitrate_kbps
    is_off = None not in (length, runtime) and not runtime * 0.9 <= length <= runtime * 1.1
    is_extreme = length is not None and not 600 <= length <= 360_000 and runtime in (None, length)
    books = [coverage.book for coverage in edition.coverages.all()]
    entries = [entry for book in books for entry in book.series_entries.all()]
    wrong = {
        "no-cover": not edition.has_cover,
        "no-chapters": not edition.chapter_count,
        "no-narrator": not told.get("narrators"),
        "no-description": not told.get("description"),
        "no-language": not told.get("language"),
        "no-series-number": any(not entry.position and entry.kind == "main" for entry in entries),
        "low-bitrate": kbps is not None and kbps < 64,
        "odd-length": is_off or is_extreme,
        "unreadable-files": any(not file.duration_s for file in edition.audio_files.all()),
    }
    return {name for name, is_wrong in wrong.items() if is_wrong}


@pytest.mark.parametrize("seed", range(12))
def test_what_the_database_finds_is_what_looking_at_each_copy_finds(seed):
    fill(seed)

    hygiene.look()

    asked = [check.name for check in CHECKS if check.rows]
    marked = {(mark.kind, mark.edition_id) for mark in HygieneMark.objects.filter(kind__in=asked)}
    assert marked == {(name, edition.pk) for edition in Edition.objects.all() for name in naive(edition)}
    assert hygiene.report().findings == HygieneMark.objects.count()
    assert hygiene.look().found == 0


def test_every_check_says_why_it_matters_and_what_to_do():
    assert len(BY_NAME) == len(CHECKS)
    assert [check.severity for check in CHECKS] == sorted((c.severity for c in CHECKS), key=list(Severity).index)
    for check in CHECKS:
        assert all([check.why, check.advice, check.label])
        assert (check.rows is None) is not (check.sign is None)


def test_a_dismissed_finding_is_counted_apart_until_it_is_brought_back():
    edition, person, check = copy(has_cover=False), UserFactory(), BY_NAME["no-cover"]
    found()

    assert hygiene.dismiss(check, edition, by=person) is True
    assert hygiene.dismiss(check, edition, by=person) is False
    assert (opened("no-cover"), hygiene.marks_of(check).count()) == (0, 0)
    assert [mark.edition for mark in hygiene.marks_of(check, dismissed=True)] == [edition]
    found()
    assert opened("no-cover") == 0  # another look changes nothing about what a person said

    assert hygiene.restore(check, edition, by=person) is True
    assert hygiene.restore(check, edition, by=person) is False
    assert opened("no-cover") == 1
    actions = AuditEntry.objects.order_by("pk").values_list("action", "user")
    assert list(actions) == [("hygiene.dismissed", person.pk), ("hygiene.restored", person.pk)]


def test_a_dismissal_of_what_is_not_found_is_not_subtracted():
    edition = copy()
    hygiene.dismiss(BY_NAME["no-cover"], edition, by=None)
    copy(path="another", has_cover=False)
    found()

    assert opened("no-cover") == 1


def test_what_was_put_right_since_is_told_as_such_and_goes_with_the_next_look():
    edition = copy(has_cover=False)
    found()
    Edition.objects.update(has_cover=True)

    assert [item.is_settled for item in hygiene.items(hygiene.marks_of(BY_NAME["no-cover"]))] == [True]
    assert list(hygiene.lines(hygiene.marks_of(BY_NAME["no-cover"]))) == []

    looked = hygiene.look()

    assert (looked.copies, looked.found, looked.settled) == (1, 0, 1)
    assert found(edition) == set()


def test_a_look_that_changes_nothing_says_so():
    copy(has_cover=False)

    assert hygiene.look().sentence() == "1 copy looked at, 1 new finding, 0 put right"
    assert hygiene.look().sentence() == "1 copy looked at, nothing changed"


def test_marks_of_a_check_that_is_no_more_go():
    HygieneMark.objects.create(kind="no-such-check", edition=copy())

    assert found() == set()


class Cut(Exception):
    """The process ended here."""


def cut_after(monkeypatch, count):
    """Look in batches of one copy, and be cut after so many."""
    monkeypatch.setattr(hygiene, "BATCH", 1)
    beats = []

    def beat():
        beats.append(1)
        if len(beats) == count:
            raise Cut

    return beat


def test_a_look_that_was_cut_goes_on_where_it_stopped(monkeypatch):
    shelf = ShelfFactory()
    for number in range(4):
        copy(shelf=shelf, path=f"{number}", has_cover=False)

    with pytest.raises(Cut):
        hygiene.look(cut_after(monkeypatch, 3))

    assert HygieneMark.objects.filter(kind="no-cover").count() == 3
    assert hygiene.report().taken_at is None  # an unfinished look is not told as one
    looked = hygiene.look()
    assert (looked.copies, HygieneMark.objects.filter(kind="no-cover").count()) == (4, 4)
    assert Snapshot.objects.get().figures == {"looked_at": 4}


def test_a_look_that_was_cut_long_ago_begins_anew(monkeypatch):
    first = copy(path="first")
    copy(path="second")
    with pytest.raises(Cut):
        hygiene.look(cut_after(monkeypatch, 1))
    row = Snapshot.objects.get()
    row.figures["cursor"]["at"] = (clock.now() - timedelta(hours=2)).isoformat()
    row.save()
    Edition.objects.filter(pk=first.pk).update(has_cover=False)

    assert "no-cover" in found(first)


def test_nothing_is_told_before_anybody_looked():
    report = hygiene.report()

    assert (report.taken_at, report.findings, len(report.tallies)) == (None, 0, len(CHECKS))


def test_the_worst_stand_first_and_clean_ones_last():
    copy(has_cover=False, chapter_count=0, duration_s=1.0)
    found()

    names = [tally.check.name for tally in hygiene.report().tallies]

    assert names[:3] == ["odd-length", "no-cover", "no-chapters"]
    assert hygiene.report().of(Severity.SERIOUS) == 1


def test_a_copy_of_several_books_is_judged_by_all_of_them():
    first, second = BookFactory(title="Wool", by="Hugh Howey"), BookFactory(title="Shift", by="Hugh Howey")
    edition = copy(first, told={"title": "Silo Omnibus"}, path="Hugh Howey/Shift")
    CoverageFactory(book=second, edition=edition)

    assert found(edition) == set()


def test_the_job_takes_stock_and_says_what_came_of_it():
    copy(BookFactory(), has_cover=False)

    run = jobs.run_now("take_stock")

    assert run.status == JobRun.Status.SUCCEEDED
    assert run.summary.startswith("1 book, worth about 27.50 USD; 1 copy looked at, ")
    assert run.report["counts"]["copies"] == 1
    assert run.report["counts"]["findings"] == HygieneMark.objects.count() > 0
    assert {row.kind for row in Snapshot.objects.all()} == {"statistics", "hygiene"}
    assert jobs.run_now("take_stock").summary.endswith("nothing changed")


def test_the_command_counts_and_fails_only_when_asked_to():
    copy(BookFactory(by="Ann Author"), duration_s=1.0)
    out, as_json = StringIO(), StringIO()

    call_command("hygiene", stdout=out)
    call_command("hygiene", "--json", stdout=as_json)
    with pytest.raises(SystemExit) as failed:
        call_command("hygiene", "--fail", stdout=StringIO())

    assert "Serious: Odd length: 1" in out.getvalue()
    told = json.loads(as_json.getvalue())
    assert (told["looked_at"], told["findings"]) == (1, 1)
    assert {one["name"]: one["open"] for one in told["checks"]}["odd-length"] == 1
    assert failed.value.code == 1


def test_the_command_does_not_fail_for_what_is_not_serious_or_was_dismissed():
    edition = copy(BookFactory(by="Ann Author"), has_cover=False, duration_s=1.0)
    hygiene.dismiss(BY_NAME["odd-length"], edition, by=None)

    call_command("hygiene", "--fail", stdout=(out := StringIO()))

    assert "Odd length: 0 (1 dismissed)" in out.getvalue()
    assert HygieneDismissal.objects.count() == Book.objects.count() == 1
