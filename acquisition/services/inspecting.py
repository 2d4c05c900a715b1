"""Proving a finished download whole before anything else touches it."""

from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

from django.db import transaction

from acquisition import inspecting
from acquisition.models import Download, Inspection
from acquisition.services.snatching import fail
from library import identity
from mamcrawler.lib import torrentfile

Beat = Callable[[str], None]


def inspect_download(download: Download, *, beat: Beat = lambda _doing: None) -> Inspection | None:
    """Check a finished download against its torrent and its stated runtimes; repeatable after a crash.

    What failed is quarantined and the want turns to its next candidate; what could not be told waits for a person.
    None if another worker took it.
    """
    if download.status == Download.Status.INSPECTING:  # its worker died
        download.advance(Download.Status.DOWNLOADED, reason="the inspection was cut")
    if not download.advance(Download.Status.INSPECTING):
        return None
    torrent = torrentfile.restore(bytes(download.info_dictionary or b""))
    result = inspecting.inspect(
        Path(download.content_path),
        torrent,
        stated_s=download.candidate.release.duration_s,
        catalogue_s=_catalogue_runtime(download),
        beat=beat,
    )
    return _record(download, result)


@transaction.atomic
def _record(download: Download, result: inspecting.InspectionResult) -> Inspection:
    """Keep what was found together with what becomes of the download, so that a crash never leaves one of them."""
    inspection = Inspection.objects.create(
        download=download,
        verdict=str(result.verdict),
        checks=[asdict(check) | {"verdict": str(check.verdict)} for check in result.checks],
        duration_s=result.duration_s,
    )
    if result.verdict == inspecting.Verdict.PASSED:
        download.advance(Download.Status.INSPECTED)
    elif result.verdict == inspecting.Verdict.FAILED:
        fail(download, result.words, status=Download.Status.QUARANTINED)
    else:
        download.advance(Download.Status.QUARANTINED, reason=f"could not be told: {result.words}")
    return inspection


def _catalogue_runtime(download: Download) -> float | None:
    """The runtime that catalogues know of the recording this release is of: by ASIN, else by its narrators."""
    release, book = download.candidate.release, download.candidate.want.book
    recordings = book.recordings.filter(runtime_s__isnull=False, is_abridged=release.is_abridged)
    if release.asin and (known := recordings.filter(asin=release.asin).first()):
        return known.runtime_s
    key = "|".join(sorted(identity.name_key(name) for name in release.narrators))
    if key and (known := recordings.filter(narrator_key=key).first()):
        return known.runtime_s
    return None
