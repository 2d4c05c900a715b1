"""What is noted of a book that we placed on a shelf ourselves."""

import pytest

from library import services
from library.models import Recording
from library.services import ListedRecording
from library.services.listing import add_recordings
from tests.factories import BookFactory, ShelfFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def shelf(tmp_path):
    folder = tmp_path / "Ann Example" / "Ember"
    folder.mkdir(parents=True)
    (folder / "ember.mp3").write_bytes(b"audio")
    return ShelfFactory(path=str(tmp_path))


def place(shelf, *books, narrators=()):
    told = {"title": "Ember", "authors": ["Ann Example"], "narrators": list(narrators)}
    return services.register_edition(shelf, "Ann Example/Ember", books, title="Ember", metadata=told, duration_s=3600)


def test_a_placed_copy_is_of_the_performance_that_its_narrators_tell(shelf):
    book = BookFactory(title="Ember", by="Ann Example")
    add_recordings(book, [ListedRecording(asin="B000000001", narrators=("Ray Porter",), runtime_s=3700)])

    edition = place(shelf, book, narrators=["Porter, Ray"])

    assert edition.recording == Recording.objects.get()
    assert edition.recording.runtime_s == 3700
    assert place(shelf, book, narrators=["Ray Porter"]) == edition
    assert Recording.objects.count() == 1


@pytest.mark.parametrize("count", [1, 2])
def test_no_performance_is_made_up_for_unknown_narrators_or_several_books(shelf, count):
    edition = place(shelf, *BookFactory.create_batch(count), narrators=["Ray Porter"] if count > 1 else [])

    assert edition.recording is None
    assert not Recording.objects.exists()
