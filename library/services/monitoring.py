"""Which books of a series or an author count as missing: by its mode, never a flood that nobody asked for."""

from collections.abc import Collection, Iterable

from django.db import transaction
from django.db.models import Exists, OuterRef, Q

from library.models import Author, Book, Series, SeriesEntry
from library.services import indexing, modes
from library.services.modes import Mode, Reach
from mamcrawler.lib import clock
from mamcrawler.operations import findings, preferences
from mamcrawler.operations.models import AuditEntry, User

MANY_MISSING = "library.many_missing"


@transaction.atomic
def monitor_series(series: Series, mode: Mode, *, by: User | None) -> int:
    """Choose which books of a series count as missing; returns how many books are monitored now.

    Of the main line all, those not owned now, those still to come, or none; novellas and extras are monitored one by
    one, and lose it with the mode *none* alone. Books that another monitored series holds as well, or that an author's
    mode wants, stay as they are.
    """
    _choose(series, mode, by)
    reach = modes.reach_of(series)
    reach.let_go(mode).update(is_monitored=False)
    return _claim(reach, mode)


@transaction.atomic
def monitor_author(author: Author, mode: Mode, *, by: User | None) -> int:
    """Choose which books of an author count as missing; returns how many of theirs are monitored now.

    Of the single books and the main lines of series all, those not owned now, those still to come, or none; novellas
    and extras are monitored one by one. What is owned, and what a series or another author wants, is never let go.
    """
    _choose(author, mode, by)
    reach = modes.reach_of(author)
    reach.let_go(mode).unowned().filter(is_monitored=True).update(is_monitored=False, is_unclaimed=True)
    return _claim(reach, mode)


def begin_monitoring(listed: Series | Author) -> None:
    """Give what is listed for the first time the mode that is set for new ones."""
    rules = preferences.read(preferences.LibraryRules)
    mode = rules.monitor_new if isinstance(listed, Series) else rules.monitor_new_authors
    if isinstance(listed, Series) and listed.is_unclaimed:
        listed.is_unclaimed = False
        listed.save(update_fields=["is_unclaimed"])
    if listed.listed_at is None and listed.monitor_chosen_at is None and listed.monitor != mode:
        listed.monitor = mode
        listed.save(update_fields=["monitor"])


def ask_before_flood(series: Series, listed: Collection[int]) -> bool:
    """Let a person say whether newly listed books are wanted when they are many; True if they wait now.

    Until then the series is monitored for what is still to come. A series whose mode a person chose is not asked about.
    """
    if series.monitor_chosen_at is not None or not series.wants_back_catalogue:
        return False
    count = Book.objects.missing().filter(pk__in=listed).count()
    if not _is_flood(count):
        return False
    Book.objects.missing().filter(pk__in=listed).update(is_monitored=False)
    _wait(series, count)
    return True


@transaction.atomic
def claim_listed(author: Author) -> int:
    """Monitor the newly listed books of an author that a series or the author's mode wants; returns how many.

    When they are many a person is asked first, also where the mode was chosen before anybody knew the list.
    """
    listed = Book.objects.filter(authors=author, is_unclaimed=True)
    # Read first, and from the places: asked for each book, it takes minutes where a server takes the tables for empty.
    for_series = modes.wanted_places().filter(book__authors=author, book__is_unclaimed=True)
    claimed = Book.objects.filter(pk__in=list(for_series.values_list("book", flat=True))).update(
        is_monitored=True, is_unclaimed=False
    )
    wanted = listed.of_line().filter(_ahead_of(author) if author.monitor == Mode.FUTURE else Q())
    if author.monitor == Mode.NONE:
        return claimed
    if author.wants_back_catalogue and (author.monitor_chosen_at is None or author.listed_at is None):
        count = wanted.obtainable().count()
        if _is_flood(count):
            _wait(author, count)
            wanted = wanted.filter(_ahead_of(author))
    return claimed + Book.objects.filter(pk__in=wanted).update(is_monitored=True, is_unclaimed=False)


def claim_for_authors(books: Collection[int]) -> int:
    """Monitor those of these books that the mode of one of their authors wants; returns how many."""
    told = Book.objects.filter(pk__in=books, is_monitored=False)
    return told.filter(modes.wanted_by_author()).update(is_monitored=True, is_unclaimed=False)


def claim_owned(books: Collection[int]) -> None:
    """Books that only an author's list told of until now came to a shelf: they and their series are ours from here."""
    if not books:
        return
    Book.objects.filter(pk__in=books, is_unclaimed=True).update(is_unclaimed=False, is_monitored=True)
    entered = SeriesEntry.objects.filter(book__in=books, series__is_unclaimed=True)
    if series := list(entered.values_list("series", flat=True)):
        Series.objects.filter(pk__in=series).update(is_unclaimed=False, monitor=Mode.ALL)


def disclaim_series(series: Collection[int]) -> None:
    """Of these series copies are gone for good: those that hold none now and nobody chose are followed no longer."""
    owned = SeriesEntry.objects.filter(series=OuterRef("pk")).owned()
    let_go = Series.objects.filter(~Exists(owned), pk__in=series, monitor_chosen_at__isnull=True)
    keys = list(let_go.values_list("pk", flat=True))
    Series.objects.filter(pk__in=keys).update(is_unclaimed=True, monitor=Mode.NONE)
    disclaim_books(SeriesEntry.objects.filter(series__in=keys).values_list("book", flat=True))


def disclaim_books(books: Iterable[int]) -> None:
    """Of these books copies are gone for good: those that only a list tells of now are unclaimed again."""
    claimed = SeriesEntry.objects.filter(book=OuterRef("pk"), series__is_unclaimed=False)
    unowned = Book.objects.unowned().filter(~modes.wanted_by_series(), ~modes.wanted_by_author(), pk__in=list(books))
    keys = list(unowned.values_list("pk", flat=True))
    Book.objects.filter(pk__in=keys).update(is_monitored=False)
    alone = Book.objects.filter(~Exists(claimed), pk__in=keys, wants=None, exclusion=None)
    Book.objects.filter(pk__in=list(alone.values_list("pk", flat=True))).update(is_unclaimed=True)


def _choose(listed: Series | Author, mode: Mode, by: User | None) -> None:
    before, listed.monitor, listed.monitor_chosen_at = listed.monitor, mode, clock.now()
    if isinstance(listed, Series):
        listed.is_unclaimed = False
        listed.save(update_fields=["monitor", "monitor_chosen_at", "is_unclaimed"])
    else:
        listed.save(update_fields=["monitor", "monitor_chosen_at"])
    findings.settle(MANY_MISSING, _subject(listed), how=f"{listed.get_monitor_display().lower()} was chosen")
    AuditEntry.objects.create(
        user=by,
        action=f"{listed._meta.model_name}.monitored",
        subject=str(listed)[:200],
        detail={"was": before, "is": str(mode)},
    )


def _claim(reach: Reach, mode: Mode) -> int:
    """Monitor what a mode wants; returns how many books within its reach are monitored now."""
    Book.objects.filter(pk__in=reach.wanted(mode)).update(is_monitored=True, is_unclaimed=False)
    indexing.mark_stale(books=reach.books.values_list("pk", flat=True))
    return reach.books.filter(is_monitored=True).count()


def _ahead_of(author: Author) -> Q:
    """Books that come out after the mode of an author was chosen."""
    since = (author.monitor_chosen_at or clock.now()).date()
    return Q(is_announced=True) | Q(released_on__gt=since)


def _is_flood(count: int) -> bool:
    return count > preferences.read(preferences.LibraryRules).ask_above


def _wait(listed: Series | Author, count: int) -> None:
    """Look out only for what is to come until a person says whether the many others are wanted."""
    listed.monitor, listed.monitor_chosen_at = Mode.FUTURE, clock.now()
    listed.save(update_fields=["monitor", "monitor_chosen_at"])
    subject: dict[str, object] = {"series" if isinstance(listed, Series) else "author": listed.pk}
    findings.report(
        MANY_MISSING,
        _subject(listed),
        f"{listed}: {count} books are out that you do not own. They are listed and wait for your word.",
        advice="Count all of them as missing, or only what is released from now on.",
        **subject,  # type: ignore[arg-type] # it names neither the advice nor the severity
    )


def _subject(listed: Series | Author) -> str:
    return f"{listed._meta.model_name} {listed.pk}"
