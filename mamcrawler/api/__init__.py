"""The JSON API under /api/v1/: what the apps' routers offer, joined."""

from mamcrawler.api.root import api

__all__ = ["api"]
