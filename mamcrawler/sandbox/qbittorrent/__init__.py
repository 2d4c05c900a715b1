"""A qBittorrent without a swarm: four generations of its Web API over torrents that fill themselves."""

from mamcrawler.sandbox.qbittorrent.app import Qbittorrent

__all__ = ["Qbittorrent"]
