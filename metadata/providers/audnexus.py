"""Audnexus: Audible's data by ASIN, cleaned and cached by volunteers; asked politely and never told to refresh."""

import re
from collections.abc import Iterable
from datetime import date
from types import TracebackType
from typing import Annotated, Any, Self, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationError
from pydantic.alias_generators import to_camel

from library.identity.languages import usual_spelling
from mamcrawler.lib.pace import Lease
from metadata.providers.answers import BookQuestion, Chapter, Chapters, ProviderAuthor, ProviderBook
from metadata.providers.asking import Answer, JsonHost
from metadata.providers.errors import UnexpectedAnswer

BASE_URL = "https://api.audnex.us"
REGIONS = ("us", "uk", "au", "ca", "de", "es", "fr", "in", "it", "jp")
ELSEWHERE = ("us", "uk")  # where a book that is missing in one's own region is most often found
ASIN = re.compile(r"B[\dA-Z]{9}|\d{9}[\dX]")
UNANNOUNCED = 2199  # Audible dates books that have no date yet into 2200

Text = Annotated[str, BeforeValidator(lambda told: "" if told is None else str(told).strip())]


class _Wire(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore", alias_generator=to_camel)


class _Person(_Wire):
    asin: Text = ""
    name: Text = ""


class _Series(_Wire):
    name: Text = ""
    position: Text = ""


_People = Annotated[tuple[_Person, ...], BeforeValidator(lambda told: tuple(told or ()))]


class _Book(_Wire):
    asin: str
    title: Text = ""
    subtitle: Text = ""
    authors: _People = ()
    narrators: _People = ()
    series_primary: _Series | None = None
    series_secondary: _Series | None = None
    isbn: Text = ""
    publisher_name: Text = ""
    release_date: Text = ""
    copyright: int | None = None
    runtime_length_min: float | None = None
    summary: Text = ""
    description: Text = ""
    language: Text = ""
    genres: _People = ()
    image: Text = ""
    format_type: Text = ""


class _Chapter(_Wire):
    title: Text = ""
    start_offset_ms: int
    length_ms: int


class _Chapters(_Wire):
    asin: str
    brand_intro_duration_ms: int = 0
    brand_outro_duration_ms: int = 0
    runtime_length_ms: int
    is_accurate: bool = False
    chapters: tuple[_Chapter, ...] = ()


Row = TypeVar("Row", bound=_Wire)


class Audnexus:
    """One session with Audnexus, asking as from one region of Audible; use it in a `with` block."""

    name = "audnexus"
    origin = "audible"
    weight = 0.96

    def __init__(self, *, lease: Lease, region: str = "us", base_url: str = BASE_URL) -> None:
        if region not in REGIONS:
            raise ValueError(f"Audible has no region {region!r}")
        self._region = region
        self._host = JsonHost("Audnexus", base_url=base_url, lease=lease)

    def __enter__(self) -> Self:
        """Open the connection."""
        self._host.__enter__()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """Close the connection."""
        self._host.__exit__(kind, error, at)

    def is_well(self) -> bool:
        """Ask whether the service itself is up: the test of the connection."""
        return self._host.get("/health").status == 200

    def find_book(self, question: BookQuestion) -> list[ProviderBook]:
        """The recording of the ASIN asked for, else up to ten that the title and the first author find.

        Both are looked for in one's own region, then in the two largest, until something is found.

        :raises ProviderError: if no usable answer came.
        """
        by_asin = self._in_any_region(question.asin.strip().upper()) if question.asin else None
        if by_asin is not None:
            return [by_asin]
        words = " ".join((question.title, *question.authors[:1])).strip()
        if not words:
            return []
        return next((found for region in self._regions() if (found := self.search(words, region=region))), [])

    def search(self, words: str, *, region: str = "") -> list[ProviderBook]:
        """Up to ten recordings that fit these words, in one's own region unless another is named.

        :raises UnexpectedAnswer: also when the service is an older one, without this search.
        """
        answer = self._host.get("/books/search", {"q": words, "region": region or self._region}).expect_ok()
        return [_book(row, told) for row, told in _read_all(_Book, answer) if row.title]

    def chapters(self, asin: str) -> Chapters | None:
        """The chapters of a recording, or None when Audible has none for it.

        :raises ProviderError: if no usable answer came.
        """
        asin = asin.strip().upper()
        for region in self._regions() if ASIN.fullmatch(asin) else ():
            answer = self._host.get(f"/books/{asin}/chapters", {"region": region})
            if not _is_unknown(answer):
                row, _ = _read(_Chapters, answer.expect_ok().json())
                return _chapters(row)
        return None

    def authors(self, name: str) -> list[ProviderAuthor]:
        """The authors of about this name, each once; near misses are among them.

        :raises ProviderError: if no usable answer came.
        """
        if not name.strip():
            return []
        answer = self._host.get("/authors", {"name": name.strip(), "region": self._region}).expect_ok()
        found = [ProviderAuthor(row.asin, row.name) for row, _ in _read_all(_Person, answer) if row.name]
        return list(dict.fromkeys(found))

    def _in_any_region(self, asin: str) -> ProviderBook | None:
        for region in self._regions() if ASIN.fullmatch(asin) else ():
            answer = self._host.get(f"/books/{asin}", {"region": region})
            if _is_unknown(answer):
                continue
            row, told = _read(_Book, answer.expect_ok().json())
            if row.title:
                return _book(row, told)
        return None

    def _regions(self) -> Iterable[str]:
        """The regions worth asking, one's own first."""
        return dict.fromkeys((self._region, *ELSEWHERE))


def _is_unknown(answer: Answer) -> bool:
    """Say whether there is no such book: not here, no longer, or a podcast."""
    return answer.status == 404 or (answer.status == 400 and answer.says("CONTENT_TYPE_MISMATCH"))


def _book(row: _Book, told: dict[str, Any]) -> ProviderBook:
    places = [place for place in (row.series_primary, row.series_secondary) if place and place.name]
    released_on = _day(row.release_date)
    return ProviderBook(
        provider=Audnexus.name,
        external_id=row.asin,
        title=row.title,
        subtitle=row.subtitle,
        authors=_authors(row.authors),
        narrators=_names(row.narrators),
        series=tuple((place.name, _position(place.position)) for place in places),
        isbn=row.isbn,
        asin=row.asin,
        publisher=row.publisher_name,
        released_on=released_on,
        release_year=released_on.year if released_on else row.copyright,
        runtime_s=row.runtime_length_min * 60 if row.runtime_length_min else None,
        description=row.summary or row.description,
        language=usual_spelling(row.language),
        genres=tuple(genre.name for genre in row.genres if genre.name),
        cover_url=row.image,
        abridged={"abridged": True, "unabridged": False}.get(row.format_type.casefold()),
        dramatised=_is_dramatised(row, places),
        has_audio=True,
        raw=told,
    )


def _names(people: Iterable[_Person]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(person.name for person in people if person.name))


def _authors(people: Iterable[_Person]) -> tuple[str, ...]:
    """Those who wrote it: Audible lists others among them as "Name - translator"."""
    return tuple(name for name in _names(people) if not re.search(r"\s-\s[a-z ,]+$", name))


def _position(told: str) -> str:
    """The number or range at the start of "1", "1-2", "Book 1" or "2, Dramatized Adaptation"."""
    found = re.search(r"(\d+(?:\.\d+)?)(?:\s*[-–]\s*(\d+(?:\.\d+)?))?", told)
    if not found:
        return ""
    return f"{found[1]}-{found[2]}" if found[2] else found[1]


def _is_dramatised(row: _Book, places: Iterable[_Series]) -> bool | None:
    """True when any of its words call it a dramatisation; never False, since most say nothing."""
    said = " ".join((row.title, row.subtitle, row.format_type, *(place.position for place in places)))
    return True if re.search(r"dramati[sz]|full[- ]cast|graphicaudio", said, re.IGNORECASE) else None


def _day(told: str) -> date | None:
    try:
        day = date.fromisoformat(told[:10])
    except ValueError:
        return None
    return day if day.year <= UNANNOUNCED else None


def _chapters(row: _Chapters) -> Chapters:
    return Chapters(
        asin=row.asin,
        intro_ms=row.brand_intro_duration_ms,
        outro_ms=row.brand_outro_duration_ms,
        runtime_ms=row.runtime_length_ms,
        is_accurate=row.is_accurate,
        chapters=tuple(Chapter(one.title, one.start_offset_ms, one.length_ms) for one in row.chapters),
    )


def _read(kind: type[Row], told: Any) -> tuple[Row, dict[str, Any]]:
    try:
        return kind.model_validate(told), told
    except ValidationError as error:
        raise UnexpectedAnswer("Audnexus sent a shape we do not know") from error


def _read_all(kind: type[Row], answer: Answer) -> list[tuple[Row, dict[str, Any]]]:
    told = answer.json()
    if not isinstance(told, list):
        raise UnexpectedAnswer("Audnexus sent something else than a list")
    return [_read(kind, one) for one in told]
