"""People who visit the pages, and a library server."""

from copy import deepcopy

import httpx
import pytest

from mamcrawler.sandbox.server import serve_world
from mamcrawler.sandbox.world import World
from tests.library.serverside import SIGNED_IN
from tests.visitors import visitor
from tests.worlds import settings_for


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
