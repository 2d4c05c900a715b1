"""People who visit the pages, a library server, and one on which people listen, with its shelf here."""

from copy import deepcopy

import httpx
import pytest

from mamcrawler.lib import clock
from mamcrawler.sandbox.server import serve, serve_world
from mamcrawler.sandbox.world import World
from tests.factories import BookFactory, CoverageFactory
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


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    """One world and its server for all tests here, with the state it began in."""
    world = World(tmp_path_factory.mktemp("world"))
    with serve_world(world) as base_url:
        httpx.get(f"{base_url}/audiobookshelf/api/libraries", headers=SIGNED_IN)
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
