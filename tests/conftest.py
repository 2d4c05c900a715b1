"""What every test gets: no way off this machine, and real time unless it asks for another."""

import gc
import os
import signal
import socket
from collections.abc import Iterator
from ipaddress import ip_address
from pathlib import Path

import pytest
from hypothesis import settings as hypothesis_settings
from pytest_django import DjangoDbBlocker

from mamcrawler.lib import clock
from tests import migrated

hypothesis_settings.register_profile("quick", max_examples=30, deadline=None)
hypothesis_settings.register_profile("thorough", max_examples=500, deadline=None)
hypothesis_settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "quick"))
if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:  # as a shell has it for what runs in the background
    signal.signal(signal.SIGINT, signal.default_int_handler)  # else all that tests start and interrupt goes on


@pytest.fixture(scope="session")
def is_prefilled(django_test_environment: None, django_db_blocker: DjangoDbBlocker) -> Iterator[bool]:
    """Whether the database begins as an earlier run's migrations left it."""
    with django_db_blocker.unblock(), migrated.prefilled() as is_in_memory:
        yield is_in_memory


@pytest.fixture(scope="session")
def django_db_keepdb(django_db_keepdb: bool, is_prefilled: bool) -> bool:
    """Apply what migrations a prefilled database lacks, instead of all."""
    return django_db_keepdb or is_prefilled


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> None:
    """Make the database, and keep it for the next run."""
    with django_db_blocker.unblock():
        migrated.keep()


class LeftTheMachine(AssertionError):
    """A test tried to reach something that is not on this machine."""


def pytest_collection_finish() -> None:
    """Look for garbage seldom, and not among what stays to the end: all modules and all tests."""
    gc.freeze()
    gc.set_threshold(20_000, 10, 10)


@pytest.fixture(autouse=True, scope="session")
def stay_on_this_machine() -> Iterator[None]:
    """Refuse any connection that is not loopback."""
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: tuple[str, int] | str) -> None:
        if self.family in (socket.AF_INET, socket.AF_INET6):
            host = address[0]
            if host != "localhost" and not ip_address(host).is_loopback:
                raise LeftTheMachine(f"connection to {host}")
        connect(self, address)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", guarded)
        yield


@pytest.fixture(autouse=True)
def real_time() -> Iterator[None]:
    """Leave no test's faster clock behind."""
    yield
    clock.reset()


@pytest.fixture(autouse=True, scope="session")
def hasty_retries() -> Iterator[None]:
    """Try a connection that failed again at once: httpx would wait half a second in each test of a silent system."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("httpcore._sync.connection.RETRIES_BACKOFF_FACTOR", 0)
        yield


@pytest.fixture
def fast_time(tmp_path: Path) -> None:
    """Let the product's clock run three hundred times faster than real time."""
    clock.follow(tmp_path / "clock.json", speed=300)
