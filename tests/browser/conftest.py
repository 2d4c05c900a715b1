"""The whole application in its own processes on the sandbox, and a real Chromium that visits it."""

import os
import re
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tests.realqbittorrent import free_port

CHROMIUM = Path("/usr/bin/chromium")
READY_WITHIN_S = 60


@dataclass(frozen=True)
class Application:
    """`manage.py run` on free ports in an empty folder, as a newcomer starts it."""

    url: str
    password: str


@pytest.fixture(scope="session")
def application(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Application]:
    folder = tmp_path_factory.mktemp("application")
    port, sandbox_port = free_port(), free_port()
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    environment = kept | {
        "DATA_DIR": str(folder),
        "PORT": str(port),
        "SANDBOX_PORT": str(sandbox_port),
        "MAMCRAWLER_IGNORE_DOTENV": "1",
    }
    output = folder / "output.txt"
    with output.open("wb") as stream:
        process = subprocess.Popen([sys.executable, "manage.py", "run"], env=environment, stdout=stream, stderr=stream)
    url = f"http://127.0.0.1:{port}"
    try:
        _wait_for(url, process, output)
        password = re.search(r"password (\S+)", output.read_text(encoding="utf-8"))
        assert password, output.read_text(encoding="utf-8")
        yield Application(url, password[1])
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(timeout=30)


def _wait_for(url: str, process: subprocess.Popen[bytes], output: Path) -> None:
    until = time.monotonic() + READY_WITHIN_S
    while time.monotonic() < until:
        assert process.poll() is None, output.read_text(encoding="utf-8")
        if b"Sign in" in output.read_bytes():
            urllib.request.urlopen(f"{url}/sign-in/", timeout=5).close()
            return
        time.sleep(0.2)
    raise AssertionError(f"no page within {READY_WITHIN_S} s: {output.read_text(encoding='utf-8')}")


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=str(CHROMIUM), args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
        )
        yield browser
        browser.close()


@pytest.fixture
def visit(application: Application, chromium: Browser) -> Iterator[object]:
    """Open a signed-in page; what the browser complains of is in `page.complaints`."""
    contexts: list[BrowserContext] = []

    def open_page(*, phone: bool = False, dark: bool = False, scripts: bool = True) -> Page:
        context = chromium.new_context(
            base_url=application.url,
            viewport={"width": 390, "height": 844} if phone else {"width": 1366, "height": 900},
            color_scheme="dark" if dark else "light",
            java_script_enabled=scripts,
        )
        contexts.append(context)
        page = context.new_page()
        complaints: list[str] = []
        page.on("console", lambda said: complaints.append(said.text) if said.type in {"error", "warning"} else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.complaints = complaints
        page.goto("/sign-in/")
        page.locator("input[name=username]").fill("owner")
        page.locator("input[name=password]").fill(application.password)
        page.keyboard.press("Enter")
        page.wait_for_url(f"{application.url}/")
        return page

    yield open_page
    for context in contexts:
        context.close()
