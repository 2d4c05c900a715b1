"""The stand-in for qBittorrent as a person sees it who is logged in."""

import io
from typing import Any

from werkzeug.test import Client, TestResponse

from mamcrawler.sandbox.accounts import SECRETS
from mamcrawler.sandbox.qbittorrent import Qbittorrent
from mamcrawler.sandbox.qbittorrent.manners import Generation
from tests.smallworld import SmallWorld, pass_time

API, BASE = "/api/v2/", "http://127.0.0.1:8080"


class Server:
    """A stand-in, and one person logged in to it."""

    def __init__(self, world: SmallWorld, generation: Generation = "5.1", *, log_in: bool = True) -> None:
        self.world = world
        self.http = Client(Qbittorrent(world, generation))
        if log_in:
            self.log_in()

    def log_in(self) -> None:
        self.post("auth/login", username=SECRETS.qb_username, password=SECRETS.qb_password)

    def pass_time(self, **span: float) -> None:
        """Let time go by and look once, as a monitor would; a session does not live through every span."""
        pass_time(self.world.root, **span)
        self.log_in()
        self.get("torrents/info")

    def get(self, action: str, **query: Any) -> TestResponse:
        return self.http.get(API + action, query_string=query, base_url=BASE)

    def post(self, action: str, **form: Any) -> TestResponse:
        return self.http.post(API + action, data=form, base_url=BASE)

    def add(self, content: bytes, **form: Any) -> TestResponse:
        return self.post("torrents/add", torrents=(io.BytesIO(content), "example.torrent"), **form)

    def info(self, info_hash: str) -> dict[str, Any]:
        row: dict[str, Any] = self.get("torrents/info", hashes=info_hash).get_json()[0]
        return row
