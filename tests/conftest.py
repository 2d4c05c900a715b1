"""What every test gets: no way off this machine, and real time unless it asks for another."""

import os
import socket
from collections.abc import Iterator
from ipaddress import ip_address
from pathlib import Path

import pytest
from hypothesis import settings as hypothesis_settings

from mamcrawler.lib import clock

hypothesis_settings.register_profile("quick", max_examples=30, deadline=None)
hypothesis_settings.register_profile("thorough", max_examples=500, deadline=None)
hypothesis_settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "quick"))


class LeftTheMachine(AssertionError):
    """A test tried to reach something that is not on this machine."""


@pytest.fixture(autouse=True)
def stay_on_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """Refuse any connection that is not loopback."""
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: tuple[str, int] | str) -> None:
        if self.family in (socket.AF_INET, socket.AF_INET6):
            host = address[0]
            if host != "localhost" and not ip_address(host).is_loopback:
                raise LeftTheMachine(f"connection to {host}")
        connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", guarded)


@pytest.fixture(autouse=True)
def real_time() -> Iterator[None]:
    """Leave no test's faster clock behind."""
    yield
    clock.reset()


@pytest.fixture
def fast_time(tmp_path: Path) -> None:
    """Let the product's clock run three hundred times faster than real time."""
    clock.follow(tmp_path / "clock.json", speed=300)
