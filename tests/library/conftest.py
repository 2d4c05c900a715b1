"""What tests of the library share: visitors, library servers that listen or have covers, a book in a folder."""

from copy import deepcopy

import httpx
import pytest

from mamcrawler.lib import certificates, clock
from mamcrawler.sandbox.server import serve, serve_world
from mamcrawler.sandbox.world import World
from tests.audiofiles import make_audio
from tests.factories import AudioFileFactory, BookFactory, CoverageFactory, EditionFactory, ShelfFactory
from tests.library.coverserver import CoverServer
from tests.library.listeningserver import LIBRARY, ListeningServer
from tests.library.serverside import SIGNED_IN
from tests.listenfactories import ItemFactory, ServerShelfFactory
from tests.visitors import visitor
from tests.worlds import settings_for


@pytest.fixture
def listening_server(settings):
    app = ListeningServer()
    with serve(app) as address:
        settings.AUDIOBOOKSHELF_URL, settings.AUDIOBOOKSHELF_TOKEN = address, "example-token"
        yield app


@pytest.fixture
def pauses(monkeypatch):
    taken = []
    monkeypatch.setattr(clock, "sleep", taken.append)
    return taken


@pytest.fixture
def shelf():
    return ServerShelfFactory(external_id=LIBRARY)


@pytest.fixture
def item(shelf):
    """Put a book on the server's shelf as an item of some id."""

    def put(item_id, **book):
        edition = ItemFactory(shelf=shelf, external_id=item_id)
        return CoverageFactory(edition=edition, book=BookFactory(**book)).edition

    return put


@pytest.fixture
def viewer():
    return visitor("viewer")


@pytest.fixture
def curator():
    return visitor("curator")


@pytest.fixture(scope="session")
def served(tmp_path_factory):
    """One world and its server for all tests of the library, with the state it began in."""
    world = World(tmp_path_factory.mktemp("world"))
    with serve_world(world) as base_url:
        httpx.get(f"{base_url}/audiobookshelf/api/libraries", headers=SIGNED_IN, verify=certificates.trusted())
        yield world, base_url, deepcopy(world.state)


@pytest.fixture
def world(served, settings):
    """The world as it began, and the product connected to it."""
    world, base_url, state = served
    for name, value in settings_for(base_url, world.root).items():
        setattr(settings, name, value)
    yield world
    world.faults.clear()
    with world.lock:
        world.state = deepcopy(state)


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
