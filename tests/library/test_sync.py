"""Mirroring a shelf: only what changed, nothing lost, and one bad item never stops the rest."""

import json
import os
from pathlib import Path

import pytest

from library.audiobookshelf import TokenRejected
from library.models import AudioFile, Book, Edition, Series, Shelf
from library.services import ShelfUnreachable, TooManyVanished, sync_shelf, walking, write
from mamcrawler.benchmarks.library_sync import counting_rows
from mamcrawler.lib.stopping import Interrupted
from mamcrawler.operations.models import Finding
from tests.audiofiles import make_audio
from tests.library.scriptedserver import item, scripted_shelf

pytestmark = pytest.mark.django_db


@pytest.fixture
def scripted(settings, monkeypatch):
    """A server whose pages hold five items, and its shelf."""
    monkeypatch.setattr(walking, "PAGE", 5)
    monkeypatch.setattr(walking, "BATCH", 3)
    monkeypatch.setattr(walking, "REQUEST", 2)
    with scripted_shelf(settings) as both:
        yield both


@pytest.fixture
def server(scripted):
    return scripted[0]


@pytest.fixture
def shelf(scripted):
    return scripted[1]


@pytest.fixture
def folder(tmp_path):
    return Shelf.objects.create(kind=Shelf.Kind.FOLDER, name="Folder", path=str(tmp_path))


def sync(shelf, **options):
    return sync_shelf(shelf, beat=lambda doing: None, **options)


def novels(count: int, *, start: int = 1):
    return [item(number, f"Novel the {number}th of Bath") for number in range(start, start + count)]


def test_every_item_is_mirrored_with_its_book_and_its_files(server, shelf):
    server.put(*novels(12))

    report = sync(shelf)

    assert (report.seen, report.new) == (12, 12)
    assert Edition.objects.present().count() == Book.objects.owned().count() == AudioFile.objects.count() == 12
    assert shelf.synced_at is not None


def test_a_second_sync_fetches_no_item_and_writes_no_row(server, shelf):
    server.put(*novels(12))
    sync(shelf)
    server.asked.clear()

    with counting_rows() as written:
        report = sync(shelf)

    assert report.sentence() == "12 items, nothing changed"
    assert sum(written) == 0
    assert {path.rpartition("/")[2] for path in server.asked} == {"items"}


def test_only_a_changed_item_is_fetched_and_keeps_its_row(server, shelf):
    server.put(*novels(7))
    sync(shelf)
    before = Edition.objects.get(external_id="item-3").pk

    server.put(item(3, "Emma", path="Austen/Emma", updated=5))
    report = sync(shelf)

    changed = Edition.objects.get(external_id="item-3")
    assert (report.changed, report.new) == (1, 0)
    assert (changed.pk, changed.path, changed.title) == (before, "Austen/Emma", "Emma")


def test_a_renamed_item_takes_its_book_along_so_that_none_is_missing(server, shelf):
    server.put(item(1, "Pride and Prejudice", series=[("Bennets", "2")]))
    sync(shelf)
    book = Book.objects.get()

    server.put(item(1, "Sanditon", series=[("Fragments", "1")], updated=9))
    sync(shelf)

    assert Book.objects.get().pk == book.pk
    assert str(Book.objects.get()) == "Sanditon"
    assert [str(entry) for entry in book.series_entries.all()] == ["Fragments #1"]
    assert not Book.objects.missing().exists()


def test_a_corrected_number_does_not_part_a_book_from_its_item(server, shelf):
    server.put(item(1, "Emma", series=[("Highbury", "2")]))
    sync(shelf)

    server.put(item(1, "Emma", series=[("Highbury", "1")], updated=9))
    sync(shelf)

    (entry,) = Book.objects.owned().get().series_entries.all()
    assert entry.position == "1"


def test_items_that_swap_their_folders_keep_their_rows(server, shelf):
    server.put(item(1, "Emma", path="a"), item(2, "Persuasion", path="b"))
    sync(shelf)
    rows = dict(Edition.objects.values_list("external_id", "pk"))

    server.put(item(1, "Emma", path="b", updated=1), item(2, "Persuasion", path="a", updated=1))
    sync(shelf)

    assert dict(Edition.objects.present().values_list("external_id", "pk")) == rows
    assert dict(Edition.objects.values_list("external_id", "path")) == {"item-1": "b", "item-2": "a"}


def test_an_item_that_the_server_made_anew_is_the_same_edition(server, shelf):
    old = item(1, "Emma")
    server.put(old, *novels(5, start=2))
    sync(shelf)
    row = Edition.objects.get(external_id="item-1").pk

    del server.items["item-1"]
    server.put(old | {"id": "item-99"})
    sync(shelf)

    assert Edition.objects.get(external_id="item-99").pk == row
    assert Edition.objects.count() == 6


def test_a_vanished_item_is_marked_and_returns_when_it_comes_back(server, shelf):
    server.put(*novels(12))
    sync(shelf)

    gone = server.items.pop("item-4")
    first = sync(shelf)
    vanished = Edition.objects.get(external_id="item-4")
    server.put(gone)
    second = sync(shelf)

    assert (first.vanished, second.returned) == (1, 1)
    assert vanished.status == Edition.Status.VANISHED
    vanished.refresh_from_db()
    assert (vanished.status, vanished.vanished_at) == (Edition.Status.PRESENT, None)


@pytest.mark.parametrize("how", ["not listed", "listed as missing"])
def test_a_sync_that_would_lose_a_tenth_stops_and_asks(server, shelf, how):
    server.put(*novels(20))
    sync(shelf)
    for number in range(1, 5):
        if how == "not listed":
            del server.items[f"item-{number}"]
        else:
            server.items[f"item-{number}"] |= {"isMissing": True, "updatedAt": 1_700_000_009_000}

    with pytest.raises(TooManyVanished):
        sync(shelf)

    assert Edition.objects.present().count() == 20
    assert Finding.objects.open().filter(kind="library.vanished").exists()

    report = sync(shelf, may_vanish=4)

    assert report.vanished == 4
    assert Edition.objects.present().count() == 16
    assert not Finding.objects.open().filter(kind="library.vanished").exists()


def test_a_list_that_shifts_while_it_is_read_hides_nothing(server, shelf):
    server.put(*novels(12))

    def shift(page: int) -> None:
        if page == 1:
            server.items.pop("item-1", None)

    server.on_page = shift
    report = sync(shelf)

    assert Edition.objects.present().filter(external_id="item-6").exists(), "it slid onto the page read before"
    assert report.seen >= 11


def test_a_cut_sync_goes_on_at_the_page_where_it_was_cut(server, shelf):
    server.put(*novels(20))
    beats = iter(range(100))

    def cut(_: str) -> None:
        if next(beats) == 8:
            raise Interrupted

    with pytest.raises(Interrupted):
        sync_shelf(shelf, beat=cut)
    shelf.refresh_from_db()
    assert shelf.sync_cursor["page"] > 0
    pages = []
    server.on_page = pages.append
    sync(shelf)

    assert pages[0] == shelf.sync_cursor.get("page", pages[0]) != 0
    assert Edition.objects.present().count() == 20
    shelf.refresh_from_db()
    assert shelf.sync_cursor == {}


def test_a_rejected_token_changes_nothing_and_rises(server, shelf):
    server.put(*novels(3))
    sync(shelf)
    server.status = 401

    with pytest.raises(TokenRejected):
        sync(shelf)

    assert Edition.objects.present().count() == 3


def test_bad_items_are_reported_one_by_one_and_the_rest_goes_on(server, shelf):
    no_media = item(1, "Emma") | {"media": None}
    odd_date = item(2, "Persuasion") | {"addedAt": 10**30}
    same_place = item(4, "Sanditon", path="shelf/3")
    server.put(no_media, odd_date, item(3, "Lady Susan"), same_place, item(5, "Northanger Abbey", publishedDate="soon"))

    report = sync(shelf)

    assert set(Edition.objects.values_list("title", flat=True)) == {"Lady Susan", "Northanger Abbey"}
    assert len(report.broken) == 3
    assert Finding.objects.open().get(kind="library.broken_items").detail["items"] == report.broken
    assert sync(shelf).broken, "they are told again until they end"


def test_half_characters_and_endless_numbers_stop_no_other_item(server, shelf):
    huge = item(3, "Sanditon") | {"size": 10**25}
    endless = item(4, "Lady Susan")
    endless["media"]["audioFiles"][0] |= {"duration": 1e-300}
    endless["media"]["duration"] = 1e-300
    server.put(item(1, "Emma \ud83d"), item(2, "Persuasion"), huge, endless)

    report = sync(shelf)

    assert set(Edition.objects.values_list("title", flat=True)) == {"Emma \ufffd", "Persuasion"}
    assert len(report.broken) == 2
    assert report.broken[0] == "item-3: size is out of range"


def test_half_a_character_in_a_sidecar_is_replaced(folder, tmp_path):
    make_audio(tmp_path / "Emma" / "emma.mp3", seconds=1)
    sidecar = {"title": "Emma \ud83d", "authors": ["Jane Austen"], "chapters": [{"start": 0, "end": 10**400}]}
    (tmp_path / "Emma" / "metadata.json").write_text(json.dumps(sidecar))

    report = sync(folder)
    write(Edition.objects.get(), {"subtitle": "A Novel"}, source="a test")

    assert report.broken == []
    assert Edition.objects.get().title == "Emma \ufffd"
    assert json.loads((tmp_path / "Emma" / "metadata.json").read_text())["subtitle"] == "A Novel"


def test_a_huge_description_with_html_is_kept_as_it_is(server, shelf):
    description = "<p>Long &amp; <b>bold</b></p>" * 400
    server.put(item(1, "Emma", description=description))

    sync(shelf)

    assert Edition.objects.get().metadata["description"] == description


def test_a_series_of_four_hundred_takes_as_many_queries_as_one_of_four(server, shelf, django_assert_max_num_queries):
    server.put(*(item(n, f"Case {n} of Holmes and more", series=[("Cases", str(n))]) for n in range(1, 401)))
    walking.PAGE, walking.BATCH, walking.REQUEST = 500, 200, 200

    with django_assert_max_num_queries(110):
        sync(shelf)

    assert Series.objects.get().entries.count() == 400


def test_the_next_volumes_of_forty_series_take_as_many_queries_as_of_two(server, shelf, django_assert_max_num_queries):
    walking.PAGE, walking.BATCH, walking.REQUEST = 500, 200, 200
    server.put(*(item(n, f"Beginning {n}", series=[(f"Saga {n}", "1")]) for n in range(1, 41)))
    sync(shelf)
    server.put(*(item(100 + n, f"End {n}", series=[(f"Saga {n}", "2")]) for n in range(1, 41)))

    with django_assert_max_num_queries(40):
        sync(shelf)

    assert Series.objects.count() == 40


def test_a_folder_that_moved_keeps_its_row(folder, tmp_path):
    make_audio(tmp_path / "Jane Austen" / "Emma" / "emma.mp3", seconds=1)
    make_audio(tmp_path / "Jane Austen" / "Persuasion" / "persuasion.mp3", seconds=1, seed=2)
    sync(folder)
    rows = dict(Edition.objects.values_list("title", "pk"))

    (tmp_path / "Jane Austen" / "Emma").rename(tmp_path / "swap")
    (tmp_path / "Jane Austen" / "Persuasion").rename(tmp_path / "Jane Austen" / "Emma")
    (tmp_path / "swap").rename(tmp_path / "Jane Austen" / "Persuasion")
    sync(folder)

    assert {e.path: e.pk for e in Edition.objects.present()} == {
        "Jane Austen/Persuasion": rows["Emma"],
        "Jane Austen/Emma": rows["Persuasion"],
    }


def test_a_folder_with_damage_links_and_loops_is_read_around_them(folder, tmp_path):
    make_audio(tmp_path / "Jane Austen" / "Emma" / "emma.mp3", seconds=1)
    damaged = tmp_path / "Jane Austen" / "Persuasion" / "noise.m4b"
    damaged.parent.mkdir()
    damaged.write_bytes(os.urandom(2_000))
    (tmp_path / "Jane Austen" / "loop").symlink_to(tmp_path)
    (tmp_path / "Jane Austen" / "Emma" / "gone.mp3").symlink_to(tmp_path / "nowhere.mp3")

    report = sync(folder)

    assert list(Edition.objects.values_list("path", flat=True)) == ["Jane Austen/Emma"]
    assert any("noise.m4b" in line for line in report.broken)
    assert sync(folder).new == 0


def test_a_folder_that_is_not_mounted_is_not_an_empty_one(folder):
    folder.path = str(Path(folder.path) / "not-mounted")

    with pytest.raises(ShelfUnreachable):
        sync(folder)


def test_a_book_without_author_waits_to_be_matched(folder, tmp_path):
    make_audio(tmp_path / "Emma" / "emma.mp3", seconds=1)

    sync(folder)

    edition = Edition.objects.unplaced().get()
    finding = Finding.objects.open().get(kind="library.fix_match")
    assert finding.detail["edition"] == edition.pk
    assert not Book.objects.exists()
