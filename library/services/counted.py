"""Series and authors with all that their lists and pages count of them, by their keys."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from django.db.models import QuerySet
from django.db.models.expressions import RawSQL

from library.models import Author, Edition, Series
from mamcrawler.lib.keyed import by_keys, models_by_keys


def series_of(keys: Sequence[int]) -> dict[int, Series]:
    """Series with their counts and gaps, by their keys."""
    return {series.pk: series for series in _series(keys)}


def authors_of(keys: Sequence[int]) -> dict[int, Author]:
    """Authors with their counts and how long their copies play in seconds (`owned_s`), by their keys."""
    lengths: defaultdict[int, float] = defaultdict(float)
    for author, _, seconds in _copies(keys):
        lengths[author] += seconds or 0.0
    authors = {author.pk: author for author in _authors(keys)}
    for key, author in authors.items():
        author.owned_s = lengths[key]
    return authors


@models_by_keys
def _series(series: RawSQL) -> QuerySet[Series]:
    return Series.objects.with_gap().filter(pk__in=series)


@models_by_keys
def _authors(authors: RawSQL) -> QuerySet[Author]:
    return Author.objects.with_counts().filter(pk__in=authors)


@by_keys
def _copies(authors: RawSQL) -> QuerySet[Edition, Any]:
    """The copies of each author's books, each once."""
    copies = Edition.objects.present().filter(coverages__book__authors__in=authors).order_by().distinct()
    return copies.values_list("coverages__book__authors", "pk", "duration_s")
