"""The world of the twelve-series example: a catalogue and a library that hold exactly its numbers."""

from dataclasses import replace
from datetime import date, datetime

from mamcrawler.sandbox.catalogue import (
    Catalogue,
    CatalogueBook,
    CatalogueSeries,
    ExampleNumber,
    ExampleSeries,
    Performance,
    SeriesPlace,
    load_catalogue,
    load_twelve_series,
)
from mamcrawler.sandbox.shelf import OwnedItem, own


def twelve_series_catalogue() -> Catalogue:
    """The 136 books of the example; real ones where the catalogue knows them."""
    real = {(book.authors[0], book.title): book for book in load_catalogue().books.values() if book.performances}
    series: dict[str, CatalogueSeries] = {}
    for example in load_twelve_series():
        books = tuple(_book(example, number, real) for number in example.numbers)
        series[example.name] = CatalogueSeries(example.name, example.author, books)
    return Catalogue(books={book.key: book for one in series.values() for book in one.books}, series=series)


def twelve_series_library(catalogue: Catalogue, *, now: datetime) -> list[OwnedItem]:
    """The 55 books of the example that are owned."""
    owned = [
        (catalogue.series[example.name].books[index], example.name)
        for example in load_twelve_series()
        for index, number in enumerate(example.numbers)
        if number.owned
    ]
    return [own(book, series, number, now=now) for number, (book, series) in enumerate(owned)]


def _book(example: ExampleSeries, number: ExampleNumber, real: dict[tuple[str, str], CatalogueBook]) -> CatalogueBook:
    place = SeriesPlace(example.name, number.position, "main")
    if known := real.get((example.author, number.title)):
        return replace(known, series=(place,), contains=())
    key = f"{example.name}-{number.position}".lower().replace(" ", "-")
    recording = Performance(
        narrators=("Unknown",),
        hours=12,
        asin="",
        abridged=False,
        dramatised=False,
        publisher="",
        released_on=date(2015, 1, 1),
        language="en",
    )
    return CatalogueBook(
        key=key,
        title=number.title,
        subtitle="",
        authors=(example.author,),
        series=(place,),
        released_on=date(2015, 1, 1),
        language="en",
        genres=("fantasy",),
        isbn="",
        description="",
        has_audio=True,
        contains=(),
        performances=(recording,),
    )
