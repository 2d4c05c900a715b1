"""Metadata providers: one module each, one protocol for all."""

from collections.abc import Mapping
from types import TracebackType
from typing import Protocol, Self, runtime_checkable

from metadata.providers.answers import (
    AuthorQuestion,
    Bibliography,
    BookQuestion,
    ProviderBook,
    ProviderSeries,
    SeriesQuestion,
)
from metadata.providers.audnexus import Audnexus
from metadata.providers.hardcover import Hardcover


class Provider(Protocol):
    """A source of facts about books; use it in a `with` block.

    What it can do beyond being asked at all is said by the narrower protocols below; `weight` (0 to 1) is how far its
    word is trusted, and `origin` names whose data it passes on: two providers of one origin are one source.
    """

    name: str
    origin: str
    weight: float

    def __enter__(self) -> Self:
        """Open its connections."""

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """Close its connections."""


@runtime_checkable
class DescribesBooks(Provider, Protocol):
    """A provider that describes single books."""

    def find_book(self, question: BookQuestion) -> list[ProviderBook]:
        """Every book that may be the one asked for, the likeliest first; empty when it knows none.

        :raises ProviderError: if no usable answer came.
        """


@runtime_checkable
class ListsSeries(Provider, Protocol):
    """A provider that lists whole series."""

    def series_books(self, series: SeriesQuestion) -> ProviderSeries | None:
        """The whole series, or None when it does not know it.

        :raises ProviderError: if no usable answer came.
        """


@runtime_checkable
class ListsAuthors(Provider, Protocol):
    """A provider that lists all works of an author."""

    def bibliographies(self, author: AuthorQuestion) -> list[Bibliography]:
        """Every author of this name whose list holds one of the titles; empty when it knows none.

        :raises ProviderError: if no usable answer came, be it for the last page of the list alone.
        """


PROVIDERS: Mapping[str, type[Provider]] = {provider.name: provider for provider in (Audnexus, Hardcover)}
"""Every provider by its name, in the order in which their answers are shown."""
