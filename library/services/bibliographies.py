"""Keeping what providers list of an author: every work once, whether a series told of it before or not."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from itertools import islice
from typing import Any

from django.db import transaction

from library import identity, positions
from library.identity.languages import language_code, usual_spelling
from library.identity.titles import is_generic
from library.listing_signs import Sign, sign_of
from library.models import Alias, Author, Book, Coverage, LeftOut, Recording, Series, SeriesEntry
from library.services import monitoring, rows
from library.services.indexing import mark_stale
from library.services.known import Known
from library.services.listing import ListedRecording
from library.services.nearby import Nearby
from library.services.telling import LONGEST_TITLE, Told, name_book, series_key
from mamcrawler.lib import clock

CHUNK = 50
"""So many works at once keep a write well under a tenth of a second."""
_FACTS = ("has_audio", "released_on", "is_announced", "isbn")
_WHY = {
    Sign.BOX_SET: LeftOut.Why.BOX_SET,
    Sign.ABOUT: LeftOut.Why.ABOUT,
    Sign.DRAMATISED: LeftOut.Why.DRAMATISED,
    Sign.OTHER_LANGUAGE: LeftOut.Why.OTHER_LANGUAGE,
}


@dataclass(frozen=True)
class ListedWork:
    """A work as a provider lists it among an author's; the first of its places is the one it is shown under."""

    title: str
    subtitle: str = ""
    authors: tuple[str, ...] = ()
    places: tuple[tuple[str, str], ...] = ()
    is_collection: bool = False
    released_on: date | None = None
    is_announced: bool = False
    has_audio: bool | None = None
    external_id: str = ""
    isbn: str = ""
    recordings: tuple[ListedRecording, ...] = ()


@dataclass
class RecordedAuthor:
    """What an author's list changed."""

    new: int = 0
    known: int = 0
    claimed: int = 0  # of the new ones those that count as missing, or will once they are out
    left_out: dict[str, LeftOut.Why] = field(default_factory=dict)  # by title


def record_author(author: Author, listed: Iterable[ListedWork], *, source: str) -> RecordedAuthor:
    """Bring an author's books in line with a provider's full list; nothing is removed, no person's choice changed.

    Every new book waits unclaimed until all are known; cut anywhere, the next call finds what is there and goes on.
    """
    recorded = RecordedAuthor()
    languages = languages_of(author)
    works = iter(listed)
    while chunk := list(islice(works, CHUNK)):
        with transaction.atomic():
            Author.objects.select_for_update().get(pk=author.pk)  # one list of an author at a time
            _Recording(author, chunk, source, languages, recorded).save()
    with transaction.atomic():
        author.refresh_from_db(from_queryset=Author.objects.select_for_update())  # a mode may have been chosen since
        _keep_left_out(author, source, recorded.left_out)
        monitoring.begin_monitoring(author)
        recorded.claimed = monitoring.claim_listed(author)
        author.listed_at = author.asked_at = clock.now()
        author.listed_by = source
        author.save(update_fields=["listed_at", "asked_at", "listed_by"])
        mark_stale(books=author.books.values_list("pk", flat=True))
    return recorded


def languages_of(author: Author) -> set[str]:
    """The codes of the languages in which an author's books are owned, else any book; empty when none is known."""
    present = Coverage.objects.present()
    return _languages(present.filter(book__authors=author)) or _languages(present)


def _languages(present: Any) -> set[str]:
    told = present.order_by().values_list("book__language", "edition__metadata__language").distinct()
    return {code for pair in told for language in pair if (code := language_code(language))}


class _Recording:
    """Some works of an author's list, told apart from what is known first, stored after."""

    def __init__(
        self,
        author: Author,
        works: Sequence[ListedWork],
        source: str,
        languages: Collection[str],
        recorded: RecordedAuthor,
    ) -> None:
        self._author, self._source, self._languages, self._recorded = author, source, languages, recorded
        told = [_told(work) for work in works]
        self._ids = _known_ids(source, works)
        self._nearby = Nearby(told, also={*self._ids.values(), *_called_alike(author, told)})
        self._by_main: dict[str, list[Known]] = {}
        for known in self._nearby.by_pk.values():
            self._by_main.setdefault(_main_key(known.book.title), []).append(known)
        self._changed: list[Book] = []
        self._aliases: list[tuple[str, Known]] = []
        for work, one in zip(works, told, strict=True):
            self._record(work, one)

    def save(self) -> None:
        """Store what is new; call it inside a transaction."""
        self._nearby.save()
        rows.update(self._changed, _FACTS)
        Alias.objects.bulk_create(
            [
                Alias(target=Alias.Target.BOOK, source=self._source, value=value, target_id=known.book.pk)
                for value, known in self._aliases
            ]
        )

    def _record(self, work: ListedWork, told: Told) -> None:
        known, unclear = self._known(work, told)
        if known is None:
            why = self._why_left_out(work, told, is_unclear=unclear)
            if why is not None:
                self._recorded.left_out[work.title[:LONGEST_TITLE]] = why
                return
            known = self._made(work, told)
            self._recorded.new += 1
        else:
            self._note(known, work, told)
            self._recorded.known += 1
        if work.external_id and work.external_id not in self._ids:
            self._ids[work.external_id] = 0
            self._aliases.append((work.external_id[:300], known))
        for recording in work.recordings:
            self._perform(known, told, recording)

    def _known(self, work: ListedWork, told: Told) -> tuple[Known | None, bool]:
        """The known book that a work is, by the provider's id or as identity has it; else whether it may be one."""
        if (known := self._nearby.by_pk.get(self._ids.get(work.external_id, 0))) is not None:
            return known, False
        same, unclear = self._nearby.find(told)
        exact = [known for known in same if known.book.key == told.key]
        if len(same) > 1 and len(exact) != 1:
            return None, True
        found = next(iter(exact or same), None) or self._nearby.placeholder(told)
        if found is not None or unclear:
            return found, bool(unclear)
        return self._with_subtitle(told)

    def _with_subtitle(self, told: Told) -> tuple[Known | None, bool]:
        """The known book that a work is but for a subtitle in one of the titles; else whether it may be one."""
        may_be = False
        for known in self._by_main.get(_main_key(told.title), ()):
            verdict = identity.compare(told.work(), known.work()).verdict
            if verdict == identity.Verdict.SAME and _is_plain(told.title) and _is_plain(known.book.title):
                return known, False
            may_be |= verdict != identity.Verdict.DIFFERENT and not _stands_elsewhere(told, known)
        return None, may_be

    def _why_left_out(self, work: ListedWork, told: Told, *, is_unclear: bool) -> LeftOut.Why | None:
        position = next((written for _, written in work.places), "")
        spoken = [recording.language for recording in work.recordings]
        sign = sign_of(work.title, work.subtitle, position=position, recorded_in=spoken, languages=self._languages)
        if work.is_collection or sign is not None:
            return _WHY[sign or Sign.BOX_SET]
        if self._is_taken(told):
            return LeftOut.Why.PLACE_TAKEN
        return LeftOut.Why.UNCLEAR if is_unclear else None

    def _is_taken(self, told: Told) -> bool:
        """Whether another book has its number in a main line: then it is a translation, or another edition."""
        places = [(self._nearby.names.known_series(name, told.authors), written) for name, written in told.places]
        series, written = next(((series, written) for series, written in places if series is not None), (None, ""))
        start = positions.parse(written).start
        if series is None or start is None or start < 1 or start != int(start):
            return False
        holder = self._nearby.at(series, int(start))
        return holder is not None and not holder.book.is_placeholder

    def _made(self, work: ListedWork, told: Told) -> Known:
        book = Book(is_unclaimed=True, released_on=work.released_on, isbn=work.isbn[:20])
        name_book(book, work.title, work.subtitle)
        book.is_announced = work.is_announced and work.released_on is None
        if work.has_audio is not None:
            book.has_audio = Book.HasAudio.YES if work.has_audio else Book.HasAudio.NO
        known = self._nearby.add(book, told.authors)
        self._by_main.setdefault(_main_key(work.title), []).append(known)
        if (place := self._place(told)) is not None:
            series, written = place
            if rows.is_new(series):
                series.monitor, series.is_unclaimed = Series.Monitor.NONE, True
            self._nearby.enter_series(known, series, written)
            known.entries[-1].kind = _kind(known.entries[-1].start)
        return known

    def _place(self, told: Told) -> tuple[Series, str] | None:
        """The place it is shown under: in a series that is known, else in the first that is told."""
        for name, written in told.places:
            if (series := self._nearby.names.known_series(name, told.authors)) is not None:
                return series, written
        for name, written in told.places[:1]:
            return self._nearby.names.series(name, told.authors), written
        return None

    def _note(self, known: Known, work: ListedWork, told: Told) -> None:
        """Write down what is new about a book that was known, and name one that was only a number."""
        book = known.book
        if book.is_placeholder:
            self._nearby.rename(known, told)
        before = [getattr(book, name) for name in _FACTS]
        if work.has_audio or (work.has_audio is False and not known.recordings):
            book.has_audio = Book.HasAudio.YES if work.has_audio else Book.HasAudio.NO
        book.released_on = work.released_on or book.released_on
        book.is_announced = work.is_announced and book.released_on is None
        book.isbn = book.isbn or work.isbn[:20]
        if before != [getattr(book, name) for name in _FACTS] and not rows.is_new(book):
            self._changed.append(book)

    def _perform(self, known: Known, told: Told, listed: ListedRecording) -> None:
        heard = Told(title=told.title, narrators=listed.narrators, asin=listed.asin, is_abridged=listed.is_abridged)
        recording = self._nearby.perform(known, heard, runtime_s=listed.runtime_s)
        if recording is not None and rows.is_new(recording):
            _describe(recording, listed)


def _told(work: ListedWork) -> Told:
    """A work as it is compared; with the voices of all its recordings, which are looked up with it."""
    narrators = tuple(dict.fromkeys(name for recording in work.recordings for name in recording.narrators))
    return Told(title=work.title, subtitle=work.subtitle, authors=work.authors, places=work.places, narrators=narrators)


def _known_ids(source: str, works: Sequence[ListedWork]) -> dict[str, int]:
    """The books that the provider's ids among these works name."""
    values = [work.external_id[:300] for work in works if work.external_id]
    aliases = Alias.objects.filter(target=Alias.Target.BOOK, source=source, value__in=values)
    return dict(aliases.values_list("value", "target_id"))


def _main_key(title: str) -> str:
    return identity.title_key(identity.split_title(title)[0])


def _called_alike(author: Author, told: Sequence[Told]) -> set[int]:
    """Books by the author whose main title is that of a work, whatever stands behind the colon."""
    wanted = {_main_key(one.title) for one in told}
    written = Book.objects.filter(authors=author).order_by().values_list("pk", "title")
    return {pk for pk, title in written if _main_key(title) in wanted}


def _is_plain(title: str) -> bool:
    """Whether nothing but "A Novel" and the like stands behind the main title."""
    subtitle = identity.split_title(title)[1]
    return not subtitle or is_generic(subtitle)


def _stands_elsewhere(told: Told, known: Known) -> bool:
    """Whether both have a number in a series, and none of the series is the other's."""
    mine = {series_key(name) for name, written in told.places if positions.parse(written).is_known}
    theirs = {entry.series.key for entry in known.entries if entry.start is not None}
    return bool(mine) and bool(theirs) and mine.isdisjoint(theirs)


def _describe(recording: Recording, listed: ListedRecording) -> None:
    recording.language, recording.publisher = usual_spelling(listed.language)[:40], listed.publisher[:300]
    recording.released_on, recording.is_dramatised = listed.released_on, listed.is_dramatised


def _kind(start: Decimal | None) -> SeriesEntry.Kind:
    """Whole numbers from 1 are the main line; what has no number at all is an extra."""
    if start is None:
        return SeriesEntry.Kind.EXTRA
    return SeriesEntry.Kind.MAIN if start >= 1 and start == int(start) else SeriesEntry.Kind.NOVELLA


def _keep_left_out(author: Author, source: str, left_out: Mapping[str, LeftOut.Why]) -> None:
    """Say what of the list was left out, and no more what of the list before it was."""
    LeftOut.objects.filter(author=author, source=source).delete()
    LeftOut.objects.bulk_create(list(_left_out_rows(author, source, left_out)), 200)


def _left_out_rows(author: Author, source: str, left_out: Mapping[str, LeftOut.Why]) -> Iterator[LeftOut]:
    for title, why in left_out.items():
        yield LeftOut(author=author, source=source, title=title, why=why)
