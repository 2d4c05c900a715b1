"""Watching our torrents in the client until their files are there."""

from dataclasses import dataclass
from pathlib import Path

import structlog

from acquisition import torrents as torrent_client
from acquisition.models import Download
from acquisition.services.snatching import connect, fail, local_path
from mamcrawler.lib import clock, torrentfile

log = structlog.get_logger(__name__)

Group = torrent_client.Group


@dataclass
class Followed:
    """What one look at the client brought."""

    running: int = 0
    finished: int = 0
    failed: int = 0


def follow_downloads() -> Followed:
    """Look at every torrent of ours that is being fetched, and move its download on.

    :raises TorrentClientError: if the client gives no usable answer; nothing is changed then.
    """
    downloads = {download.info_hash: download for download in Download.objects.in_client()}
    followed = Followed()
    if not downloads:
        return followed
    with connect() as client:
        seen = {torrent.info_hash: torrent for torrent in client.torrents(hashes=downloads)}
        stopped = [t.info_hash for t in seen.values() if t.group in (Group.PAUSED, Group.PAUSED_COMPLETE)]
        if stopped:
            client.start(stopped)
    for info_hash, download in downloads.items():
        torrent = seen.get(info_hash)
        if torrent is None:
            fail(download, "the torrent is no longer in qBittorrent")
            followed.failed += 1
        else:
            _note(download, torrent, followed)
    return followed


def _content(download: Download, torrent: torrent_client.Torrent) -> str:
    """The torrent's own folder or file as this program sees it.

    For a folder with a single file in it qBittorrent names that file as the content.
    """
    content = Path(local_path("qbittorrent", torrent.content_path))
    listed = torrentfile.restore(bytes(download.info_dictionary or b""))
    if listed.is_folder and len(listed.files) == 1:
        content = content.parents[len(listed.files[0].parts) - 1]
    return str(content)


def _note(download: Download, torrent: torrent_client.Torrent, followed: Followed) -> None:
    Download.objects.filter(pk=download.pk).update(
        progress=min(max(torrent.progress, 0.0), 1.0),
        speed_bytes_s=max(torrent.download_speed, 0),
        eta_s=torrent.eta_s,
        client_state=torrent.state[:30],
        looked_at=clock.now(),
    )
    download.refresh_from_db()
    if torrent.group == Group.ERRORED:
        fail(download, f"qBittorrent reports {torrent.state}: look at its disk and its log")
        followed.failed += 1
    elif torrent.is_complete:
        if download.advance(Download.Status.DOWNLOADED, content_path=_content(download, torrent), progress=1.0):
            followed.finished += 1
            log.info("download complete", download=download.pk)
    else:
        followed.running += 1
        if download.status == Download.Status.ADDED:
            download.advance(Download.Status.DOWNLOADING)
