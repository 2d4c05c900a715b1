"""The real qBittorrent, in a profile of its own, on loopback only: `with run_qbittorrent(folder) as server: ...`."""

import base64
import hashlib
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

PROGRAM = Path("/usr/bin/qbittorrent-nox")
USERNAME, PASSWORD = "example-user", "example-password"
READY_WITHIN_S, GONE_WITHIN_S = 30.0, 15.0

SETTINGS = """\
[Application]
FileLogger\\Enabled=false

[BitTorrent]
Session\\AddTorrentPaused=false
Session\\AnonymousModeEnabled=false
Session\\DHTEnabled=false
Session\\LSDEnabled=false
Session\\PeXEnabled=false
Session\\DefaultSavePath={downloads}
Session\\Interface=lo
Session\\InterfaceName=lo
Session\\InterfaceAddress=127.0.0.1
Session\\IgnoreLimitsOnLAN=true
Session\\MultiConnectionsPerIp=true
Session\\Port={listen_port}
Session\\SSRFMitigation=false
Session\\ReannounceWhenAddressChanged=false
Session\\QueueingSystemEnabled=false

[LegalNotice]
Accepted=true

[Network]
PortForwardingEnabled=false

[Preferences]
General\\Locale=C
WebUI\\Address=127.0.0.1
WebUI\\Port={web_port}
WebUI\\UseUPnP=false
WebUI\\LocalHostAuth=true
WebUI\\Username={username}
WebUI\\Password_PBKDF2="@ByteArray({password_hash})"
"""


@dataclass(frozen=True)
class RealQbittorrent:
    """A running qBittorrent."""

    base_url: str
    username: str
    password: str
    listen_port: int  # where its peers reach it
    downloads: Path
    pid: int


def free_port() -> int:
    """Find a loopback port that nobody uses."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def run_qbittorrent(folder: Path, *, listen_port: int | None = None) -> Iterator[RealQbittorrent]:
    """Run one instance while the block lasts; the same folder again goes on with the same torrents.

    It talks to loopback only, without DHT, PeX, local discovery or UPnP, and is ended by its process id.
    """
    web_port, listen_port = free_port(), listen_port or free_port()
    downloads = folder / "downloads"
    _write_settings(folder, web_port=web_port, listen_port=listen_port, downloads=downloads)
    base_url = f"http://127.0.0.1:{web_port}"
    with (folder / "output.txt").open("ab") as output:
        process = subprocess.Popen(
            [PROGRAM, f"--profile={folder}"],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env={"HOME": str(folder), "LC_ALL": "C.UTF-8", "PATH": "/usr/bin:/bin", "QT_LOGGING_RULES": "*=false"},
        )
        try:
            _wait_until_ready(process, base_url, folder / "output.txt")
            yield RealQbittorrent(base_url, USERNAME, PASSWORD, listen_port, downloads, process.pid)
        finally:
            _end(process)


def _write_settings(folder: Path, *, web_port: int, listen_port: int, downloads: Path) -> None:
    downloads.mkdir(parents=True, exist_ok=True)
    config = folder / "qBittorrent" / "config"
    config.mkdir(parents=True, exist_ok=True)
    text = SETTINGS.format(
        downloads=downloads,
        web_port=web_port,
        listen_port=listen_port,
        username=USERNAME,
        password_hash=_password_hash(PASSWORD),
    )
    (config / "qBittorrent.conf").write_text(text, encoding="utf-8")


def _password_hash(password: str) -> str:
    salt = b"sixteen example "
    key = hashlib.pbkdf2_hmac("sha512", password.encode(), salt, 100_000)
    return f"{base64.b64encode(salt).decode()}:{base64.b64encode(key).decode()}"


def _wait_until_ready(process: subprocess.Popen[bytes], base_url: str, output: Path) -> None:
    until = time.monotonic() + READY_WITHIN_S
    while time.monotonic() < until:
        if process.poll() is not None:
            break
        try:
            urllib.request.urlopen(f"{base_url}/api/v2/app/version", timeout=2).close()
        except urllib.error.HTTPError as answer:  # 403: it is up and wants a login
            answer.close()
            return
        except OSError:
            time.sleep(0.1)
    raise AssertionError(f"qBittorrent did not start: {output.read_text(encoding='utf-8', errors='replace')}")


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(GONE_WITHIN_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
