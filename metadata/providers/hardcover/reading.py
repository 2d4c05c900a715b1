"""From Hardcover's rows to the answers that all providers give."""

from collections import defaultdict
from collections.abc import Iterable

from library.identity import name_key, same_person, same_series, same_title, title_key
from mamcrawler.lib import clock
from metadata.providers.answers import (
    AuthorQuestion,
    Bibliography,
    ProviderBook,
    ProviderRecording,
    ProviderSeries,
    ProviderWork,
    SeriesBook,
    SeriesQuestion,
    type_of_entry,
)
from metadata.providers.hardcover.wire import (
    AuthorDocument,
    BookDocument,
    BookInSeries,
    BookOfAuthor,
    BookRow,
    Edition,
    Place,
    SeriesDocument,
    SeriesRow,
    people,
)

PROVIDER = "hardcover"
SAME_PERSON, SAME_SERIES, SAME_TITLE = 0.8, 0.85, 0.9
MOST_COMPARED = 50
"""So many titles known here are compared with all of a list, where none is the very same."""
SILENT = Edition(id=0)


def by_book(editions: Iterable[Edition]) -> dict[int, list[Edition]]:
    """The editions of each book, in the order they came."""
    sorted_out: dict[int, list[Edition]] = defaultdict(list)
    for edition in editions:
        if edition.book_id:
            sorted_out[edition.book_id].append(edition)
    return sorted_out


def book(row: BookRow | None, edition: Edition) -> ProviderBook:
    """A book found by a number of one of its editions."""
    row = row or BookRow(id=edition.book_id or 0)
    return ProviderBook(
        provider=PROVIDER,
        external_id=str(row.id),
        title=row.title or edition.title,
        subtitle=row.subtitle or edition.subtitle,
        authors=people(row.contributions, "", "author") or people(edition.contributions, "", "author"),
        narrators=people(edition.contributions, "narrator"),
        series=row.places(),
        isbn=edition.isbn,
        asin=edition.asin,
        publisher=edition.publisher.name if edition.publisher else "",
        released_on=edition.release_date or row.release_date,
        release_year=edition.release_year or row.release_year,
        runtime_s=edition.audio_seconds or None,
        description=row.description,
        language=edition.language.language if edition.language else "",
        cover_url=next((image.url for image in (edition.image, row.image) if image and image.url), ""),
        abridged=edition.abridged,
        dramatised=edition.dramatised,
        has_audio=True if edition.is_audio else None,
        raw={"book": row.model_dump(mode="json"), "edition": edition.model_dump(mode="json")},
    )


def searched(document: BookDocument, editions: list[Edition]) -> list[ProviderBook]:
    """A book that the search found: once with each of its audio editions, or once without."""
    return [_searched(document, edition) for edition in editions] or [_searched(document, None)]


def _searched(document: BookDocument, edition: Edition | None) -> ProviderBook:
    heard = edition or SILENT
    return ProviderBook(
        provider=PROVIDER,
        external_id=str(document.id),
        title=document.title,
        subtitle=document.subtitle,
        authors=document.authors,
        narrators=people(heard.contributions, "narrator"),
        series=document.places(),
        isbn=heard.isbn,
        asin=heard.asin,
        publisher=heard.publisher.name if heard.publisher else "",
        released_on=heard.release_date or document.released_on,
        release_year=heard.release_year or document.release_year,
        runtime_s=heard.audio_seconds or None,
        description=document.description,
        language=heard.language.language if heard.language else "",
        genres=document.genres,
        cover_url=next((image.url for image in (heard.image, document.image) if image and image.url), ""),
        abridged=heard.abridged,
        dramatised=heard.dramatised,
        has_audio=True if edition else document.has_audiobook,
        raw={"document": document.model_dump(mode="json"), "edition": edition and edition.model_dump(mode="json")},
    )


def series_named(question: SeriesQuestion, found: Iterable[SeriesDocument]) -> SeriesDocument | None:
    """The series of that name, and by that author where both sides name one; never a near miss.

    Where several fit, an author who agrees comes first, then the very same name, then the most read.
    """
    fitting = [
        document
        for document in found
        if same_series(question.name, document.name) >= SAME_SERIES
        and (not question.author or not document.author_name or _is_author(question, document))
    ]
    return max(
        fitting,
        key=lambda document: (
            _is_author(question, document),
            same_series(question.name, document.name),
            document.name.casefold() == question.name.casefold(),
            document.readers_count or 0,
        ),
        default=None,
    )


def _is_author(question: SeriesQuestion, document: SeriesDocument) -> bool:
    return same_person(question.author, document.author_name) >= SAME_PERSON


def series(row: SeriesRow, editions: Iterable[Edition]) -> ProviderSeries:
    """A whole series with the audio editions of its books."""
    heard = by_book(editions)
    author = row.author.name if row.author else ""
    books = [
        _series_book(place, place.book, heard.get(place.book.id, []), author)
        for place in row.book_series
        if place.book and place.book.title
    ]
    return ProviderSeries(
        provider=PROVIDER,
        external_id=str(row.id),
        name=row.name,
        author=author,
        is_completed=row.is_completed,
        books=_without_twins(books),
        raw=row.model_dump(mode="json"),
    )


def authors_named(question: AuthorQuestion, found: Iterable[AuthorDocument]) -> list[AuthorDocument]:
    """The authors of that name or with it among their other names, first those with a title that is known here."""
    known = {title_key(title) for title in question.titles}
    fitting = [
        document
        for document in found
        if any(same_person(question.name, name) >= SAME_PERSON for name in (document.name, *document.alternate_names))
    ]
    return sorted(
        fitting,
        key=lambda document: (
            -sum(title_key(title) in known for title in document.books),
            name_key(document.name) != name_key(question.name),
            -(document.books_count or 0),
            document.id,
        ),
    )


def is_same_author(question: AuthorQuestion, books: Iterable[BookOfAuthor]) -> bool:
    """Whether a list holds a title that is known here: another author of the same name has none of them."""
    known = [title for title in question.titles if title]
    keys = {title_key(title) for title in known}
    if not known:
        return True
    titles = [book.title for book in books]
    if any(title_key(title) in keys for title in titles):
        return True
    return any(same_title(mine, theirs) >= SAME_TITLE for mine in known[:MOST_COMPARED] for theirs in titles)


def bibliography(author_id: int, books: Iterable[BookOfAuthor], editions: Iterable[Edition]) -> Bibliography:
    """All works of an author with their audio editions."""
    heard = by_book(editions)
    rows = list(books)
    names = (one.name for row in rows for one in row.contributions if one.author and one.author.id == author_id)
    return Bibliography(
        provider=PROVIDER,
        external_id=str(author_id),
        name=next(names, ""),
        works=tuple(_work(row, heard.get(row.id, [])) for row in rows),
    )


def _work(row: BookOfAuthor, heard: list[Edition]) -> ProviderWork:
    first = heard[0] if heard else SILENT
    return ProviderWork(
        external_id=str(row.id),
        title=row.title,
        subtitle=row.subtitle,
        authors=people(row.contributions, "", "author"),
        series=row.places(),
        is_collection=bool(row.compilation),
        released_on=row.release_date,
        release_year=row.release_year,
        has_audio=_has_audio(row, heard),
        isbn=first.isbn,
        recordings=tuple(_recording(edition) for edition in heard),
    )


def _series_book(place: Place, listed: BookInSeries, heard: list[Edition], author: str) -> SeriesBook:
    first = heard[0] if heard else SILENT
    return SeriesBook(
        external_id=str(listed.id),
        title=listed.title,
        subtitle=listed.subtitle,
        authors=people(first.contributions, "", "author") or ((author,) if author else ()),
        position=place.as_text,
        kind=_kind(place, listed),
        released_on=listed.release_date,
        has_audio=_has_audio(listed, heard),
        isbn=first.isbn,
        asin=first.asin,
        recordings=tuple(_recording(edition) for edition in heard),
    )


def _recording(edition: Edition) -> ProviderRecording:
    return ProviderRecording(
        external_id=str(edition.id),
        narrators=people(edition.contributions, "narrator"),
        isbn=edition.isbn,
        asin=edition.asin,
        runtime_s=edition.audio_seconds or None,
        publisher=edition.publisher.name if edition.publisher else "",
        language=edition.language.language if edition.language else "",
        released_on=edition.release_date,
        abridged=edition.abridged,
        dramatised=edition.dramatised,
    )


def _kind(place: Place, listed: BookInSeries) -> type_of_entry:
    """Whole numbers from 1 are the main line; what has no number at all is an extra."""
    if place.compilation or listed.compilation or "-" in place.as_text:
        return "compilation"
    if place.position is None:
        return "extra"
    return "main" if place.position >= 1 and place.position.is_integer() else "novella"


def _has_audio(listed: BookInSeries | BookOfAuthor, heard: list[Edition]) -> bool | None:
    """Whether it can be heard; unknown while a book is not out, since its audio edition comes late."""
    if heard:
        return True
    today = clock.now().date()
    if listed.release_date is not None:
        return False if listed.release_date <= today else None
    return False if listed.release_year is not None and listed.release_year < today.year else None


def _without_twins(books: list[SeriesBook]) -> tuple[SeriesBook, ...]:
    """Leave out translations and doubles that sit at a position already taken in the main line.

    The host lists the most read first at each position; a book that can be heard beats one that cannot.
    """
    kept: dict[tuple[str, str], SeriesBook] = {}
    for book in books:
        is_placed = book.position and book.kind in {"main", "novella"}
        place = (book.kind, book.position) if is_placed else (book.kind, book.external_id)
        if place not in kept or (book.has_audio and not kept[place].has_audio):
            kept[place] = book
    return tuple(kept.values())
