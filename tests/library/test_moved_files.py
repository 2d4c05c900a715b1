"""Files that are found again by their inode, however large the library is."""

import pytest
from django.db import connection

from library.models import AudioFile, Edition, Shelf
from library.services import sync_shelf
from tests.audiofiles import make_audio
from tests.factories import AudioFileFactory, EditionFactory

pytestmark = pytest.mark.django_db


def test_files_are_found_by_their_inode():
    first, second = AudioFileFactory(inode="17"), AudioFileFactory(inode="17")
    AudioFileFactory(inode="18")

    assert list(AudioFile.objects.bearing(["17", "99"])) == [first, second]


def test_files_are_looked_up_by_an_index_and_not_one_by_one():
    editions = EditionFactory.create_batch(40)
    AudioFile.objects.bulk_create(
        AudioFile(edition=editions[number % 40], position=number, path=f"{number}.mp3", inode=str(number))
        for number in range(20_000)
    )
    if connection.vendor == "postgresql":
        connection.cursor().execute("ANALYZE")  # the server does so by itself within the minute; SQLite never does

    plan = AudioFile.objects.bearing([str(number) for number in range(0, 200, 7)]).explain()

    assert "audio_file_by_inode" in plan


def test_a_file_of_another_shelf_that_bears_the_same_inode_is_no_move(tmp_path):
    file = make_audio(tmp_path / "one" / "Jane Austen" / "Emma" / "emma.mp3", seconds=1)
    (tmp_path / "two" / "Jane Austen" / "Emma").mkdir(parents=True)
    (tmp_path / "two" / "Jane Austen" / "Emma" / "emma.mp3").hardlink_to(file)
    one, two = (Shelf.objects.create(kind=Shelf.Kind.FOLDER, name=n, path=str(tmp_path / n)) for n in ("one", "two"))
    sync_shelf(two, beat=lambda doing: None)
    make_audio(tmp_path / "two" / "Other" / "Other" / "other.mp3", seconds=1, seed=2)

    sync_shelf(one, beat=lambda doing: None)
    sync_shelf(two, beat=lambda doing: None)

    placed = Edition.objects.present().order_by("shelf__name", "path").values_list("shelf__name", "path")
    assert list(placed) == [("one", "Jane Austen/Emma"), ("two", "Jane Austen/Emma"), ("two", "Other/Other")]
