"""What is wanted and what is offered, as plain values."""

import html
import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Wish:
    """The book that is wanted; only the title must be known."""

    title: str
    authors: tuple[str, ...] = ()
    series: str | None = None
    position: str | None = None
    narrator: str | None = None
    isbn: str | None = None
    asin: str | None = None
    language: str | None = "en"


@dataclass(frozen=True, slots=True)
class Offer:
    """A release as a tracker lists it; what the listing lacks is empty or None.

    `filetype` may name several, separated by blanks; `authors_left_out` counts authors of a long list that were cut.
    """

    title: str
    authors: tuple[str, ...] = ()
    authors_left_out: int = 0
    narrators: tuple[str, ...] = ()
    series: tuple[tuple[str, str | None], ...] = ()
    tags: str = ""
    description: str = ""
    mediainfo: str = ""
    filetype: str = ""
    main_cat: int | None = None
    category: int | None = None
    language: str | None = None
    size_bytes: int | None = None
    numfiles: int | None = None
    abridged: bool | None = None
    isbn: str | None = None
    asin: str | None = None
    seeders: int = 0

    @property
    def filetypes(self) -> frozenset[str]:
        return frozenset(re.findall(r"[a-z0-9]+", self.filetype.casefold()))

    @property
    def text(self) -> str:
        """All that is said about the recording, the most factual first."""
        return " | ".join(filter(None, (self.mediainfo, self.tags, self.title, self.description)))


_PROWLARR_TAIL = re.compile(r"\s*\[(?P<inside>[^\[\]]*)\]\s*$")
_LANGUAGE_AND_FORMAT = re.compile(r"(?P<language>[A-Za-z]{2,3})\s*/\s*(?P<filetype>[A-Za-z0-9 ,/]+)")
_FORMAT_ALONE = re.compile(
    r"(?:M4B|M4A|MP3|FLAC|AAC|OGG|OPUS|EPUB|PDF|MOBI|AZW3?)(?:[ ,/]+[A-Za-z0-9]+)*", re.IGNORECASE
)
_MOST_AUTHORS_SHOWN = 5


def offer_from_prowlarr_title(
    title: str, *, size_bytes: int | None = None, seeders: int = 0, numfiles: int | None = None
) -> Offer:
    """Read the one line that Prowlarr gives: "<title> by <up to five authors> [ENG / M4B] [VIP]".

    The authors stand after the last "by", so a title such as "Stand by Me" needs them to be told apart.
    """
    rest, language, filetype = html.unescape(title).strip(), None, ""
    while tail := _PROWLARR_TAIL.search(rest):
        inside = tail["inside"].strip()
        if both := _LANGUAGE_AND_FORMAT.fullmatch(inside):
            language, filetype = both["language"].upper(), both["filetype"].lower()
        elif _FORMAT_ALONE.fullmatch(inside):
            filetype = inside.lower()
        elif inside.upper() not in {"VIP", "FREELEECH", "FREE"}:
            break
        rest = rest[: tail.start()]
    name, _, people = rest.rpartition(" by ")
    authors = tuple(author.strip() for author in people.split(",") if author.strip()) if name else ()
    return Offer(
        title=name.strip() or rest,
        authors=authors,
        authors_left_out=int(len(authors) >= _MOST_AUTHORS_SHOWN),
        filetype=filetype,
        language=language,
        size_bytes=size_bytes,
        seeders=seeders,
        numfiles=numfiles,
    )
