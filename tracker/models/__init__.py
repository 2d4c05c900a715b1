"""The account, the releases on offer, and the tracker's pages."""

from tracker.models.account import AccountReading, TrackerSession
from tracker.models.pages import Crawl, CrawlTarget, Document, DocumentVersion
from tracker.models.releases import Release

__all__ = ["AccountReading", "Crawl", "CrawlTarget", "Document", "DocumentVersion", "Release", "TrackerSession"]
