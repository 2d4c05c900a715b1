"""The full list of every series we own something of."""

from collections.abc import Sequence
from datetime import date, timedelta
from functools import partial

from django.db.models import Exists, OuterRef, Q, QuerySet

from library import services as library
from library.models import Alias, Coverage, Series, SeriesEntry
from mamcrawler.lib import clock
from metadata.models import Lookup
from metadata.providers import ListsSeries, Provider
from metadata.providers.answers import ProviderSeries, SeriesBook, SeriesQuestion
from metadata.services.sources import ask

STALE = timedelta(days=30)
NO_DATE_FROM = 2200
"""Catalogues write a year like this for a book that has no date yet."""
_KINDS = {
    "main": SeriesEntry.Kind.MAIN,
    "novella": SeriesEntry.Kind.NOVELLA,
    "extra": SeriesEntry.Kind.EXTRA,
    "compilation": SeriesEntry.Kind.COLLECTION,
}


def series_due() -> QuerySet[Series]:
    """Series with an owned book, or that a person chose, whose list was never had or is old; never asked first."""
    owned = Coverage.objects.present().filter(book__series_entries__series=OuterRef("pk"))
    old = Q(listed_at__isnull=True) | Q(listed_at__lt=clock.now() - STALE)
    return (
        Series.objects.monitored()
        .filter(Exists(owned) | Q(monitor_chosen_at__isnull=False))
        .filter(old)
        .order_by("listed_at", "pk")
    )


def list_series(series: Series, providers: Sequence[Provider]) -> library.Recorded | None:
    """Ask the providers for a series until one knows it, and keep its list; None when none does.

    A series that no provider knows is not asked again for a month, and its gaps are told from what is owned; one whose
    providers were all silent is asked again.
    """
    author = series.entries.filter(book__authors__isnull=False).values_list("book__authors__name", flat=True).first()
    was_silent = False
    for provider in providers:
        if not isinstance(provider, ListsSeries):
            continue
        alias = Alias.objects.filter(target=Alias.Target.SERIES, target_id=series.pk, source=provider.name).first()
        question = SeriesQuestion(name=series.name, author=author or "", external_id=alias.value if alias else "")
        told, lookup = ask(provider, f"series {series.name} by {author}", partial(provider.series_books, question))
        was_silent = was_silent or lookup.outcome == Lookup.Outcome.UNAVAILABLE
        if told is not None:
            return _record(series, told)
    if not was_silent:
        series.listed_at, series.listed_by = clock.now(), ""
        series.save(update_fields=["listed_at", "listed_by"])
        library.fill_local_gaps(series)
    return None


def _record(series: Series, told: ProviderSeries) -> library.Recorded:
    if told.external_id:
        Alias.objects.get_or_create(
            target=Alias.Target.SERIES,
            source=told.provider,
            value=told.external_id,
            defaults={"target_id": series.pk},
        )
    if told.is_completed is not None:
        Series.objects.filter(pk=series.pk).update(is_complete=told.is_completed)
    return library.record_series(series, [_listed(book, told) for book in told.books], source=told.provider)


def _listed(book: SeriesBook, series: ProviderSeries) -> library.ListedBook:
    released_on = book.released_on if book.released_on and book.released_on.year < NO_DATE_FROM else None
    return library.ListedBook(
        title=book.title,
        subtitle=book.subtitle,
        authors=book.authors or ((series.author,) if series.author else ()),
        position=book.position,
        kind=_KINDS[book.kind],
        released_on=released_on,
        is_announced=_is_announced(book, released_on),
        has_audio=book.has_audio,
        external_id=book.external_id,
        isbn=book.isbn,
        recordings=tuple(
            library.ListedRecording(
                asin=recording.asin,
                narrators=recording.narrators,
                runtime_s=recording.runtime_s,
                language=recording.language,
                publisher=recording.publisher,
                released_on=recording.released_on,
            )
            for recording in book.recordings
        ),
    )


def _is_announced(book: SeriesBook, released_on: date | None) -> bool:
    """Whether a book is still to come: a catalogue that knows neither a date nor any recording says so."""
    return released_on is None and not book.recordings and book.has_audio is None
