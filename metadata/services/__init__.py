"""Verbs of metadata: list series, enrich editions, decide proposals."""

from metadata.services.enriching import Enriched, enrich_edition
from metadata.services.listing import list_series, series_due
from metadata.services.proposing import accept, reject, reopen
from metadata.services.sources import connect_all

__all__ = ["Enriched", "accept", "connect_all", "enrich_edition", "list_series", "reject", "reopen", "series_due"]
