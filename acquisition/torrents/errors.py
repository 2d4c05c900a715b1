"""What can go wrong with the torrent client, in words for a person."""


class TorrentClientError(Exception):
    """qBittorrent gave no usable answer."""


class TorrentClientUnavailable(TorrentClientError):
    """Silence or a 5xx: the next scheduled run may do better."""


class LoginRefused(TorrentClientError):
    """The user name or password is wrong, or the address is banned: a person has to look."""


class NotATorrentFile(TorrentClientError):
    """qBittorrent cannot read the file as a torrent."""


class TorrentRefused(TorrentClientError):
    """qBittorrent did not take the torrent and does not have it either."""


class UnexpectedAnswer(TorrentClientError):
    """An answer in a shape we do not know."""
