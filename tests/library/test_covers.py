"""Covers are looked at once, kept in sizes, and looked at again only when their source has changed."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from library import pictures, tasks
from library.audiobookshelf import client as wire
from library.models import Cover, Edition, Shelf
from library.services import covers
from mamcrawler.lib import clock
from mamcrawler.operations import jobs
from mamcrawler.operations.models import JobRun
from tests.factories import CoverFactory, JobRunFactory, ShelfFactory
from tests.library.coverserver import SYNCED, fetch, files, item, touch
from tests.library.images import opened, picture

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("kept", "no_pause")]

Status = Cover.Status


@pytest.fixture
def server(cover_server):
    return cover_server


@pytest.fixture
def while_fetching(monkeypatch):
    """Have something happen just before each cover of the server is fetched."""
    fetch = wire.AudiobookshelfClient.cover

    def arm(act):
        def fetched(client, item_id, **options):
            act(item_id)
            return fetch(client, item_id, **options)

        monkeypatch.setattr(wire.AudiobookshelfClient, "cover", fetched)

    return arm


@pytest.fixture
def shelf(db):
    return ShelfFactory(kind=Shelf.Kind.AUDIOBOOKSHELF, external_id="lib-1")


def test_a_cover_of_the_server_is_kept_in_sizes(server, shelf, kept):
    edition = item(shelf, "emma")
    server.put("emma", picture("red", size=(700, 1000)))

    run = fetch()

    cover = edition.cover
    assert (run.status, run.summary) == (JobRun.Status.SUCCEEDED, "1 cover ready")
    assert (cover.status, cover.source, cover.width, cover.height) == (Status.READY, "server", 700, 1000)
    assert files(kept) == [f"{cover.digest}-{width}.webp" for width in (160, 320, 640)]
    assert opened((kept / cover.digest[:2] / f"{cover.digest}-320.webp").read_bytes()).size == (320, 457)


def test_a_second_run_asks_for_nothing(server, shelf):
    item(shelf, "emma")
    item(shelf, "bare", has_cover=False)
    item(shelf, "gone")
    server.put("emma", picture())
    fetch()
    server.asked.clear()

    run = fetch()

    assert run.summary == "nothing to do: every cover is known"
    assert server.asked == []


def test_what_has_no_cover_or_a_bad_one_stops_no_other(server, shelf):
    item(shelf, "none")
    item(shelf, "broken")
    item(shelf, "emma")
    server.put("broken", picture()[:300])
    server.put("emma", picture())

    run = fetch()

    assert run.summary == "1 cover ready, 1 copy without one, 1 unreadable"
    assert run.report["counts"] == {"due": 3, "covers": 1, "without_cover": 1, "unreadable": 1}
    told = dict(Cover.objects.values_list("edition__title", "reason"))
    assert told.pop("broken").startswith("the picture is damaged")
    assert told == {"none": "", "emma": ""}


def test_a_cover_that_is_too_large_says_so(server, shelf, monkeypatch):
    monkeypatch.setattr(pictures, "LARGEST_BYTES", 1024**2)
    edition = item(shelf, "emma")
    server.put("emma", b"x" * (1024**2 + 1))

    fetch()

    assert (edition.cover.status, edition.cover.reason) == (Status.UNREADABLE, "the picture is larger than 1 MB")


def test_a_changed_item_is_looked_at_again_and_an_equal_picture_is_not_made_anew(server, shelf, kept, monkeypatch):
    edition = item(shelf, "emma")
    server.put("emma", picture())
    fetch()
    before = edition.cover
    touch(edition, server_updated_ms=SYNCED + 3_600_000)
    monkeypatch.setattr(pictures, "read_picture", lambda content: pytest.fail("it was decoded again"))

    fetch()

    after = Cover.objects.get(edition=edition)
    assert server.asked == ["emma", "emma"]
    assert after.digest == before.digest
    assert after.server_updated_ms == SYNCED + 3_600_000
    assert not covers.due().exists()


def test_another_picture_takes_the_place_of_the_first(server, shelf):
    edition = item(shelf, "emma")
    server.put("emma", picture("red"))
    fetch()
    before = edition.cover.digest
    server.put("emma", picture("blue"))
    touch(edition, server_updated_ms=SYNCED + 3_600_000)

    fetch()

    assert Cover.objects.get(edition=edition).digest not in {"", before}


def test_an_item_that_lost_its_cover_shows_none(server, shelf):
    edition = item(shelf, "emma")
    server.put("emma", picture())
    fetch()
    touch(edition, has_cover=False, server_updated_ms=SYNCED + 3_600_000)

    fetch()

    assert Cover.objects.get(edition=edition).status == Status.NONE
    assert not covers.due().exists()


def test_a_change_while_the_cover_is_fetched_is_seen_by_the_next_run(server, shelf, while_fetching):
    edition = item(shelf, "emma")
    server.put("emma", picture())
    while_fetching(lambda item_id: touch(edition, server_updated_ms=SYNCED + 3_600_000))

    fetch()

    assert covers.due().get() == edition


def test_two_copies_of_one_picture_keep_it_once(server, shelf, kept):
    first, second = item(shelf, "emma"), item(shelf, "emma again")
    server.put("emma", picture())
    server.put("emma again", picture())

    fetch()

    assert first.cover.digest == second.cover.digest
    assert len(files(kept)) == 3


@pytest.mark.django_db(transaction=True)
def test_a_copy_that_is_removed_meanwhile_stops_no_other(server, shelf, while_fetching):
    doomed = item(shelf, "doomed")
    item(shelf, "emma")
    server.put("doomed", picture())
    server.put("emma", picture())
    while_fetching(lambda item_id: Edition.objects.filter(pk=doomed.pk, external_id=item_id).delete())

    run = fetch()

    assert (run.status, run.summary) == (JobRun.Status.SUCCEEDED, "1 cover ready")


def test_a_silent_server_fails_the_run_and_what_is_known_stays(server, shelf):
    edition = item(shelf, "emma")
    server.put("emma", picture())
    fetch()
    for number in range(5):
        item(shelf, f"new {number}")
    touch(edition, server_updated_ms=SYNCED + 3_600_000)
    server.answers = {one.external_id: (503, "text/plain", b"busy") for one in Edition.objects.all()}
    server.asked.clear()

    run = fetch()

    assert run.status == JobRun.Status.FAILED
    assert "status 503" in run.failure
    assert len(set(server.asked)) == tasks.MOST_UNREACHABLE
    assert Cover.objects.get(edition=edition).status == Status.READY


def test_one_item_that_the_server_can_not_give_waits_an_hour_while_others_are_fetched(server, shelf):
    bad = item(shelf, "bad")
    for name in ("emma", "persuasion"):
        item(shelf, name)
        server.put(name, picture())
    server.put("bad", b"<html>", media_type="text/html")

    run = fetch()

    assert run.status == JobRun.Status.SUCCEEDED
    assert run.summary.startswith(f"2 covers ready; {shelf.name}: /api/items/bad/cover: text/html where")
    assert bad.cover.reason.startswith("it could not be fetched")
    assert not covers.due().exists()
    Cover.objects.filter(edition=bad).update(retry_at=clock.now())
    server.put("bad", picture("red"))
    assert fetch().summary == "1 cover ready"
    assert Cover.objects.get(edition=bad).retry_at is None


def test_a_shelf_out_of_reach_keeps_no_other_from_its_covers(emma, place, server, shelf):
    (place / "cover.jpg").write_bytes(picture())
    for number in range(5):
        item(shelf, f"new {number}", added_at=clock.now() + timedelta(days=1))
        server.put(f"new {number}", b"busy", status=503)

    run = fetch()

    assert run.status == JobRun.Status.SUCCEEDED
    assert run.summary.startswith(f"1 cover ready; {shelf.name}: ")
    assert emma.cover.status == Status.READY


def test_what_never_was_tried_comes_before_what_failed_and_new_copies_come_first(shelf):
    now = clock.now()
    failed, old, new = item(shelf, "failed"), item(shelf, "old"), item(shelf, "new")
    touch(old, added_at=now - timedelta(days=9))
    CoverFactory(
        edition=failed, status=Status.UNREADABLE, digest="", width=None, height=None, reason="no", retry_at=now
    )

    assert list(Edition.objects.cover_due()) == [new, old, failed]


def test_what_is_not_there_is_not_looked_at(server, shelf, settings):
    now = clock.now()
    item(shelf, "vanished", status=Edition.Status.VANISHED, vanished_at=now)
    item(shelf, "")  # placed by us, and not seen by the server yet
    item(ShelfFactory(kind=Shelf.Kind.AUDIOBOOKSHELF, external_id="lib-2", is_active=False), "switched off")
    assert not covers.due().exists()

    item(shelf, "emma")
    assert covers.due().exists()
    settings.AUDIOBOOKSHELF_TOKEN = ""
    assert not covers.due().exists()


def test_a_run_is_asked_for_only_when_a_cover_is_due(shelf, server):
    assert tasks.ask_for_covers() == "no cover is due"
    assert not JobRun.objects.exists()

    item(shelf, "emma")
    assert tasks.ask_for_covers() == f"asked for run {JobRun.objects.get(kind='cache_covers').pk}"
    assert tasks.ask_for_covers().startswith("Fetch the covers is already queued")


def test_after_a_run_that_failed_none_is_asked_for_within_the_hour(shelf, server):
    item(shelf, "emma")
    finished_at = clock.now() - timedelta(minutes=50)
    row = JobRunFactory(kind="cache_covers", status=JobRun.Status.FAILED, failure="no answer", finished_at=finished_at)
    assert tasks.ask_for_covers() == "the last run failed within the hour"

    JobRun.objects.filter(pk=row.pk).update(finished_at=clock.now() - timedelta(minutes=70))
    assert tasks.ask_for_covers().startswith("asked for run")


def test_a_run_is_cut_between_two_covers_and_goes_on_with_the_rest(server, shelf, monkeypatch, while_fetching):
    for name in ("emma", "persuasion", "sanditon"):
        item(shelf, name)
        server.put(name, picture(size=(100 + len(name), 100)))
    monkeypatch.setattr(jobs, "CHUNK", timedelta(seconds=-1))
    row = JobRun.objects.create(kind="cache_covers")
    jobs.work(row.pk)
    assert not Cover.objects.exists()
    monkeypatch.setattr(jobs, "CHUNK", timedelta(minutes=1))
    while_fetching(lambda item_id: JobRun.objects.filter(pk=row.pk).update(is_paused=len(server.asked) == 1))

    jobs.work(row.pk)
    assert Cover.objects.ready().count() == 2
    jobs.unpause(row)
    jobs.work(row.pk)

    row.refresh_from_db()
    assert (row.summary, row.report["counts"]["due"]) == ("3 covers ready", 3)
    assert sorted(server.asked) == ["emma", "persuasion", "sanditon"]


@pytest.mark.parametrize(
    "facts",
    [
        {"status": "lovely"},
        {"source": "dream"},
        {"digest": ""},
        {"width": None},
        {"height": 0},
        {"reason": "it is ready all the same"},
        {"status": "none"},
        {"status": "unreadable", "digest": "", "width": None, "height": None},
    ],
)
def test_the_database_refuses_a_cover_that_makes_no_sense(facts):
    cover = CoverFactory()

    with pytest.raises(IntegrityError), transaction.atomic():
        Cover.objects.filter(pk=cover.pk).update(**facts)
