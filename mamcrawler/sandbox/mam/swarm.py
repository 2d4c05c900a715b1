"""The tracker's announce: who has which torrent, so that real clients find each other, and what they transferred."""

import socket
import struct
import threading
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

from mamcrawler.lib import clock
from mamcrawler.sandbox.mam.membership import is_free_for_us
from mamcrawler.sandbox.world import SECRETS, World, WorldRelease

INTERVAL_S = 30
FORGOTTEN_AFTER_S = 20 * 60.0
"""Real seconds after which a silent peer is dropped."""

OTHERS_PASSKEY = "sandbox-passkey-others"
"""The passkey of everybody else in the swarm: what they transfer does not count for the account."""


@dataclass
class Peer:
    """One client that has announced a torrent."""

    address: str
    port: int
    peer_id: bytes
    left: int
    uploaded: int = 0
    downloaded: int = 0
    seen_at: float = 0.0


@dataclass
class Swarm:
    """All peers by info hash; not kept over a restart, since clients announce again by themselves."""

    world: World
    peers: dict[str, dict[bytes, Peer]] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def announce(self, passkey: str, query: bytes, address: str) -> bytes:
        """Answer one announce; a refusal is an answer with a reason, as for every private tracker."""
        if passkey not in {SECRETS.passkey, OTHERS_PASSKEY}:
            return bencoded({"failure reason": "Unrecognized host/PassKey"})
        asked = dict(parse_qsl(query.decode("latin-1"), keep_blank_values=True, encoding="latin-1"))
        info_hash = asked.get("info_hash", "").encode("latin-1")
        release = self.world.by_info_hash(info_hash.hex()) if len(info_hash) == 20 else None
        if release is None:
            return bencoded({"failure reason": "torrent not registered with this tracker"})
        numbers = {name: asked.get(name, "") for name in ("port", "uploaded", "downloaded", "left")}
        if not all(value.isdigit() for value in numbers.values()):
            return bencoded({"failure reason": "malformed announce"})
        peer = Peer(address, int(numbers["port"]), asked.get("peer_id", "").encode("latin-1"), int(numbers["left"]))
        peer.uploaded, peer.downloaded = int(numbers["uploaded"]), int(numbers["downloaded"])
        with self._lock:
            before = self._remember(info_hash.hex(), peer, stopped=asked.get("event") == "stopped")
            others = [other for key, other in self.peers[info_hash.hex()].items() if key != peer.peer_id]
        if passkey == SECRETS.passkey:
            self.count(
                release,
                uploaded=max(0, peer.uploaded - (before.uploaded if before else 0)),
                downloaded=max(0, peer.downloaded - (before.downloaded if before else 0)),
            )
        return bencoded(_listed(peer, others, asked))

    def count(self, release: WorldRelease, *, uploaded: int, downloaded: int) -> None:
        """Add what was transferred to the account; what is free for it does not count as downloaded."""
        with self.world.lock:
            self.world.account.uploaded_bytes += uploaded
            if not is_free_for_us(self.world, release):
                self.world.account.downloaded_bytes += downloaded

    def _remember(self, info_hash: str, peer: Peer, *, stopped: bool) -> Peer | None:
        known = self.peers.setdefault(info_hash, {})
        now = clock.monotonic() / clock.factor()
        peer.seen_at = now
        before = known.pop(peer.peer_id, None)
        if not stopped:
            known[peer.peer_id] = peer
        for key in [key for key, other in known.items() if now - other.seen_at > FORGOTTEN_AFTER_S]:
            del known[key]
        return before


def _listed(peer: Peer, others: list[Peer], asked: dict[str, str]) -> dict[str, Any]:
    useful = [other for other in others if other.left or peer.left]  # seeders have nothing to tell each other
    wanted = int(asked["numwant"]) if asked.get("numwant", "").isdigit() else 50
    chosen = useful[:wanted]
    peers: Any = b"".join(_compact(other) for other in chosen)
    if asked.get("compact") == "0":
        peers = [{"ip": other.address, "peer id": other.peer_id, "port": other.port} for other in chosen]
    everybody = others if asked.get("event") == "stopped" else [*others, peer]
    return {
        "complete": sum(1 for other in everybody if not other.left),
        "incomplete": sum(1 for other in everybody if other.left),
        "interval": INTERVAL_S,
        "min interval": 5,
        "peers": peers,
    }


def _compact(peer: Peer) -> bytes:
    try:
        return socket.inet_aton(peer.address) + struct.pack("!H", peer.port)
    except OSError:
        return b""  # an IPv6 address has no place here


def bencoded(value: Any) -> bytes:
    """Encode numbers, strings, lists and dictionaries as BitTorrent does."""
    if isinstance(value, int):
        return b"i%de" % value
    if isinstance(value, str):
        value = value.encode()
    if isinstance(value, bytes):
        return b"%d:%s" % (len(value), value)
    if isinstance(value, list):
        return b"l" + b"".join(map(bencoded, value)) + b"e"
    entries = sorted((key.encode(), content) for key, content in value.items())
    return b"d" + b"".join(bencoded(key) + bencoded(content) for key, content in entries) + b"e"
