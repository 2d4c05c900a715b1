"""The known books that a batch of items could be, held in memory while the batch is catalogued."""

from collections.abc import Collection, Iterable, Sequence
from decimal import Decimal

from library import identity
from library.models import Book, Narrator, Recording, Series, SeriesEntry
from library.services import rows
from library.services.known import Known, read_known
from library.services.naming import Names, is_one
from library.services.telling import (
    Place,
    Placed,
    Told,
    known_as,
    name_book,
    narrator_key,
    placed,
    position_of,
    series_key,
    stored,
    usual_kind,
)

MOST_NEARBY = 50
"""So many books of one title or place are compared at the most."""


class AmbiguousBook(Exception):
    """Several books fit, or one does in part: a person has to say which it is."""

    def __init__(self, message: str, books: Sequence[Book] = ()) -> None:
        super().__init__(message)
        self.books = tuple(books)


class Nearby:
    """The books, series and people around a batch, read in a constant number of queries and saved in as many.

    :param also: keys of books to read besides.
    """

    def __init__(self, batch: Sequence[Told], *, also: Collection[int] = ()) -> None:
        self.names = Names(
            authors=[name for told in batch for name in told.authors],
            narrators=[name for told in batch for name in told.narrators],
            series=[(name, told.authors) for told in batch for name, _ in told.places],
            books=(name for told in batch for name in _names_of(told)),
        )
        self._by_key: dict[str, list[Known]] = {}
        self._by_place: dict[Place, list[Known]] = {}
        self._books: list[Known] = []
        self._entries: list[SeriesEntry] = []
        self._recordings: list[tuple[Recording, list[Narrator]]] = []
        self._moved: list[SeriesEntry] = []
        self._left: list[SeriesEntry] = []
        self._renamed: list[Known] = []
        self.by_pk: dict[int, Known] = {}
        self._merged = self.names.merged_books
        near = {pk for (pk,) in rows.pick(Book, ["id"], "key", {told.key for told in batch})}
        near |= self._books_at({spot for told in batch for spot in told.spots})
        for known in read_known(near.union(also, self._merged.values())):
            self.by_pk[known.book.pk] = known
            self._learn(known)

    def find(self, told: Told, *, but: Known | None = None) -> tuple[list[Known], list[Known]]:
        """The known books that it is, and those that it may be; one of them can be left out."""
        if (merged := self._merged_into(told)) is not None and merged is not but:
            return [merged], []
        work, keys = told.work(), {identity.name_key(name) for name in told.authors}
        same, unclear = [], []
        for known in [one for one in self._around(told) if one is not but][:MOST_NEARBY]:
            if _is_plainly(told, keys, known):
                same.append(known)
            elif _shares_author(told, known):
                verdict = identity.compare(work, known.work()).verdict
                if verdict == identity.Verdict.SAME:
                    same.append(known)
                elif verdict == identity.Verdict.AMBIGUOUS:
                    unclear.append(known)
        return same, unclear

    def _merged_into(self, told: Told) -> Known | None:
        """The book that a person merged one of this title and author into."""
        meant = [self._merged[name] for name in _names_of(told) if name in self._merged] if self._merged else []
        return self.by_pk.get(meant[0]) if meant else None

    def placeholder(self, told: Told) -> Known | None:
        """A book known only by its number so far, that this one turns out to be."""
        for name, written in told.places:
            position = position_of(written)
            start = stored(position.start) if position.start == position.end else None  # a range is no single book
            series = self.names.known_series(name, told.authors) if start is not None else None
            here = self._at(series, start) if series is not None and start is not None else []
            if (known := next((one for one in here if one.book.is_placeholder), None)) is not None:
                return known
        return None

    def at(self, series: Series, number: int) -> Known | None:
        """The main book at a whole number of a series."""
        return next((one for one in self._at(series, Decimal(number)) if one.book.kind == Book.Kind.BOOK), None)

    def unclaimed(self) -> list[Known]:
        """Books that only an author's list told of so far, or that stand in such a series; ask before `save`."""
        return [
            known
            for known in (*self.by_pk.values(), *self._books)
            if known.book.is_unclaimed or any(entry.series.is_unclaimed for entry in known.entries)
        ]

    def add(self, book: Book, authors: Iterable[str]) -> Known:
        """Take a new book in."""
        known = Known(book, self.names.authors(authors))
        self._books.append(known)
        self._learn(known)
        return known

    def rename(self, known: Known, told: Told) -> None:
        """Give a book the name and the authors that are told now; it is a placeholder no more."""
        name_book(known.book, told.title, told.subtitle)
        known.book.is_placeholder = False
        if told.authors:
            known.authors = self.names.authors(told.authors)
        if not rows.is_new(known.book):
            self._renamed.append(known)
        self._by_key.setdefault(known.book.key, []).append(known)

    def correct(self, known: Known, told: Told) -> None:
        """Have a book say what its only item says now: name, authors, and its places in series."""
        self.rename(known, told)
        places = {series_key(name): placed(position) for name, position in told.places}
        self._left += [entry for entry in known.entries if entry.series.key not in places]
        known.entries = [entry for entry in known.entries if entry.series.key in places]
        for entry in known.entries:
            self._put(known, entry, places[entry.series.key])

    def enter(self, known: Known, name: str, position: str, by: Sequence[str]) -> None:
        """Give a book its place in a series; a place it has already is kept unless it had no number."""
        key = series_key(name)
        series = next((one.series for one in known.entries if one.series.key == key), None)
        self.enter_series(known, series or self.names.series(name, by), position)

    def enter_series(self, known: Known, series: Series, position: str) -> None:
        """Give a book its place in this very series."""
        entry = next((one for one in known.entries if is_one(one.series, series)), None)
        fields = placed(position)
        if entry is None:
            entry = rows.make(SeriesEntry, series=series, book=known.book, kind=usual_kind(fields["start"]), **fields)
            known.entries.append(entry)
            self._entries.append(entry)
            self._spread(known, entry)
            self.names.share(series, known.authors)
        elif entry.start is None and fields["start"] is not None:
            self._put(known, entry, fields)

    def perform(self, known: Known, told: Told, *, runtime_s: float | None) -> Recording | None:
        """The performance of a book that an item is of: told by ASIN, else by narrators; made where unknown."""
        asin, narrators = told.asin[:10], self.names.narrators(told.narrators)
        key = narrator_key(narrators)
        for recording in known.recordings if asin else ():
            if recording.asin == asin:
                return recording
        for recording in known.recordings if key else ():
            if recording.narrator_key == key and recording.is_abridged == told.is_abridged:
                return recording
        if not asin and not key:
            return None
        recording = rows.make(
            Recording,
            book=known.book,
            asin=asin,
            narrator_key=key,
            is_abridged=told.is_abridged,
            runtime_s=runtime_s if runtime_s and runtime_s > 0 else None,
        )
        known.recordings.append(recording)
        self._recordings.append((recording, narrators))
        return recording

    def save(self) -> None:
        """Store what is new; call it inside a transaction, once."""
        self.names.save()
        rows.insert([known.book for known in self._books])
        self._save_renamed()
        rows.insert_values(
            Book.authors.through,
            ["book", "author"],
            [(one.book.pk, author.pk) for one in (*self._books, *self._renamed) for author in one.authors],
        )
        rows.insert(self._entries)
        rows.update(self._moved, ["position", "start", "end"])
        rows.insert([recording for recording, _ in self._recordings])
        rows.insert_values(
            Recording.narrators.through,
            ["recording", "narrator"],
            [(recording.pk, narrator.pk) for recording, narrators in self._recordings for narrator in narrators],
        )

    def _put(self, known: Known, entry: SeriesEntry, fields: Placed) -> None:
        entry.position, entry.start, entry.end = fields["position"], fields["start"], fields["end"]
        self._spread(known, entry)
        if not rows.is_new(entry):
            self._moved.append(entry)

    def _save_renamed(self) -> None:
        books = [known.book for known in self._renamed]
        rows.update(books, ["title", "subtitle", "key", "sort_title", "is_placeholder"])
        if books:
            Book.authors.through.objects.filter(book__in=[book.pk for book in books]).delete()
        if self._left:
            SeriesEntry.objects.filter(pk__in=[entry.pk for entry in self._left]).delete()

    def _learn(self, known: Known) -> None:
        self._by_key.setdefault(known.book.key, []).append(known)
        for entry in known.entries:
            self._spread(known, entry)

    def _spread(self, known: Known, entry: SeriesEntry) -> None:
        if entry.start is not None:
            self._by_place.setdefault((entry.series.key, entry.start), []).append(known)

    def _around(self, told: Told) -> list[Known]:
        found = {id(known): known for known in self._by_key.get(told.key, ())}
        for spot in told.spots:
            found |= {id(known): known for known in self._by_place.get(spot, ())}
        return [known for known in found.values() if not known.book.is_placeholder]

    def _books_at(self, spots: set[Place]) -> set[int]:
        """Keys of the books that stand at these places."""
        keys = self.names.series_keys()
        entries = rows.pick(SeriesEntry, ["series_id", "book_id", "start"], "series_id", keys if spots else ())
        return {
            book_id
            for series_id, book_id, start in entries
            if start is not None and (keys[series_id], Decimal(str(start))) in spots
        }

    def _at(self, series: Series, start: Decimal) -> list[Known]:
        return [
            known
            for known in self._by_place.get((series.key, start), ())
            if any(is_one(one.series, series) and one.start == one.end == start for one in known.entries)
        ]


def _names_of(told: Told) -> list[str]:
    return [known_as(told.key, identity.name_key(author)) for author in told.authors]


def _is_plainly(told: Told, author_keys: set[str], known: Known) -> bool:
    """Title, an author and a place agree to the letter: what `compare` would call the same."""
    if told.key != known.book.key or not any(author.key in author_keys for author in known.authors):
        return False
    mine = {(series_key(name), place.spans, place.part) for name, at in told.places if (place := position_of(at)).spans}
    theirs = [(entry.series.key, position_of(entry.position)) for entry in known.entries] if mine else []
    return any((key, place.spans, place.part) in mine for key, place in theirs)


def _shares_author(told: Told, known: Known) -> bool:
    """Whether an author may agree; without one no book is the same."""
    if not told.authors or not known.authors:
        return True
    return any(identity.same_person(mine, theirs.name) > 0.8 for mine in told.authors for theirs in known.authors)
