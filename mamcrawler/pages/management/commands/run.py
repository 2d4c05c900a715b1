"""manage.py run: the whole application with one command."""

import http.client
import os
import secrets
import sys
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from mamcrawler.operations.models import User
from mamcrawler.runner import Child, PortTaken, Runner, require_free_port

WORKER_GRACE_S = 5.0  # a job that goes on for longer is taken up again by the next worker
WEB_GRACE_S = 4.0  # longer than gunicorn gives its workers


class Command(BaseCommand):
    """Migrates, starts web, worker and (without credentials) the sandbox, and says where to sign in."""

    help = "Run the whole application until Ctrl-C: web, worker and, without credentials, the sandbox."

    def handle(self, *args: Any, **options: Any) -> None:
        """Run everything; the exit code is that of the first process that died, or 0.

        :raises CommandError: if a port is taken.
        """
        try:
            require_free_port(settings.HOST, settings.PORT, variable="PORT")
            if settings.SANDBOX:
                require_free_port("127.0.0.1", settings.SANDBOX_PORT, variable="SANDBOX_PORT")
        except PortTaken as taken:
            raise CommandError(str(taken)) from taken
        parent = Parent()
        with Runner(self._tell) as runner:
            code = self._run(runner, parent)
        if code:
            sys.exit(code)

    def _tell(self, text: str) -> None:
        """Write at once: in a file or a pipe the address would otherwise show only at the end."""
        self.stdout.write(text)
        self.stdout.flush()

    def _run(self, runner: Runner, parent: "Parent") -> int:
        if settings.SANDBOX:
            runner.start(Child("sandbox", manage("sandbox")))
        call_command("migrate", verbosity=0, interactive=False)
        invitation = invite()
        if settings.SANDBOX and (code := self._await(runner, parent, settings.SANDBOX_URL)) is not None:
            return code
        runner.start(Child("worker", manage("worker"), grace_s=WORKER_GRACE_S))
        runner.start(Child("web", gunicorn(), _bound(), grace_s=WEB_GRACE_S))
        if (code := self._await(runner, parent, address())) is not None:
            return code
        runner.say(f"\n{invitation}\nPress Ctrl-C to stop.\n")
        return runner.wait(parent.is_gone) or 0

    @staticmethod
    def _await(runner: Runner, parent: "Parent", url: str) -> int | None:
        code = runner.wait(lambda: parent.is_gone() or answers(url))
        return 0 if parent.is_gone() else code


class Parent:
    """Who started us; without them we end as well.

    In a terminal Ctrl-C reaches `make` and us alike. When `make` alone is interrupted it only waits for us, having put
    its own handler away: that is the sign to end.
    """

    def __init__(self) -> None:
        self._pid = os.getppid()
        self._handled_interrupts = self._handles_interrupts()

    def is_gone(self) -> bool:
        """Whether our parent has ended, or is about to."""
        return os.getppid() != self._pid or (self._handled_interrupts and not self._handles_interrupts())

    def _handles_interrupts(self) -> bool:
        if "MAKELEVEL" not in os.environ:
            return False
        try:
            status = Path(f"/proc/{self._pid}/status").read_text(encoding="utf-8")
        except OSError:  # not Linux
            return False
        caught = next(line for line in status.splitlines() if line.startswith("SigCgt:"))
        return bool(int(caught.split()[1], 16) & 0b10)  # bit 1 stands for signal 2, SIGINT


def manage(command: str) -> list[str]:
    """Give the command line of one of our own commands."""
    return [sys.executable, str(settings.BASE_DIR / "manage.py"), command]


def gunicorn() -> list[str]:
    """Give the command line of the web server."""
    configuration = settings.BASE_DIR / "deploy" / "gunicorn.conf.py"
    return [sys.executable, "-m", "gunicorn", "mamcrawler.wsgi", "--config", str(configuration)]


def _bound() -> dict[str, str]:
    return {"HOST": settings.HOST, "PORT": str(settings.PORT)}


def address() -> str:
    """Where the first page is, as a browser on this machine reaches it."""
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(settings.HOST, settings.HOST)  # noqa: S104 - only compared
    return f"http://[{host}]:{settings.PORT}/" if ":" in host else f"http://{host}:{settings.PORT}/"


def answers(url: str) -> bool:
    """Whether a web server answers there at all."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=5)
    try:
        connection.request("HEAD", "/")
        connection.getresponse()
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
    return True


def invite() -> str:
    """Say where to go and how to sign in; in a sandbox without users an owner is made first."""
    if not settings.SANDBOX:
        is_new = not User.objects.exists()
        return f"MAMcrawler is ready to be set up: {address()}setup/" if is_new else f"MAMcrawler: {address()}"
    path = settings.DATA_DIR / "owner-password.txt"
    if not User.objects.exists():
        password = secrets.token_urlsafe(12)
        _keep(path, password)
        User.objects.create_superuser("owner", password=password, role=User.Role.OWNER)
    return f"MAMcrawler on the sandbox: {address()}\n{_how_to_sign_in(path)}"


def _how_to_sign_in(path: Path) -> str:
    owner = User.objects.filter(username="owner").first()
    password = path.read_text(encoding="utf-8").strip() if path.exists() else ""
    if owner is None or not owner.check_password(password):
        return "Sign in with your own account."
    return f"Sign in as owner with the password {password} (kept in {path})."


def _keep(path: Path, password: str) -> None:
    path.unlink(missing_ok=True)
    made = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    os.write(made, f"{password}\n".encode())
    os.close(made)
