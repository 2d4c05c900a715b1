"""A stand-in for Audnexus: the catalogue's recordings by ASIN, their chapters, a search and authors.

Its data is imperfect in the same places every time: a recording sold in one region only, a subtitle inside the title,
a position written as words, a summary, an ISBN or the chapters that lack.
"""

import json
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any, Protocol
from wsgiref.types import StartResponse, WSGIEnvironment
from zlib import crc32

from werkzeug.exceptions import NotFound
from werkzeug.routing import Map, Rule
from werkzeug.wrappers import Request, Response

from mamcrawler.sandbox.catalogue import Catalogue, CatalogueBook, Performance
from mamcrawler.sandbox.faults import Faults

REGIONS = ("au", "ca", "de", "es", "fr", "in", "it", "jp", "us", "uk")
LANGUAGES = {"en": "english", "de": "german", "fr": "french", "es": "spanish", "it": "italian", "nl": "dutch"}
ASIN = re.compile(r"B[\dA-Z]{9}|\d{9}[\dX]")
INTRO_MS, OUTRO_MS = 2043, 5062
CHAPTER_S = 20
MOST_FOUND = 10

URLS = Map(
    [
        Rule("/books/search", endpoint="search"),
        Rule("/books/<asin>", endpoint="book"),
        Rule("/books/<asin>/chapters", endpoint="chapters"),
        Rule("/authors", endpoint="authors"),
        Rule("/authors/<asin>", endpoint="author"),
        Rule("/health", endpoint="health"),
    ]
)


class KnowsBooks(Protocol):
    """What this stand-in needs of the world."""

    catalogue: Catalogue
    faults: Faults

    def duration_s(self, performance: Performance) -> float:
        """How long a performance plays here, in seconds."""


class Refused(Exception):
    """An error as Audnexus words it."""

    def __init__(self, status: int, code: str, message: str, details: Any = ...) -> None:
        super().__init__(message)
        self.status = status
        self.body: dict[str, Any] = {"error": {"code": code, "message": message}}
        if details is not ...:
            self.body["error"]["details"] = details


@dataclass(frozen=True)
class Recording:
    """One performance with its book, as the shop sells it."""

    book: CatalogueBook
    performance: Performance


class Audnexus:
    """Audnexus in one WSGI app."""

    def __init__(self, world: KnowsBooks) -> None:
        self._world = world

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request."""
        return self._answer(Request(environ))(environ, start_response)

    def _answer(self, request: Request) -> Response:
        try:
            endpoint, values = URLS.bind_to_environ(request.environ).match()
        except NotFound:
            return _json(
                404, {"message": f"Route GET:{request.path} not found", "error": "Not Found", "statusCode": 404}
            )
        if endpoint == "search":
            return self._search(request)
        try:
            match endpoint:
                case "book":
                    found = self._recording(values["asin"], request)
                    return _json(200, self._book(found, _region(request)))
                case "chapters":
                    return _json(200, self._chapters(self._recording(values["asin"], request), _region(request)))
                case "authors":
                    return _json(200, self._authors(request.args.get("name", ""), _region(request)))
                case "author":
                    return _json(200, self._author(values["asin"], _region(request)))
            return _json(200, {"status": "ok"})
        except Refused as refusal:
            return _json(refusal.status, refusal.body)

    @cached_property
    def _recordings(self) -> dict[str, Recording]:
        books = self._world.catalogue.books.values()
        return {one.asin: Recording(book, one) for book in books for one in book.performances}

    @cached_property
    def _postings(self) -> dict[str, set[str]]:
        """For each word, the ASINs of the recordings whose title, author, narrator or series holds it."""
        found: dict[str, set[str]] = {}
        for asin, recording in self._recordings.items():
            book = recording.book
            names = (*book.authors, *recording.performance.narrators, *(place.name for place in book.series))
            for word in words(" ".join((book.title, book.subtitle, *names))):
                found.setdefault(word, set()).add(asin)
        return found

    @cached_property
    def _author_asins(self) -> dict[str, str]:
        names = {name for recording in self._recordings.values() for name in recording.book.authors}
        return {person_asin(name): name for name in sorted(names)}

    def _recording(self, asin: str, request: Request) -> Recording:
        """The recording asked for.

        :raises Refused: if the ASIN is none, unknown, or not sold in that region.
        """
        if not ASIN.fullmatch(asin):
            raise Refused(400, "BAD_REQUEST", "Bad ASIN")
        region = _region(request)
        found = self._recordings.get(asin)
        if found is None or region not in sold_in(found):
            details = {"asin": asin, "code": "REGION_UNAVAILABLE"}
            message = f"Item not available in region '{region}' for ASIN: {asin}"
            raise Refused(404, "REGION_UNAVAILABLE", message, details)
        return found

    def _search(self, request: Request) -> Response:
        text, region = request.args.get("q", ""), request.args.get("region", "us")
        if not text.strip():
            return _json(400, {"error": "Bad Request", "message": "q is required"})
        if region not in REGIONS:
            return _json(400, {"error": "Bad Request", "message": f"Unknown region: {region}"})
        wanted = words(text)
        counts: dict[str, int] = {}
        for word in wanted:
            for asin in self._postings.get(word, ()):
                counts[asin] = counts.get(asin, 0) + 1
        enough = [(-count, asin) for asin, count in counts.items() if 2 * count > len(wanted)]
        best = [self._recordings[asin] for _, asin in sorted(enough, key=self._likeness(wanted))]
        sold = [recording for recording in best if region in sold_in(recording)]
        return _json(200, [self._book(recording, region) for recording in sold[:MOST_FOUND]])

    def _likeness(self, wanted: list[str]) -> Any:
        """Most words first, then the title that holds the fewest others."""

        def order(hit: tuple[int, str]) -> tuple[int, int, str]:
            title = words(self._recordings[hit[1]].book.title)
            return hit[0], len(set(title) - set(wanted)), hit[1]

        return order

    def _book(self, recording: Recording, region: str) -> dict[str, Any]:
        """A recording as Audnexus shows it: what is not known is absent, never null."""
        book, performance = recording.book, recording.performance
        released_on = performance.released_on or book.released_on
        told: dict[str, Any] = {
            "asin": performance.asin,
            "authors": [{"asin": person_asin(name), "name": name} for name in book.authors],
            "description": _first_sentence(book.description),
            "formatType": "abridged" if performance.abridged else "unabridged",
            "genres": [_genre(name, first=not place) for place, name in enumerate(book.genres)],
            "isAdult": False,
            "language": LANGUAGES.get(performance.language, performance.language),
            "literatureType": "fiction" if "non-fiction" not in book.genres else "nonfiction",
            "narrators": [{"name": name} for name in performance.narrators],
            "publisherName": performance.publisher,
            "rating": "4.5",
            "region": region,
            "runtimeLengthMin": round(self._world.duration_s(performance) / 60),
            "summary": "" if is_odd(book, "summary", 7) else f"<p>{book.description}</p>",
            "title": f"{book.title}: {book.subtitle}" if book.subtitle and is_odd(book, "title", 3) else book.title,
        }
        if released_on:
            told |= {"copyright": released_on.year, "releaseDate": f"{released_on.isoformat()}T00:00:00.000Z"}
        if not is_odd(book, "isbn", 3) and book.isbn:
            told["isbn"] = book.isbn
        if not is_odd(book, "image", 9):
            told["image"] = f"https://m.media-amazon.com/images/I/{performance.asin}.jpg"
        if book.subtitle and told["title"] == book.title:
            told["subtitle"] = book.subtitle
        elif performance.dramatised:
            told["subtitle"] = "Dramatized Adaptation"
        for key, place in zip(("seriesPrimary", "seriesSecondary"), book.series, strict=False):
            position = {"position": told_position(book, performance, place.position)} if place.position else {}
            told[key] = {"asin": person_asin(place.name), "name": place.name} | position
        return told

    def _chapters(self, recording: Recording, region: str) -> dict[str, Any]:
        """The chapters, of about equal length.

        :raises Refused: if Audible has none for this recording.
        """
        asin = recording.performance.asin
        if is_odd(recording.book, "chapters", 10):
            raise Refused(404, "404", f"{asin} has no chapters", None)
        whole_ms = round(self._world.duration_s(recording.performance) * 1000)
        count = max(2, whole_ms // (CHAPTER_S * 1000))
        starts = [whole_ms * number // count for number in range(count + 1)]
        chapters = [
            {
                "lengthMs": end - start,
                "startOffsetMs": start,
                "startOffsetSec": round(start / 1000),
                "title": f"Chapter {number}",
            }
            for number, (start, end) in enumerate(pairwise(starts), start=1)
        ]
        return {
            "asin": asin,
            "brandIntroDurationMs": INTRO_MS,
            "brandOutroDurationMs": OUTRO_MS,
            "chapters": chapters,
            "isAccurate": not is_odd(recording.book, "accurate", 10),
            "region": region,
            "runtimeLengthMs": whole_ms,
            "runtimeLengthSec": round(whole_ms / 1000),
        }

    def _authors(self, name: str, _region: str) -> list[dict[str, str]]:
        """Authors whose names share a word with the one asked for; the best one twice, as the real service does.

        :raises Refused: if there is no name.
        """
        if not name.strip():
            raise Refused(400, "BAD_REQUEST", "Invalid search parameters")
        wanted = set(words(name))
        fitting = [
            (len(wanted ^ set(words(known))), known, asin)
            for asin, known in self._author_asins.items()
            if wanted & set(words(known))
        ]
        found = [{"asin": asin, "name": known} for _, known, asin in sorted(fitting)][:MOST_FOUND]
        return found[:1] + found

    def _author(self, asin: str, region: str) -> dict[str, Any]:
        """An author by ASIN.

        :raises Refused: if the ASIN is none or nobody's.
        """
        if not ASIN.fullmatch(asin):
            raise Refused(400, "BAD_REQUEST", "Bad ASIN")
        if asin not in self._author_asins:
            raise Refused(404, "NOT_FOUND", f"{asin} not found", {"asin": asin})
        name = self._author_asins[asin]
        return {
            "asin": asin,
            "description": f"{name} writes books.",
            "genres": [],
            "name": name,
            "region": region,
            "similar": [],
        }


def sold_in(recording: Recording) -> tuple[str, ...]:
    """The regions that sell a recording: all but Japan, and for a few only the United Kingdom."""
    if is_odd(recording.book, "region", 25):
        return ("uk",)
    return tuple(region for region in REGIONS if region != "jp")


def is_odd(book: CatalogueBook, what: str, one_in: int) -> bool:
    """Say whether a book is among those that this fault of the data befalls: always the same ones."""
    return crc32(f"audnexus {what} {book.key}".encode()) % one_in == 0


def told_position(book: CatalogueBook, performance: Performance, position: str) -> str:
    """A position as the shop writes it, which is not always a plain number."""
    if performance.dramatised:
        return f"{position}, Dramatized Adaptation"
    return f"Book {position}" if is_odd(book, "position", 8) else position


def person_asin(name: str) -> str:
    """The ASIN of an author or a series, made from the name."""
    return f"B{crc32(name.encode()):09d}"[:10]


def words(text: str) -> list[str]:
    """Lower-case words without accents, each once."""
    plain = unicodedata.normalize("NFKD", text.casefold()).encode("ascii", "ignore").decode()
    return list(dict.fromkeys(re.findall(r"[a-z0-9]+", plain.replace("'", ""))))


def _region(request: Request) -> str:
    region = request.args.get("region", "us")
    if region not in REGIONS:
        raise Refused(400, "BAD_REQUEST", f"Invalid region. Valid regions are: {', '.join(REGIONS)}")
    return region


def _genre(name: str, *, first: bool) -> dict[str, str]:
    number = f"{18_000_000_000 + crc32(name.encode()) % 1_000_000_000}"
    return {"asin": number, "name": name.title(), "type": "genre" if first else "tag"}


def _first_sentence(text: str) -> str:
    return f"{text.split('. ', maxsplit=1)[0].rstrip('.')}...." if text else ""


def _json(status: int, body: Any) -> Response:
    answer = Response(json.dumps(body), status, mimetype="application/json")
    if status == 200:
        answer.headers["Cache-Control"] = "max-age=86400"
    answer.headers["x-ratelimit-limit"] = "100"
    answer.headers["x-ratelimit-remaining"] = "99"
    answer.headers["x-ratelimit-reset"] = "60"
    return answer
