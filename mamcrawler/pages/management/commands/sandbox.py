"""manage.py sandbox: stand-ins for every outside system."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from mamcrawler.lib import clock
from mamcrawler.runner import PortTaken, require_free_port
from mamcrawler.sandbox import server
from mamcrawler.sandbox.world import World, WorldDamaged

NOTE_EVERY_S = 1.0  # of real time


class Command(BaseCommand):
    """Serves all stand-ins on this machine over one shared world, until it is interrupted."""

    help = "Serve stand-ins for every outside system on this machine, over one shared world, until interrupted."
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the options of the world and its port."""
        parser.add_argument("--reset", action="store_true", help="forget the world first; its clock goes on")
        parser.add_argument("--scale", type=int, default=0, help="so many synthetic books beside the real ones")
        parser.add_argument("--seed", type=int, default=1, help="another seed gives another library and other releases")
        parser.add_argument(
            "--port", type=int, default=settings.SANDBOX_PORT, help="default: SANDBOX_PORT, or PORT plus one"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Go on from where the sandbox last was.

        :raises CommandError: if real services are configured, the port is taken or the world cannot be read.
        """
        if not settings.SANDBOX:
            raise CommandError("Real services are configured, so there is no sandbox. Take their settings out first.")
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.default_int_handler)
        with suppress(KeyboardInterrupt):
            self._serve(**options)

    def _serve(self, *, port: int, scale: int, seed: int, reset: bool, **_: Any) -> None:
        last_moment = settings.SANDBOX_CLOCK.with_name("last-moment.txt")
        try:
            require_free_port("127.0.0.1", port, variable="SANDBOX_PORT")
            if reset:
                World.reset(settings.SANDBOX_ROOT)
            clock.resume(settings.SANDBOX_CLOCK, speed=settings.SANDBOX_TIME_FACTOR, last_seen=_read(last_moment))
            with noting_time(last_moment):
                world = World(settings.SANDBOX_ROOT, scale=scale, seed=seed)
                server.run(
                    world, port=port, on_ready=lambda _: self.stdout.write(f"the sandbox answers on port {port}")
                )
        except (PortTaken, WorldDamaged) as error:
            raise CommandError(str(error)) from error


@contextmanager
def noting_time(path: Path) -> Iterator[None]:
    """Keep the product's moment in a file while the block runs, so that a later start can go on from it."""
    stopped = threading.Event()

    def note() -> None:
        while not stopped.wait(NOTE_EVERY_S):
            _note(path)

    noting = threading.Thread(target=note, daemon=True)
    noting.start()
    try:
        yield
    finally:
        stopped.set()
        noting.join()
        _note(path)


def _note(path: Path) -> None:
    draft = path.with_suffix(".new")
    draft.write_text(clock.now().isoformat(), encoding="utf-8")
    draft.replace(path)


def _read(path: Path) -> datetime | None:
    with suppress(FileNotFoundError, ValueError):
        return datetime.fromisoformat(path.read_text(encoding="utf-8"))
    return None
