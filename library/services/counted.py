"""Series and authors with all that their lists and pages count of them, by their keys."""

from django.db.models import QuerySet
from django.db.models.expressions import RawSQL

from library.models import Author, Series
from mamcrawler.lib.keyed import models_by_keys


@models_by_keys
def counted_series(series: RawSQL) -> QuerySet[Series]:
    """Series with their counts and gaps."""
    return Series.objects.with_gap().filter(pk__in=series)


@models_by_keys
def counted_authors(authors: RawSQL) -> QuerySet[Author]:
    """Authors with their counts and how long their copies play."""
    return Author.objects.for_list().filter(pk__in=authors)
