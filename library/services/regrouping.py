"""Merging, splitting and moving authors, narrators, series, books and recordings: one action each, undone by another.

Every row that points at what is merged follows it, spellings and outside ids stay as aliases, and a copy whose book a
person has told stays that book, so that the next sync keeps what was decided.
"""

from collections.abc import Iterable, Sequence
from typing import Any, TypeVar

from django.db import models, transaction

from library.models import (
    Alias,
    Author,
    Book,
    Coverage,
    Edition,
    FieldLock,
    Narrator,
    Recording,
    Regrouping,
    Series,
)
from library.services import indexing
from library.services.absorbing import CanNotMerge, absorb, repoint
from library.services.cataloguing import BOOK_LOCK, FIX_MATCH
from library.services.naming import LONGEST_NAME
from library.services.steps import ChangedSince, Step, Steps, pointing_at, take_back
from library.services.telling import known_as, name_book, narrator_key
from library.services.writing import NotUndoable
from mamcrawler.lib import clock
from mamcrawler.operations import findings
from mamcrawler.operations.models import AuditEntry, User

__all__ = [
    "CanNotMerge",
    "merge_authors",
    "merge_books",
    "merge_narrators",
    "merge_series",
    "move_recording",
    "reassign_edition",
    "split_book",
    "undo_regrouping",
    "what_follows",
]

Row = TypeVar("Row", bound=models.Model)
Kind = Regrouping.Kind
Target = Regrouping.Target

_BOOK_OF_COVERAGE = Coverage._meta.get_field("book")
_BOOK_OF_RECORDING = Recording._meta.get_field("book")


@transaction.atomic
def merge_authors(kept: Author, others: Iterable[Author], *, by: User | None) -> Regrouping:
    """Make several authors one; series that only their author told apart become one as well.

    :raises CanNotMerge: if there is nothing to merge.
    """
    kept, merged = _fresh(kept, others)
    steps = Steps()
    for author in merged:
        if kept.monitor_chosen_at is None and author.monitor_chosen_at is not None:
            steps.change(kept, {"monitor": author.monitor, "monitor_chosen_at": author.monitor_chosen_at})
        steps.change(kept, {"listed_at": None}, is_vital=False)  # the list of the other name is to be had as well
        absorb(steps, kept, author)
        _also_known(steps, Target.AUTHOR, kept, author, author.key)
        for series in Series.objects.filter(author_key=author.key):
            twin = Series.objects.filter(key=series.key, author_key=kept.key).first()
            if twin is not None:
                _take_in_series(steps, twin, series)
    return _note(steps, (Kind.MERGE, Target.AUTHOR), kept, _merged_words(kept, merged), by)


@transaction.atomic
def merge_narrators(kept: Narrator, others: Iterable[Narrator], *, by: User | None) -> Regrouping:
    """Make several narrators one; recordings of a book that turn out to be one performance become one.

    :raises CanNotMerge: if there is nothing to merge.
    """
    kept, merged = _fresh(kept, others)
    steps = Steps()
    for narrator in merged:
        read = list(Recording.objects.filter(narrators=narrator).order_by("pk"))
        absorb(steps, kept, narrator)
        _also_known(steps, Target.NARRATOR, kept, narrator, narrator.key)
        for recording in read:
            steps.change(recording, {"narrator_key": narrator_key(recording.narrators.all())})
        for book in sorted({recording.book_id for recording in read}):
            _fold_recordings(steps, book)
    return _note(steps, (Kind.MERGE, Target.NARRATOR), kept, _merged_words(kept, merged), by)


@transaction.atomic
def merge_series(kept: Series, others: Iterable[Series], *, by: User | None) -> Regrouping:
    """Make several series one; a book that stands in both keeps its place in the first, if it has a number there.

    :raises CanNotMerge: if there is nothing to merge.
    """
    kept, merged = _fresh(kept, others)
    steps = Steps()
    for series in merged:
        _take_in_series(steps, kept, series)
    return _note(steps, (Kind.MERGE, Target.SERIES), kept, _merged_words(kept, merged), by)


@transaction.atomic
def merge_books(kept: Book, others: Iterable[Book], *, by: User | None) -> Regrouping:
    """Make several books one: copies, recordings, places, wants, what sources say and outside ids follow.

    Of two open wants one is dropped and says why; the others' copies stay this book whatever their shelf calls them.

    :raises CanNotMerge: if there is nothing to merge, or releases are on their way for two of them.
    """
    kept, merged = _fresh(kept, others)
    steps = Steps()
    for book in merged:
        _take_in_book(steps, kept, book)
    return _note(steps, (Kind.MERGE, Target.BOOK), kept, _merged_words(kept, merged), by)


@transaction.atomic
def split_book(
    book: Book,
    *,
    editions: Sequence[Edition] = (),
    recordings: Sequence[Recording] = (),
    into: Book | None = None,
    title: str = "",
    by: User | None,
) -> Regrouping:
    """Move copies and recordings that are not this book to another one, or to a new book by the same authors.

    A recording takes its copies along.

    :raises CanNotMerge: if nothing of this book is chosen, or the other book is this one.
    """
    chosen = {edition.pk for edition in editions}
    chosen |= set(Edition.objects.filter(recording__in=list(recordings)).values_list("pk", flat=True))
    moving = list(Edition.objects.filter(pk__in=chosen, coverages__book=book).order_by("pk"))
    read = list(Recording.objects.filter(pk__in=[one.pk for one in recordings], book=book).order_by("pk"))
    if not moving and not read:
        raise CanNotMerge("nothing was chosen that belongs to this book")
    if into is not None and into.pk == book.pk:
        raise CanNotMerge("that is the very same book")
    steps = Steps()
    target = into or _sibling(steps, book, title or str(moving[0] if moving else book))
    for recording in read:
        repoint(steps, recording, _BOOK_OF_RECORDING, target)
    for edition in moving:
        _carry(steps, edition, book, target)
    count = f"{len(moving)} cop{'y' if len(moving) == 1 else 'ies'} and {len(read)} recording{'s' * (len(read) != 1)}"
    return _note(steps, (Kind.SPLIT, Target.BOOK), target, f"{count} of {book} became {target}", by)


@transaction.atomic
def move_recording(recording: Recording, to: Book, *, by: User | None) -> Regrouping:
    """Say that a performance is of another book; its copies go with it.

    :raises CanNotMerge: if it is of that book already.
    """
    book, what = recording.book, str(recording)
    if book.pk == to.pk:
        raise CanNotMerge("it is a recording of that book already")
    steps = Steps()
    copies = list(Edition.objects.filter(recording=recording, coverages__book=book).order_by("pk"))
    repoint(steps, recording, _BOOK_OF_RECORDING, to)
    for edition in copies:
        _carry(steps, edition, book, to)
    return _note(steps, (Kind.MOVE, Target.RECORDING), to, f"{what} is a recording of {to}", by)


@transaction.atomic
def reassign_edition(edition: Edition, to: Book, *, by: User | None) -> Regrouping:
    """Say which one book a copy is, whatever was thought before; the sync keeps it.

    :raises CanNotMerge: if it is that book already.
    """
    held = list(edition.coverages.select_related("book").order_by("pk"))
    if [coverage.book_id for coverage in held] == [to.pk]:
        raise CanNotMerge("it is a copy of that book already")
    was = ", ".join(str(coverage.book) for coverage in held) or "no known book"
    steps = Steps()
    for coverage in held:
        if coverage.book_id != to.pk:
            _carry(steps, edition, coverage.book, to)
    if not held:
        steps.add(Coverage(edition=edition, book=to))
        _claim(steps, to)
        _lock(steps, edition)
    findings.settle(FIX_MATCH, f"edition {edition.pk}", how="matched by a person")
    return _note(steps, (Kind.MOVE, Target.EDITION), to, f"{edition}: {to}, not {was}", by)


@transaction.atomic
def undo_regrouping(regrouping: Regrouping, *, by: User | None) -> None:
    """Make every row what it was before.

    :raises NotUndoable: if it was undone before, or what was done since stands in the way.
    """
    undone = {"undone_at": clock.now(), "undone_by": by}
    if not Regrouping.objects.filter(pk=regrouping.pk, undone_at__isnull=True).update(**undone):
        raise NotUndoable("it was undone before")
    _mark(Target(regrouping.target), regrouping.kept_id, regrouping.steps)
    try:
        with transaction.atomic():
            take_back(regrouping.steps)
    except ChangedSince as error:
        raise NotUndoable(f"{error}; undo what came later first") from error
    AuditEntry.objects.create(user=by, action="regrouping.undone", subject=regrouping.words[:200])
    regrouping.refresh_from_db()


def what_follows(row: Author | Narrator | Series | Book) -> dict[str, int]:
    """How many rows of which kind would follow a row into another; those of which there are none are left out."""
    found: dict[str, int] = {}
    for field in pointing_at(type(row)):
        count = field.model._base_manager.filter(**{field.name: row.pk}).count()
        words = _plural(field)
        found |= {words: found.get(words, 0) + count} if count else {}
    aliases = Alias.objects.filter(target=row._meta.model_name, target_id=row.pk).count()
    return found | ({"other names and outside ids": aliases} if aliases else {})


def _take_in_book(steps: Steps, kept: Book, other: Book) -> None:
    if kept.is_placeholder and not other.is_placeholder:
        named = {name: getattr(other, name) for name in ("title", "subtitle", "key")}
        steps.change(kept, named | {"is_placeholder": False})
        steps.change(kept, {"sort_title": other.sort_title}, is_vital=False)
    if kept.has_audio == Book.HasAudio.UNKNOWN:
        steps.change(kept, {"has_audio": other.has_audio}, is_vital=False)
    if kept.is_unclaimed and not other.is_unclaimed:
        steps.change(kept, {"is_monitored": other.is_monitored, "is_unclaimed": False})
    names = [known_as(other.key, author.key) for author in other.authors.order_by("pk")]
    copies = list(Edition.objects.filter(coverages__book=other).order_by("pk"))
    absorb(steps, kept, other, words=f"{other} is the same book as {kept}")
    _also_known(steps, Target.BOOK, kept, other, *names)
    _fold_recordings(steps, kept.pk)
    for edition in copies:
        _lock(steps, edition)


def _take_in_series(steps: Steps, kept: Series, other: Series) -> None:
    if kept.is_unclaimed and not other.is_unclaimed:
        chosen = {name: getattr(other, name) for name in ("monitor", "monitor_chosen_at")}
        steps.change(kept, chosen | {"is_unclaimed": False})
    absorb(steps, kept, other)
    is_alone = not Series.objects.filter(key=other.key).exists()  # a name that others bear too can not mean this one
    _also_known(steps, Target.SERIES, kept, other, *([other.key] if is_alone else []))


def _also_known(steps: Steps, target: Target, kept: models.Model, other: models.Model, *names: str) -> None:
    """Let the names and outside ids of a merged row mean the one that took it in."""
    for alias in Alias.objects.filter(target=target, target_id=other.pk).order_by("pk"):
        steps.change(alias, {"target_id": kept.pk})
    for name in dict.fromkeys(names):
        value = name[:LONGEST_NAME]
        known = Alias.objects.filter(target=target, source="name", value=value).first()
        if known is None:
            steps.add(Alias(target=target, target_id=kept.pk, source="name", value=value))
        else:
            steps.change(known, {"target_id": kept.pk})


def _fold_recordings(steps: Steps, book: int) -> None:
    """Make one of the recordings of a book by the same narrators, as far as no ASIN tells them apart."""
    kept: list[Recording] = []
    for recording in Recording.objects.filter(book=book).exclude(narrator_key="").order_by("-asin", "pk"):
        twin = next((one for one in kept if _is_one_performance(one, recording)), None)
        if twin is None:
            kept.append(recording)
        else:
            absorb(steps, twin, recording)


def _is_one_performance(one: Recording, other: Recording) -> bool:
    same = (one.narrator_key, one.is_abridged, one.is_dramatised)
    if same != (other.narrator_key, other.is_abridged, other.is_dramatised):
        return False
    return not (one.asin and other.asin) or one.asin == other.asin


def _carry(steps: Steps, edition: Edition, book: Book, to: Book) -> None:
    """Move a copy from one book to another, with its recording."""
    coverage = Coverage.objects.get(edition=edition, book=book)
    _claim(steps, to)
    repoint(steps, coverage, _BOOK_OF_COVERAGE, to)
    recording = Recording.objects.filter(editions=edition, book=book).first()
    if recording is not None:
        if recording.editions.filter(coverages__book=book).exclude(pk=edition.pk).exists():
            steps.change(edition, {"recording": _copied(steps, recording, to)})
        else:
            repoint(steps, recording, _BOOK_OF_RECORDING, to)
    _lock(steps, edition)


def _copied(steps: Steps, recording: Recording, to: Book) -> Recording:
    """The same performance as one of another book."""
    for one in to.recordings.order_by("pk"):
        if _is_one_performance(one, recording) or (one.asin and one.asin == recording.asin):
            return one
    narrators = list(recording.narrators.order_by("pk"))
    copy = Recording.objects.get(pk=recording.pk)
    copy.pk, copy.book = None, to
    copy._state.adding = True
    steps.add(copy)
    for narrator in narrators:
        steps.add(Recording.narrators.through(recording_id=copy.pk, narrator_id=narrator.pk))
    return copy


def _sibling(steps: Steps, book: Book, title: str) -> Book:
    """A new book by the same authors."""
    made = Book(language=book.language, is_monitored=book.is_monitored)
    name_book(made, title, "")
    steps.add(made)
    for author in book.authors.order_by("pk"):
        steps.add(Book.authors.through(book_id=made.pk, author_id=author.pk))
    return made


def _claim(steps: Steps, book: Book) -> None:
    """A book that only an author's list told of is ours when a copy turns out to be it."""
    if book.is_unclaimed:
        steps.change(book, {"is_monitored": True, "is_unclaimed": False}, is_vital=False)
    for series in Series.objects.filter(entries__book=book, is_unclaimed=True):
        steps.change(series, {"monitor": Series.Monitor.ALL, "is_unclaimed": False}, is_vital=False)


def _lock(steps: Steps, edition: Edition) -> None:
    if not FieldLock.objects.filter(edition=edition, field=BOOK_LOCK).exists():
        steps.add(FieldLock(edition=edition, field=BOOK_LOCK))


def _fresh(kept: Row, others: Iterable[Row]) -> tuple[Row, list[Row]]:
    """The rows as they stand now, those to be merged in the order given."""
    keys = [other.pk for other in others if other.pk != kept.pk]
    found = type(kept)._default_manager.in_bulk([kept.pk, *keys])
    if not keys:
        raise CanNotMerge("choose at least one other to merge")
    if kept.pk not in found or not found.keys() >= set(keys):
        raise CanNotMerge("one of them is gone; look again")
    return found[kept.pk], [found[key] for key in dict.fromkeys(keys)]


def _merged_words(kept: models.Model, merged: Sequence[models.Model]) -> str:
    return f"{', '.join(map(str, merged))} merged into {kept}"


def _note(steps: Steps, done: tuple[Kind, Target], kept: models.Model, words: str, by: User | None) -> Regrouping:
    kind, target = done
    _mark(target, kept.pk, steps.taken)
    AuditEntry.objects.create(user=by, action=f"{target}.{kind.label.lower()}", subject=words[:200])
    return Regrouping.objects.create(
        kind=kind, target=target, kept_id=kept.pk, words=words[:500], steps=steps.taken, by=by
    )


def _mark(target: Target, kept: int, taken: Sequence[Step]) -> None:
    """Let the search read the books anew that a regrouping touches."""
    path = {
        Target.AUTHOR: "authors",
        Target.NARRATOR: "recordings__narrators",
        Target.SERIES: "series_entries__series",
    }.get(target, "pk")
    told = {step[side].get("book") for step in taken for side in ("was", "is")} - {None}
    indexing.mark_stale(books={*told, *Book.objects.filter(**{path: kept}).values_list("pk", flat=True)})


def _plural(field: Any) -> str:
    """What rows are called that point at another, in words; for a table between two, what stands on its other side."""
    model = field.model
    if model._meta.auto_created:
        model = next(one.related_model for one in model._meta.fields if one.is_relation and one.name != field.name)
    return str(model._meta.verbose_name_plural)
