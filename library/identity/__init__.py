"""Is this the same book, author or series? The single place that answers it, for every part of the product."""

from library.identity.names import name_key, same_person, same_series, series_key
from library.identity.titles import same_title, split_title, title_key
from library.identity.works import Comparison, Feature, Outcome, Verdict, Work, compare

__all__ = [
    "Comparison",
    "Feature",
    "Outcome",
    "Verdict",
    "Work",
    "compare",
    "name_key",
    "same_person",
    "same_series",
    "same_title",
    "series_key",
    "split_title",
    "title_key",
]
