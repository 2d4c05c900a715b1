"""Which books of a series count as missing: by its mode, never a flood that nobody asked for."""

from collections.abc import Collection

from django.db import transaction

from library.models import Book, Series, SeriesEntry
from library.models.books import BookQuerySet
from library.services import indexing
from mamcrawler.lib import clock
from mamcrawler.operations import findings, preferences
from mamcrawler.operations.models import AuditEntry, User

MANY_MISSING = "library.many_missing"


@transaction.atomic
def monitor_series(series: Series, mode: Series.Monitor, *, by: User | None) -> int:
    """Choose which books of a series count as missing; returns how many books are monitored now.

    Of the main line all, those not owned now, those still to come, or none; novellas and extras are monitored one by
    one, and lose it with the mode *none* alone. Books that another monitored series holds as well stay as they are.
    """
    before, series.monitor, series.monitor_chosen_at = series.monitor, mode, clock.now()
    series.save(update_fields=["monitor", "monitor_chosen_at"])
    books = Book.objects.filter(series_entries__series=series)
    wanted = _wanted(_main_line(series), mode)
    elsewhere = Book.objects.filter(series_entries__series__in=Series.objects.monitored().exclude(pk=series.pk))
    dropped = books if mode == Series.Monitor.NONE else _main_line(series)
    Book.objects.filter(pk__in=dropped).exclude(pk__in=wanted).exclude(pk__in=elsewhere).update(is_monitored=False)
    Book.objects.filter(pk__in=wanted).update(is_monitored=True)
    indexing.mark_stale(books=books.values_list("pk", flat=True))
    findings.settle(MANY_MISSING, _subject(series), how=f"{series.get_monitor_display().lower()} was chosen")
    AuditEntry.objects.create(
        user=by, action="series.monitored", subject=str(series)[:200], detail={"was": before, "is": str(mode)}
    )
    return books.filter(is_monitored=True).distinct().count()


def begin_monitoring(series: Series) -> None:
    """Give a series that is listed for the first time the mode that is set for new ones."""
    mode = preferences.read(preferences.LibraryRules).monitor_new
    if series.listed_at is None and series.monitor_chosen_at is None and series.monitor != mode:
        series.monitor = mode
        series.save(update_fields=["monitor"])


def ask_before_flood(series: Series, listed: Collection[int]) -> bool:
    """Let a person say whether newly listed books are wanted when they are many; True if they wait now.

    Until then the series is monitored for what is still to come. A series whose mode a person chose is not asked about.
    """
    if series.monitor_chosen_at is not None or not series.wants_back_catalogue:
        return False
    count = Book.objects.missing().filter(pk__in=listed).count()
    if count <= preferences.read(preferences.LibraryRules).ask_above:
        return False
    Book.objects.missing().filter(pk__in=listed).update(is_monitored=False)
    series.monitor, series.monitor_chosen_at = Series.Monitor.FUTURE, clock.now()
    series.save(update_fields=["monitor", "monitor_chosen_at"])
    findings.report(
        MANY_MISSING,
        _subject(series),
        f"{series}: {count} books are out that you do not own. They are listed and wait for your word.",
        advice="Count all of them as missing, or only what is released from now on.",
        series=series.pk,
    )
    return True


def _main_line(series: Series) -> BookQuerySet:
    entries = SeriesEntry.objects.filter(series=series).main()
    return Book.objects.filter(pk__in=entries.values("book"))


def _wanted(books: BookQuerySet, mode: Series.Monitor) -> BookQuerySet:
    match mode:
        case Series.Monitor.ALL:
            return books
        case Series.Monitor.MISSING:
            return books.unowned()
        case Series.Monitor.FUTURE:
            return books.announced()
        case Series.Monitor.NONE:
            return books.none()


def _subject(series: Series) -> str:
    return f"series {series.pk}"
