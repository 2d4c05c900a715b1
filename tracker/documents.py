"""The tracker's guides and rules: crawled where that is allowed, imported from saved pages, kept by version."""

import hashlib
import re
import shutil
import uuid
from collections.abc import Callable, Iterable
from datetime import timedelta
from enum import StrEnum
from itertools import islice
from pathlib import Path, PurePath
from typing import Any

import structlog
from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from pydantic import BaseModel, Field

from mamcrawler.lib import clock
from mamcrawler.lib.pace import NotNow
from mamcrawler.operations import jobs, preferences
from mamcrawler.operations.models import JobRun, OutsideHost, User
from tracker import saved_pages, services
from tracker.mam import DownloadsBlocked, Page, SessionRejected, TrackerClient, TrackerError, pages
from tracker.models import Crawl, CrawlTarget, Document, DocumentVersion
from tracker.saved_pages import NotImported, SavedFile

log = structlog.get_logger(__name__)

START = "/guides/"
DEEPEST = 3
"""A guide is read when so many links or fewer lead to it from the start."""

CATEGORIES = (
    ("InAudible", r"inaudible"),
    ("Legacy", r"legacy|outdated|obsolete|archived"),
    ("Conversions", r"conver|encod|transcod|m4b|aax|splitting|chapter"),
    ("Uploading", r"upload|bbcode|template"),
    ("Optimization", r"optimi[sz]|tuning|performance|speed"),
    ("Connectivity", r"connect|port forward|ports?\b|vpn|firewall|router|proxy|seedbox"),
    ("Clients", r"client|qbittorrent|deluge|transmission|utorrent|rtorrent|rutorrent|biglybt|libtorrent"),
    ("Basics", r"basic|beginner|getting started|introduction|new member|ratio|seed|hit and run"),
    ("Site", r"site|rules|questions|faq|bonus|vip|wedge|freeleech|search|forum|invite|class|update"),
)
"""Categories, and the beginnings of words in a title or an address that tell them; the first that fits wins."""
NO_CATEGORY = "Misc"


class CrawlingOff(Exception):
    """The owner did not allow that the program reads the tracker's pages by itself."""

    def __init__(self) -> None:
        super().__init__(
            "Nothing was read: crawling is switched off. Import saved pages instead, or set MAM_CRAWL_PAGES=true "
            "after reading the tracker's rules, which forbid programs to read its pages."
        )


class Outcome(StrEnum):
    """What became of a page."""

    NEW = "new"
    CHANGED = "changed"
    UNCHANGED = "unchanged"


class Counts(BaseModel):
    """How many pages came to which outcome."""

    new: int = 0
    changed: int = 0
    unchanged: int = 0

    @property
    def total(self) -> int:
        """Pages that were read."""
        return self.new + self.changed + self.unchanged

    def add(self, outcome: Outcome) -> None:
        """Count one more."""
        setattr(self, outcome.value, getattr(self, outcome.value) + 1)

    def told(self) -> list[str]:
        """The outcomes that occurred, in words."""
        return [f"{count} {outcome}" for outcome in Outcome if (count := getattr(self, outcome.value))]


class CrawlReport(Counts):
    """Where the crawl stands: its guides by outcome, the pages that failed, and what is left."""

    failed: dict[str, str] = Field(default_factory=dict)  # path and reason
    left: int = 0
    halted: str = ""

    def sentence(self) -> str:
        """The report in a line for people."""
        told = [*self.told(), *([f"{len(self.failed)} failed"] if self.failed else [])]
        text = (
            f"{self.total} guide{'' if self.total == 1 else 's'}: {', '.join(told)}." if told else "Nothing was read."
        )
        if self.halted:
            text += f" Stopped early: {self.halted}."
        if self.left:
            text += f" {self.left} page{' waits' if self.left == 1 else 's wait'} for the next run."
        elif not told:
            text += " The tracker's list of guides is empty."
        return text


class ImportReport(Counts):
    """What an import came to so far, so that it can go on after a pause."""

    seen: int = 0
    size_bytes: int = 0
    refused: list[tuple[str, str]] = Field(default_factory=list)  # file and reason
    taken: dict[str, tuple[str, str]] = Field(default_factory=dict)  # path to file and digest

    def sentence(self) -> str:
        """The report in a line for people; it names the first files that were refused."""
        if not self.seen:
            return "Nothing was imported: there are no saved pages."
        told = self.told()
        text = (
            f"{self.total} page{'' if self.total == 1 else 's'}: {', '.join(told)}" if told else "No page was imported"
        )
        if self.refused:
            named = [f"{name} ({reason})" for name, reason in self.refused[:3]]
            more = len(self.refused) - len(named)
            text += f"; {len(self.refused)} refused: {', '.join(named)}{f' and {more} more' if more else ''}"
        return f"{text}."


def category_of(title: str, path: str) -> str:
    """Tell what a page is filed under."""
    for category, words in CATEGORIES:
        if re.search(rf"\b(?:{words})", f"{title} {path}", re.IGNORECASE):
            return category
    return NO_CATEGORY


def outcome_of(page: Page) -> Outcome:
    """Tell what storing a page would come to."""
    document = Document.objects.filter(path=page.path).first()
    current = document.current if document else None
    if current is None:
        return Outcome.NEW
    return Outcome.UNCHANGED if current.digest == _digest(page) else Outcome.CHANGED


@transaction.atomic
def store_page(page: Page, source: str) -> Outcome:
    """Keep a page; a new version comes about only when its text changed.

    :param source: "crawl" or "import".
    """
    title = page.title or page.path
    known, _ = Document.objects.get_or_create(path=page.path, defaults={"kind": page.kind.value, "title": title[:300]})
    document = Document.objects.select_for_update().get(pk=known.pk)  # one writer at a time numbers its versions
    outcome = outcome_of(page)
    if outcome is not Outcome.UNCHANGED:
        number = document.versions.count() + 1
        DocumentVersion.objects.create(
            document=document, number=number, text=page.markdown, digest=_digest(page), source=source
        )
    document.kind, document.title, document.category = page.kind.value, title[:300], category_of(title, page.path)
    document.checked_at = clock.now()
    document.save()
    return outcome


def crawl_guides(run: jobs.Run) -> CrawlReport:
    """Read the tracker's guides from their index on, at the pace of a person, as far as one session may go.

    Every page that was read stands in a row, so an interrupted crawl goes on where it was cut. A page that cannot be
    read is marked with the reason, and the rest goes on.

    :raises CrawlingOff: if the owner did not allow it.
    :raises SessionRejected: if the tracker asks to log in; the crawl goes on once the session works again.
    """
    if not settings.TRACKER_PAGES_ALLOWED:
        raise CrawlingOff
    crawl = _open_crawl()
    halted = ""
    try:
        with services.connect(for_pages=True) as client:
            while (target := _next_target(crawl)) is not None:
                run.row.done, run.row.total = _read_count(crawl), crawl.targets.count()
                _wait_for_our_turn(run)
                run.beat(f"Reading {target.path}")
                _visit(client, target)
    except NotNow as wait:
        halted = str(wait).rstrip(".")
    return _close_session(crawl, halted)


def import_pages(
    files: Iterable[SavedFile],
    *,
    report: ImportReport | None = None,
    beat: Callable[[str], None] = lambda _: None,
    is_dry: bool = False,
) -> ImportReport:
    """Keep the pages in files that a person saved; each that is refused is told why, and the rest goes on.

    :param report: of the part of the same import that was done before; its files are skipped.
    :param beat: called with the name of each file before it is read; what it raises ends the import.
    :param is_dry: whether to tell the outcome only.
    """
    report = report or ImportReport()
    for file in islice(files, report.seen, None):
        beat(file.name)
        try:
            report.add(_import(file, report, is_dry=is_dry))
        except NotImported as refusal:
            report.refused.append((file.name, str(refusal)))
        report.seen += 1
    return report


def request_import(uploads: Iterable["UploadedFile[Any]"], *, user: User | None = None) -> JobRun:
    """Ask for an import of uploaded files; they are laid aside for the worker, which removes them in the end.

    :raises AlreadyActive: if an import is queued or running.
    """
    folder = uploads_folder() / uuid.uuid4().hex
    folder.mkdir(parents=True)
    try:
        for number, upload in enumerate(uploads, 1):  # two files may bear the same name
            place = folder / f"{number:03}"
            place.mkdir()
            with (place / PurePath(upload.name or "page.html").name).open("wb") as file:
                file.writelines(upload.chunks())
        return jobs.request("import_pages", user=user, paths=[str(folder)])
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise


def uploads_folder() -> Path:
    """Where uploaded files wait for their import."""
    return Path(settings.DATA_DIR) / "imports"


def forget_uploads(paths: Iterable[Path]) -> None:
    """Remove those of an import's folders that were made for uploads, and no others."""
    for path in paths:
        if path.parent == uploads_folder():
            shutil.rmtree(path, ignore_errors=True)


def _digest(page: Page) -> str:
    return hashlib.sha256(page.markdown.encode()).hexdigest()


def _open_crawl() -> Crawl:
    """The crawl that was begun and not finished, else a new one."""
    crawl = Crawl.objects.filter(finished_at__isnull=True).order_by("pk").first()
    if crawl is None:
        with transaction.atomic():
            crawl = Crawl.objects.create(page_budget=_pages_a_session())
            crawl.targets.create(path=START)
        log.info("crawl began", crawl=crawl.pk)
    return crawl


def _pages_a_session() -> int:
    return preferences.read(preferences.TrackerPace).pages_a_session


def _read_count(crawl: Crawl) -> int:
    return crawl.targets.exclude(status=CrawlTarget.Status.PENDING).count()


def _next_target(crawl: Crawl) -> CrawlTarget | None:
    """The page to read next; none when all are read or the session's budget is used up."""
    return crawl.targets.pending().first() if _read_count(crawl) < crawl.page_budget else None


def _wait_for_our_turn(run: jobs.Run) -> None:
    """Let the run rest until the tracker may be asked, so that a slow pace neither silences nor holds the worker."""
    host = OutsideHost.objects.filter(name=services.HOST).first()
    wait = host.next_at - clock.now() if host else timedelta(0)
    if wait > timedelta(0):
        run.rest(wait, "Pausing between two pages")


def _visit(client: TrackerClient, target: CrawlTarget) -> None:
    try:
        page = client.page(target.path)
    except (SessionRejected, DownloadsBlocked):
        raise  # nothing more may be asked, and the page still waits to be read
    except (TrackerError, RecursionError) as error:
        target.status, target.reason = CrawlTarget.Status.FAILED, (str(error) or type(error).__name__)[:300]
        target.save(update_fields=["status", "reason"])
        log.warning("page failed", path=target.path, reason=target.reason)
        return
    with transaction.atomic():
        is_unchanged = store_page(page, "crawl") is Outcome.UNCHANGED
        if target.depth < DEEPEST:
            numbers = [pages.guide_id(link) for link in page.links if link.startswith(START)]
            CrawlTarget.objects.bulk_create(
                [
                    CrawlTarget(
                        crawl_id=target.crawl_id, path=saved_pages.path_of_guide(number), depth=target.depth + 1
                    )
                    for number in dict.fromkeys(numbers)
                    if number is not None
                ],
                ignore_conflicts=True,
            )
        target.status = CrawlTarget.Status.UNCHANGED if is_unchanged else CrawlTarget.Status.STORED
        target.save(update_fields=["status"])


def _close_session(crawl: Crawl, halted: str) -> CrawlReport:
    """Finish the crawl when nothing is left, else allow it the pages of another session; tell where it stands."""
    report = _crawl_report(crawl)
    report.halted = halted
    if not report.left:
        crawl.finished_at = clock.now()
    elif not halted:
        crawl.page_budget += _pages_a_session()
    crawl.save()
    return report


def _crawl_report(crawl: Crawl) -> CrawlReport:
    status = CrawlTarget.Status
    targets = list(crawl.targets.all())
    guides = [target for target in targets if target.path != START]
    stored = [target.path for target in guides if target.status == status.STORED]
    new = Document.objects.filter(path__in=stored, first_seen_at__gte=crawl.started_at).count()
    return CrawlReport(
        new=new,
        changed=len(stored) - new,
        unchanged=sum(target.status == status.UNCHANGED for target in guides),
        failed={target.path: target.reason for target in targets if target.status == status.FAILED},
        left=sum(target.status == status.PENDING for target in targets),
    )


def _import(file: SavedFile, report: ImportReport, *, is_dry: bool) -> Outcome:
    content = file.read()
    report.size_bytes += len(content)
    if report.size_bytes > saved_pages.LARGEST_IMPORT_BYTES:
        raise NotImported("the import is too large in all: import the rest on its own")
    page = saved_pages.read_page(file.name, content, base_url=settings.TRACKER_URL)
    digest = _digest(page)
    earlier, its_digest = report.taken.get(page.path, ("", digest))
    if its_digest != digest:
        raise NotImported(f"it is the page of {earlier} with another text: keep one of the two")
    if earlier:
        return Outcome.UNCHANGED
    outcome = outcome_of(page) if is_dry else store_page(page, "import")
    report.taken[page.path] = (file.name, digest)
    return outcome
