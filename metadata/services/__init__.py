"""Verbs of metadata: list series and authors, enrich editions, decide proposals."""

from metadata.services.bibliographies import authors_due, list_author
from metadata.services.enriching import Enriched, enrich_edition
from metadata.services.listing import list_series, series_due
from metadata.services.proposing import accept, reject, reopen
from metadata.services.sources import connect_all

__all__ = [
    "Enriched",
    "accept",
    "authors_due",
    "connect_all",
    "enrich_edition",
    "list_author",
    "list_series",
    "reject",
    "reopen",
    "series_due",
]
