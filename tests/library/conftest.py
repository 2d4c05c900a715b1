"""A library server on which people listen, and its shelf here."""

import pytest

from mamcrawler.lib import clock
from mamcrawler.sandbox.server import serve
from tests.factories import BookFactory, CoverageFactory
from tests.library.listeningserver import LIBRARY, ListeningServer
from tests.listenfactories import ItemFactory, ServerShelfFactory


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
