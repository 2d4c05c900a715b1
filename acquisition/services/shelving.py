"""Placing an inspected download on its shelf."""

from collections.abc import Callable
from pathlib import Path, PurePath, PurePosixPath

import structlog
from django.db import transaction

from acquisition import placing
from acquisition.models import Download, Want
from acquisition.services.snatching import local_path
from library import paths
from library import services as library
from library.models import Book, Shelf
from mamcrawler.lib import clock, torrentfile
from mamcrawler.operations import findings, preferences

log = structlog.get_logger(__name__)

Beat = Callable[[str], object]


class NoShelf(Exception):
    """There is no active shelf to place books on: connect Audiobookshelf or add a folder."""

    def __init__(self) -> None:
        advice = "connect Audiobookshelf or add a library folder, or switch a shelf on again under Set-up"
        super().__init__(f"there is no shelf to place books on: {advice}")


def shelve(download: Download, *, beat: Beat = lambda _doing: None) -> bool:
    """Place a download's files on the shelf of its book; repeated after a crash it finds what it placed before.

    The files stay where they seed: they are linked, or copied where linking is not possible. On any failure the
    download stays inspected with the reason in a finding.

    :raises NoShelf: if there is nowhere to place it.
    """
    shelf = shelf_for(download.candidate.want.book)
    if download.status == Download.Status.INSPECTED and not download.advance(Download.Status.SHELVING):
        return False
    target = download.target_path or target_for(download)
    if not download.target_path:
        Download.objects.filter(pk=download.pk).update(target_path=target)  # the intention
        download.target_path = target
    beat(f"shelving {download.candidate.want.book}")
    try:
        placed = _place(download, shelf)
    except (placing.PlacingError, paths.OutsideShelf, OSError) as error:
        _refuse(download, error)
        return False
    _finish(download, shelf, target)
    if placed.warning:
        findings.report("shelving.copied", f"shelf {shelf.pk}", placed.warning)
    findings.settle("shelving.failed", f"download {download.pk}", how="shelved")
    return True


def shelf_for(book: Book) -> Shelf:
    """The shelf a book belongs on: where its series stands already, else the first one.

    :raises NoShelf: if there is none.
    """
    near = Shelf.objects.active().filter(
        editions__status="present", editions__coverages__book__series_entries__series__entries__book=book
    )
    shelf = near.first() or Shelf.objects.active().first()
    if shelf is None:
        raise NoShelf
    return shelf


def target_for(download: Download) -> str:
    """The folder, relative to its shelf, that the naming template gives a download."""
    release, book = download.candidate.release, download.candidate.want.book
    entry = book.first_place()
    narrators = release.narrators or []
    rendered = paths.render(
        preferences.read(preferences.ShelvingRules).template,
        paths.NamingFields(
            title=book.title,
            author=next((author.name for author in book.authors.all()), ""),
            series=entry.series.name if entry else "",
            position=entry.position if entry else "",
            narrator=", ".join(narrators[:2]),
            year=str(book.released_on.year) if book.released_on else "",
            language=book.language,
            publisher=book.publisher,
            asin=release.asin,
        ),
    )
    return str(rendered)


def _place(download: Download, shelf: Shelf) -> placing.Placed:
    root = shelf_root(shelf)
    return placing.place(
        sources_of(download),
        paths.inside(root, PurePosixPath(download.target_path)),
        staging_root=root,
        allow_copy=preferences.read(preferences.ShelvingRules).may_copy,
    )


def shelf_root(shelf: Shelf) -> Path:
    """The shelf's folder as this program sees it."""
    return Path(local_path("audiobookshelf", shelf.path) if shelf.kind == Shelf.Kind.AUDIOBOOKSHELF else shelf.path)


def sources_of(download: Download) -> list[tuple[Path, PurePath]]:
    """Each file of a download with its place inside the book's folder, under a name that every file system takes."""
    torrent = torrentfile.restore(bytes(download.info_dictionary or b""))
    content = Path(download.content_path)
    return [
        (
            content.joinpath(*file.parts) if torrent.is_folder else content,
            PurePosixPath(*[paths.file_name(part) for part in file.parts]),
        )
        for file in torrent.files
    ]


@transaction.atomic
def _finish(download: Download, shelf: Shelf, target: str) -> None:
    """Record the edition and move download and want on, all or nothing."""
    want, release = download.candidate.want, download.candidate.release
    inspection = download.inspections.first()
    edition = library.register_edition(
        shelf,
        target,
        [want.book],
        title=want.book.title,
        metadata={"title": want.book.title, "narrators": list(release.narrators)},
        duration_s=inspection.duration_s if inspection else None,
        tracker_id=release.tracker_id,
        info_hash=download.info_hash,
        shelf_folder=shelf_root(shelf),
        release_facts={"narrators": release.narrators, "series": release.series, "asin": release.asin},
    )
    if download.advance(Download.Status.SHELVED, edition=edition, settled_at=clock.now()):
        want.move(Want.Status.SHELVED, explanation=f"shelved as {target}")
        log.info("shelved", download=download.pk, target=target)


def _refuse(download: Download, error: Exception) -> None:
    """Leave everything as it was and tell a person; the next run tries again."""
    download.advance(Download.Status.INSPECTED, reason=str(error))
    findings.report(
        "shelving.failed",
        f"download {download.pk}",
        f"{download.candidate.want.book} could not be shelved: {error}",
        advice="The files are whole and keep seeding. Mend the cause, and the next run places them.",
        download=download.pk,
    )
    log.warning("could not be shelved", download=download.pk, reason=str(error))
