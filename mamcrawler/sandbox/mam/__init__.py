"""A stand-in for MyAnonamouse: search, account, store, torrent files, a few pages and the announce of its swarm."""

from mamcrawler.sandbox.mam.site import Mam

__all__ = ["Mam"]
