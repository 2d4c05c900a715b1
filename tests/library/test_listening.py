"""Reading who listened to what: nothing lost, nothing written twice, one odd row never stops the rest."""

from datetime import UTC, datetime, timedelta
from itertools import count, takewhile

import pytest
from django.core.management import call_command
from django.db import IntegrityError, transaction

from library import services
from library.audiobookshelf import LibraryServerUnavailable
from library.models import Collection, Edition, Listener, ListeningProgress
from library.services import listening, regrouping
from mamcrawler.benchmarks.library_sync import counting_rows
from mamcrawler.lib import clock
from mamcrawler.operations import jobs
from mamcrawler.operations.models import Finding, JobRun
from tests.factories import BookFactory, CoverageFactory
from tests.library.listeningserver import ROOT, T0, book_of, progress, read
from tests.listenfactories import ItemFactory, ListeningProgressFactory

pytestmark = pytest.mark.django_db

ANN = "user-ann"


def only():
    return ListeningProgress.objects.get()


def at(seconds):
    return datetime.fromtimestamp(T0 / 1000, UTC) + timedelta(seconds=seconds)


def heard_in(book):
    return [(row.listener.name, row.percent) for row in services.listening_to(book).rows]


def test_every_listeners_progress_is_kept_with_copy_and_book(listening_server, item):
    edition = item("item-1")
    listening_server.listens(ROOT, progress("item-1", 1, at_s=60), item_1=90.0)
    listening_server.listens(ANN, progress("item-1", 0.25, at_s=10), name="Ann", item_1=40.5)

    report = read()

    assert (report.listeners, report.books, report.changed, report.broken) == (2, 2, 4, [])
    rows = ListeningProgress.objects.order_by("-fraction").values_list(
        "listener__name", "edition", "book", "fraction", "heard_s", "is_finished", "finished_at", "listened_at"
    )
    book = book_of(edition).pk
    assert list(rows) == [
        ("example-root", edition.pk, book, 1.0, 90.0, True, at(60), at(60)),
        ("Ann", edition.pk, book, 0.25, 40.5, False, None, at(10)),
    ]


def test_a_second_read_writes_no_row(listening_server, shelf, item):
    for name in ("item-1", "item-2"):
        item(name)
    listening_server.listens(ROOT, progress("item-1", 1 / 3), progress("item-2", 1), item_1=12.3)
    listening_server.collect("c", "item-2", "item-1")
    listening_server.play("p", "item-1")
    read(shelf)

    with counting_rows() as written:
        report = read(shelf)

    assert (report.changed, sum(written)) == (0, 0)


def test_only_what_changed_is_written(listening_server, item):
    for name in ("item-1", "item-2"):
        item(name)
    listening_server.listens(ROOT, progress("item-1"), progress("item-2"))
    read()

    listening_server.listens(ROOT, progress("item-1"), progress("item-2", 1, at_s=5))
    report = read()

    assert report.changed == 1
    assert ListeningProgress.objects.get(item_id="item-2").finished_at == at(5)


def test_progress_of_an_item_that_no_sync_has_brought_is_kept_once_it_has(listening_server, item):
    listening_server.listens(ROOT, progress("item-1"))
    first = read()
    edition = item("item-1")

    second = read()

    assert (first.unknown, second.unknown) == (1, 0)
    assert only().edition == edition


def test_a_copy_that_vanished_keeps_its_progress_with_the_book_and_says_so(listening_server, item):
    edition = item("item-1")
    listening_server.listens(ANN, progress("item-1", 0.4), name="Ann")
    read()

    services.remove_edition(edition)
    listening_server.listens(ANN, name="Ann")
    read()

    assert only().untold_at is not None
    assert only().is_copy_gone
    assert heard_in(book_of(edition)) == [("Ann", 40)]


def test_a_better_copy_of_a_book_takes_nothing_from_what_was_heard_in_the_old(listening_server, shelf, item):
    old = item("item-1")
    listening_server.listens(ANN, progress("item-1", 1), name="Ann")
    read()

    new = CoverageFactory(edition=ItemFactory(shelf=shelf, external_id="item-2"), book=book_of(old)).edition
    services.remove_edition(old)
    listening_server.listens(ANN, progress("item-2", 0.1, at_s=99), name="Ann")
    read()

    assert heard_in(book_of(new)) == [("Ann", 100)]
    assert ListeningProgress.objects.count() == 2


def test_an_item_that_the_server_made_anew_keeps_what_was_heard_before(listening_server, item):
    edition = item("item-1")
    listening_server.listens(ANN, progress("item-1", 1), name="Ann")
    read()

    Edition.objects.filter(pk=edition.pk).update(external_id="item-9")
    listening_server.listens(ANN, name="Ann")
    read()
    kept = heard_in(book_of(edition))
    listening_server.listens(ANN, progress("item-9", 0.2, at_s=9), name="Ann")
    read()

    assert kept == heard_in(book_of(edition)) == [("Ann", 100)]
    assert list(ListeningProgress.objects.order_by("pk").values_list("item_id", "edition", "book")) == [
        ("item-1", None, book_of(edition).pk),
        ("item-9", edition.pk, book_of(edition).pk),
    ]


def test_two_items_that_change_their_ids_about_do_not_lose_their_progress(listening_server, item):
    one, other = item("item-1"), item("item-2")
    listening_server.listens(ANN, progress("item-1", 0.1), progress("item-2", 0.2), name="Ann")
    read()

    Edition.objects.filter(pk=one.pk).update(external_id="item-x")
    Edition.objects.filter(pk=other.pk).update(external_id="item-1")
    Edition.objects.filter(pk=one.pk).update(external_id="item-2")
    read()

    assert {row.item_id: (row.edition, row.fraction) for row in ListeningProgress.objects.all()} == {
        "item-1": (other, 0.1),
        "item-2": (one, 0.2),
    }


def test_progress_that_a_listener_took_back_does_not_count_and_comes_back_when_told_again(listening_server, item):
    edition = item("item-1")
    listening_server.listens(ANN, progress("item-1", 0.4), name="Ann")
    read()

    listening_server.listens(ANN, name="Ann")
    read()
    taken_back = heard_in(book_of(edition))
    listening_server.listens(ANN, progress("item-1", 0.6), name="Ann")
    read()

    assert (taken_back, heard_in(book_of(edition))) == ([], [("Ann", 60)])


def test_what_was_heard_follows_a_merged_book(listening_server, item):
    edition = item("item-1")
    listening_server.listens(ANN, progress("item-1", 0.4), name="Ann")
    read()
    services.remove_edition(edition)
    kept = BookFactory()

    regrouping.merge_books(kept, [book_of(edition)], by=None)

    assert heard_in(kept) == [("Ann", 40)]
    assert only().book == kept


def test_a_copy_that_goes_for_good_leaves_its_progress_with_the_book(listening_server, item):
    edition = item("item-1")
    book = book_of(edition)
    listening_server.listens(ANN, progress("item-1", 1), name="Ann")
    read()

    edition.shelf.delete()

    assert heard_in(book) == [("Ann", 100)]
    assert only().is_copy_gone


@pytest.mark.parametrize("odd", [progress("item-1", 3), progress("item-1", float("nan")), progress(None), "odd"])
def test_an_odd_row_is_told_and_the_others_are_kept(listening_server, item, odd):
    item("item-1")
    item("item-2")
    listening_server.listens(ROOT, odd, progress("item-2"))

    report = read()

    assert only().item_id == "item-2"
    assert len(report.broken) == 1
    finding = Finding.objects.open().get()
    assert (finding.kind, len(finding.detail["items"])) == ("library.broken_listening", 1)


def test_an_odd_row_takes_nothing_from_what_was_known_and_its_finding_ends_with_it(listening_server, item):
    item("item-1")
    listening_server.listens(ROOT, progress("item-1", 0.4))
    read()

    listening_server.listens(ROOT, progress("item-1", 7))
    read()
    known = only()
    listening_server.listens(ROOT, progress("item-1", 0.5))
    read()

    assert (known.fraction, known.untold_at) == (0.4, None)
    assert only().fraction == 0.5
    assert not Finding.objects.open().exists()


def test_a_token_that_may_not_list_users_reads_its_own_progress_and_says_so(listening_server, item):
    item("item-1")
    listening_server.listens(ROOT, progress("item-1"), item_1=30.0)
    listening_server.listens(ANN, progress("item-1"))
    listening_server.refused["/users"] = 403

    report = read()

    assert (only().listener.name, only().heard_s) == ("example-root", 30.0)
    assert report.notes == [listening.ONLY_OUR_OWN]
    assert not [path for path in listening_server.asked if "/users/" in path]


def test_listeners_that_the_token_can_no_longer_see_are_not_taken_for_gone(listening_server, item):
    item("item-1")
    listening_server.listens(ANN, progress("item-1"))
    read()

    listening_server.refused["/users"] = 403
    read()

    assert Listener.objects.present().count() == 2
    assert only().untold_at is None


def test_an_account_that_goes_is_marked_and_returns_under_its_new_name(listening_server, item):
    item("item-1")
    listening_server.listens(ANN, progress("item-1", 1), name="Ann")
    read()

    del listening_server.names[ANN]
    read()
    gone = Listener.objects.get(external_id=ANN)
    listening_server.names[ANN] = "Anna"
    read()

    assert gone.vanished_at is not None
    back = Listener.objects.get(external_id=ANN)
    assert (back.pk, back.name, back.vanished_at) == (gone.pk, "Anna", None)


def test_one_listener_whose_progress_is_refused_stops_nobody_else(listening_server, item):
    item("item-1")
    listening_server.listens(ANN, progress("item-1"))
    listening_server.listens("user-zoe", progress("item-1"))
    listening_server.refused[f"/users/{ANN}"] = 404

    report = read()

    assert only().listener.external_id == "user-zoe"
    assert any("may not be read" in note for note in report.notes)


@pytest.mark.parametrize("status", [403, 404, 500])
def test_without_listening_times_the_place_in_the_book_counts_once(listening_server, item, pauses, status):
    item("item-1")
    listening_server.listens(ROOT, progress("item-1", 0.5, currentTime=50))
    listening_server.refused["/listening-stats"] = status

    report = read()
    first = only().heard_s
    listening_server.listens(ROOT, progress("item-1", 0.1, currentTime=10))
    read()

    assert (first, only().heard_s) == (50.0, 50.0)
    assert listening.NO_HOURS in report.notes


def test_a_server_in_trouble_keeps_what_was_read_before_it(listening_server, item, pauses):
    item("item-1")
    listening_server.listens(ANN, progress("item-1"))
    listening_server.listens("user-zoe", progress("item-1"))
    listening_server.refused["/users/user-zoe"] = 503

    with pytest.raises(LibraryServerUnavailable):
        read()

    assert only().listener.external_id == ANN


def test_of_an_empty_server_nobody_and_nothing_is_kept(listening_server, shelf):
    report = read(shelf)

    assert (report.books, report.lists, report.broken) == (0, 0, [])
    assert not ListeningProgress.objects.exists()
    assert not Collection.objects.exists()


def test_an_item_told_twice_is_kept_as_it_was_last(listening_server, item):
    item("item-1")
    listening_server.listens(ROOT, progress("item-1", 0.9, at_s=50), progress("item-1", 0.1, at_s=1))

    read()

    assert only().fraction == 0.9


def test_an_omnibus_is_heard_in_each_of_its_books(listening_server, item):
    edition = item("item-1")
    second = CoverageFactory(edition=edition).book
    listening_server.listens(ANN, progress("item-1", 1), name="Ann")

    read()

    assert [heard_in(coverage.book) for coverage in edition.coverages.all()] == [[("Ann", 100)]] * 2
    assert heard_in(second) == [("Ann", 100)]


@pytest.mark.parametrize("wrong", [{"fraction": 1.1}, {"fraction": float("nan")}, {"fraction": -0.1}, {"heard_s": -1}])
def test_the_database_takes_no_progress_out_of_bounds(wrong):
    row = ListeningProgressFactory()

    with pytest.raises(IntegrityError), transaction.atomic():
        ListeningProgress.objects.filter(pk=row.pk).update(**wrong)


def test_the_job_counts_and_says_when_nothing_changed(listening_server, shelf, item):
    item("item-1")
    listening_server.listens(ROOT, progress("item-1"))
    listening_server.collect("c", "item-1")

    first, second = jobs.run_now("read_listening"), jobs.run_now("read_listening")

    assert first.summary == "1 listeners in 1 books, 1 collections and playlists, 4 rows changed"
    assert second.summary == "1 listeners in 1 books, 1 collections and playlists, nothing changed"
    assert first.report["counts"]["changed"] == 4


def test_a_run_that_was_cut_goes_on_where_it_stopped(listening_server, item, monkeypatch):
    item("item-1")
    for name in ("user-a", "user-b", "user-c"):
        listening_server.listens(name, progress("item-1"))
    moments = count()
    start = clock.wall()
    monkeypatch.setattr(clock, "wall", lambda: start + timedelta(seconds=12 * next(moments)))  # one step a chunk
    row = JobRun.objects.create(kind="read_listening")

    chunks = list(takewhile(lambda told: told == "to be continued", (jobs.work(row.pk) for _ in range(10))))

    row.refresh_from_db()
    assert len(chunks) >= 3
    assert row.status == JobRun.Status.SUCCEEDED
    assert (ListeningProgress.objects.count(), row.report["counts"]["listeners"]) == (3, 4)
    read_of = [path for path in listening_server.asked if path.startswith("/api/users/") and path.count("/") == 3]
    assert sorted(read_of) == ["/api/users/user-a", "/api/users/user-b", "/api/users/user-c", f"/api/users/{ROOT}"]


def test_without_a_library_server_there_is_nothing_to_read(settings, capsys):
    settings.AUDIOBOOKSHELF_TOKEN = ""

    call_command("read_listening")

    assert "no library server is connected" in capsys.readouterr().out
