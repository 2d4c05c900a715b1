"""What tests of the library share: a place for pictures, a server that has covers, a book in a folder."""

import pytest

from mamcrawler.lib import clock
from mamcrawler.sandbox.server import serve
from tests.audiofiles import make_audio
from tests.factories import AudioFileFactory, EditionFactory, ShelfFactory
from tests.library.coverserver import CoverServer


@pytest.fixture
def kept(settings, tmp_path):
    """The folder in which pictures are kept."""
    settings.COVERS_DIR = tmp_path / "covers"
    return settings.COVERS_DIR


@pytest.fixture
def no_pause(monkeypatch):
    """Go on at once where the program would wait."""
    monkeypatch.setattr(clock, "sleep", lambda seconds: None)


@pytest.fixture
def cover_server(settings):
    """The library server that is configured."""
    app = CoverServer()
    with serve(app) as address:
        settings.AUDIOBOOKSHELF_URL, settings.AUDIOBOOKSHELF_TOKEN = address, "example-token"
        yield app


@pytest.fixture
def place(tmp_path):
    """A book's folder on a folder shelf."""
    path = tmp_path / "shelf" / "Jane Austen" / "Emma"
    path.mkdir(parents=True)
    return path


@pytest.fixture
def emma(place):
    """The edition of that folder, with one audio file."""
    root = place.parents[1]
    edition = EditionFactory(
        shelf=ShelfFactory(name="Disk", path=str(root)), path=place.relative_to(root).as_posix(), fingerprint="one"
    )
    AudioFileFactory(edition=edition, path=make_audio(place / "emma.mp3", seconds=0.5).name)
    return edition
