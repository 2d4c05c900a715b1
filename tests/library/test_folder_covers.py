"""Covers of folder shelves: which picture it is, when it is read again, and that no crash leaves half of one."""

import os
import shutil
from pathlib import Path

import pytest

from library import pictures, tasks
from library.audiobookshelf import AudiobookshelfClient
from library.models import Cover, Edition
from library.services import covers
from mamcrawler.lib import clock
from mamcrawler.operations.models import JobRun
from tests.audiofiles import add_cover, make_audio
from tests.factories import AudioFileFactory, EditionFactory
from tests.library.coverserver import fetch, files, touch
from tests.library.images import opened, picture

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("kept", "no_pause")]

Status = Cover.Status


def look_at(edition):
    """Look at one cover by itself."""
    with AudiobookshelfClient(base_url="http://127.0.0.1:9", token="none") as client:
        covers.cache_cover(Edition.objects.get(pk=edition.pk), client)
    return Cover.objects.get(edition=edition)


def test_a_picture_beside_the_files_is_the_cover(emma, place):
    (place / "artist.png").write_bytes(picture("red", form="PNG"))
    (place / "cover.png").write_bytes(picture("blue", form="PNG"))

    cover = look_at(emma)

    assert (cover.status, cover.source, cover.source_path) == (Status.READY, "file", "Jane Austen/Emma/cover.png")
    assert cover.source_size_bytes == (place / "cover.png").stat().st_size
    assert cover.digest == pictures.digest_of((place / "cover.png").read_bytes())


@pytest.mark.parametrize("name", ["emma.mp3", "emma.m4b"])
def test_a_picture_inside_the_audio_is_the_cover_where_none_lies_beside_it(emma, place, name):
    (place / "emma.mp3").unlink()
    add_cover(make_audio(place / name, seconds=0.5))
    emma.audio_files.update(path=name)

    cover = look_at(emma)

    assert (cover.status, cover.source, cover.source_path) == (Status.READY, "embedded", f"Jane Austen/Emma/{name}")
    assert (cover.width, cover.widths) == (64, (64,))


def test_a_loose_file_has_the_picture_of_its_name(emma, place):
    root = Path(emma.shelf.path)
    make_audio(root / "loose.mp3", seconds=0.5)
    (root / "cover.jpg").write_bytes(picture("red"))
    (root / "loose.jpg").write_bytes(picture("blue"))
    loose = EditionFactory(shelf=emma.shelf, path="loose.mp3", fingerprint="one")
    AudioFileFactory(edition=loose, path="loose.mp3")

    assert look_at(loose).source_path == "loose.jpg"


def test_a_broken_picture_beside_the_files_gives_way_to_the_one_inside(emma, place):
    (place / "cover.jpg").write_bytes(b"no picture")
    add_cover(place / "emma.mp3")

    assert look_at(emma).source == "embedded"


def test_a_folder_with_a_broken_picture_only_says_what_is_wrong(emma, place):
    (place / "cover.jpg").write_bytes(picture()[:200])

    cover = look_at(emma)

    assert cover.status == Status.UNREADABLE
    assert cover.reason.startswith("cover.jpg is damaged")


def test_a_picture_whose_name_is_no_text_is_shown_all_the_same(emma, place):
    try:
        Path(os.fsdecode(bytes(place) + b"/caf\xe9.jpg")).write_bytes(picture())
    except OSError:
        pytest.skip("this file system takes no such name")

    cover = look_at(emma)

    assert (cover.status, cover.source_path) == (Status.READY, "Jane Austen/Emma/caf?.jpg")


def test_an_audio_file_that_moved_since_the_last_sync_is_left_to_the_next(emma, place):
    (place / "emma.mp3").rename(place / "elsewhere.mp3")

    assert look_at(emma).status == Status.NONE


def test_a_folder_without_a_picture_has_no_cover(emma):
    assert look_at(emma).status == Status.NONE


def test_a_picture_that_stayed_the_same_is_not_read_again_when_another_file_changed(emma, place, monkeypatch):
    (place / "cover.jpg").write_bytes(picture())
    before = look_at(emma)
    touch(emma, fingerprint="two")
    monkeypatch.setattr(Path, "read_bytes", lambda path: pytest.fail("it was read again"))

    after = look_at(emma)

    assert (after.digest, after.fingerprint) == (before.digest, "two")
    assert not covers.due().exists()


def test_a_picture_that_was_replaced_is_read(emma, place):
    (place / "cover.jpg").write_bytes(picture("red"))
    before = look_at(emma)
    (place / "cover.jpg").write_bytes(picture("blue", size=(300, 300)))
    touch(emma, fingerprint="two")

    after = look_at(emma)

    assert after.digest != before.digest
    assert after.width == 300


def test_a_disk_that_is_not_there_takes_no_cover_away(emma, place):
    (place / "cover.jpg").write_bytes(picture())
    before = look_at(emma)
    touch(emma, fingerprint="two")
    shelf = Path(emma.shelf.path)
    shelf.rename(shelf.with_name("elsewhere"))

    run = fetch()

    after = Cover.objects.get(edition=emma)
    assert run.status == JobRun.Status.FAILED
    assert (after.status, after.digest, after.fingerprint) == (Status.READY, before.digest, "one")
    assert after.retry_at > clock.now()


def test_dying_between_the_files_and_the_row_costs_nothing(emma, place, kept, monkeypatch):
    (place / "cover.jpg").write_bytes(picture())
    with monkeypatch.context() as dying:
        dying.setattr(covers, "_note", lambda edition, facts: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            look_at(emma)
    assert len(files(kept)) == 3
    assert not Cover.objects.exists()

    cover = look_at(emma)

    assert files(kept) == [f"{cover.digest}-{width}.webp" for width in (160, 320, 400)]


def test_dying_in_the_middle_of_a_file_leaves_no_half_of_it(emma, place, kept, monkeypatch):
    (place / "cover.jpg").write_bytes(picture())
    synced = []

    def die_at_the_second(descriptor):
        synced.append(descriptor)
        if len(synced) == 2:
            raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", die_at_the_second)
    with pytest.raises(KeyboardInterrupt):
        look_at(emma)

    [name] = files(kept)
    assert name.endswith("-160.webp")
    assert opened(next(kept.rglob(name)).read_bytes()).size == (160, 160)


def test_a_full_disk_of_our_own_is_told_and_tried_again(emma, place, monkeypatch):
    (place / "cover.jpg").write_bytes(picture())
    monkeypatch.setattr(os, "fsync", lambda descriptor: (_ for _ in ()).throw(OSError(28, "No space left on device")))

    run = fetch()

    assert run.status == JobRun.Status.FAILED
    assert "No space left on device" in run.failure
    assert emma.cover.retry_at is not None


def test_a_copy_whose_files_are_gone_is_left_to_the_next_reading_of_its_shelf(emma, place):
    shutil.rmtree(place)

    run = fetch()

    assert run.status == JobRun.Status.SUCCEEDED
    assert run.summary == "0 covers ready, the files of 1 not there"
    assert emma.cover.retry_at is not None


def test_pictures_that_were_lost_are_fetched_anew(emma, place, kept):
    (place / "cover.jpg").write_bytes(picture())
    fetch()
    next(kept.rglob("*-320.webp")).unlink()

    run = fetch()

    assert run.summary == "1 cover ready"
    assert len(files(kept)) == 3


def test_after_a_restore_without_the_pictures_a_run_is_asked_for(emma, place, kept):
    (place / "cover.jpg").write_bytes(picture())
    fetch()
    assert tasks.ask_for_covers() == "no cover is due"

    shutil.rmtree(kept)

    assert tasks.ask_for_covers().startswith("asked for run")


def test_old_pictures_that_no_cover_has_are_removed_and_young_ones_are_left(emma, place, kept):
    (place / "cover.jpg").write_bytes(picture())
    fetch()
    own = files(kept)
    strays = [
        kept / "ab" / f"ab{'0' * 30}-160.webp",
        kept / "ab" / f"ab{'1' * 30}-160.webp.77.new",
        kept / "ab" / "young",
    ]
    strays[0].parent.mkdir(exist_ok=True)
    for stray in strays:
        stray.write_bytes(b"x")
    for stray in strays[:2]:
        os.utime(stray, (0, 0))
    (kept / "ab" / "a folder").mkdir()

    covers.tidy(lambda doing: None)

    assert files(kept) == sorted([*own, "young"])
