"""Which copies lack something or are not as a copy should be, as far as a database can tell."""

from datetime import timedelta
from typing import Any, Self, TypeVar

from django.apps import apps
from django.db import models
from django.db.models import Exists, F, OuterRef, Q

Row = TypeVar("Row", bound=models.Model)
SHORTEST = timedelta(minutes=10)
LONGEST = timedelta(hours=100)
RUNTIME_OFF = 0.10
"""A copy may be so much longer or shorter than the catalogue says of its performance."""


class LackingQuerySet(models.QuerySet[Row]):
    """Editions by what they lack; each method only narrows, so that it works on a few rows as well as on all."""

    def read(self) -> Self:
        """Editions on their shelf of which the shelf has told all it knows.

        What we placed ourselves is only known in full once the shelf was read again.
        """
        return self.filter(status="present", metadata__has_key="language")

    def without_cover(self) -> Self:
        """Editions beside which there is no picture."""
        return self.filter(has_cover=False)

    def without_chapters(self) -> Self:
        """Editions in which a player can not jump from chapter to chapter; several files are chapters too."""
        return self.filter(chapter_count=0)

    def without_narrator(self) -> Self:
        """Editions whose shelf names nobody as the reader."""
        return self.filter(_empty("narrators", []))

    def without_description(self) -> Self:
        """Editions whose shelf says nothing of what the book is about."""
        return self.filter(_empty("description", ""))

    def without_language(self) -> Self:
        """Editions whose shelf does not say in which language they are."""
        return self.filter(_empty("language", ""))

    def without_position(self) -> Self:
        """Editions of a book that stands in a series at no place."""
        entries = _rows("SeriesEntry").filter(book__coverages__edition=OuterRef("pk"))
        return self.filter(Exists(entries.filter(position="", kind="main")))

    def of_low_bitrate(self, kbps: int) -> Self:
        """Editions of fewer kbit/s; those of an unknown bitrate are none."""
        return self.filter(bitrate_kbps__lt=kbps)

    def of_odd_length(self) -> Self:
        """Editions unlike the catalogue's runtime of their performance, or too short or too long to be one book.

        What a catalogue confirms is not odd, however short. Where no catalogue knows a performance, its runtime is
        taken from the copy itself, to the last digit, and confirms nothing.
        """
        runtime = F("recording__runtime_s")
        is_extreme = Q(duration_s__lt=SHORTEST.total_seconds()) | Q(duration_s__gt=LONGEST.total_seconds())
        is_unconfirmed = Q(recording__runtime_s__isnull=True) | Q(duration_s=runtime)
        is_off = Q(duration_s__gt=runtime * (1 + RUNTIME_OFF)) | Q(duration_s__lt=runtime * (1 - RUNTIME_OFF))
        return self.filter(is_off | (is_extreme & is_unconfirmed))

    def with_unreadable_files(self) -> Self:
        """Editions with a file that gave no length when it was read: broken, cut short, or no audio."""
        files = _rows("AudioFile").filter(edition=OuterRef("pk"))
        return self.filter(Exists(files.filter(Q(duration_s__isnull=True) | Q(duration_s__lte=0))))


def _empty(name: str, nothing: object) -> Q:
    """A field of the mirrored metadata that says nothing: empty, null, or not there at all."""
    field = f"metadata__{name}"
    return Q(**{field: nothing}) | Q(**{field: None}) | ~Q(metadata__has_key=name)


def _rows(name: str) -> models.QuerySet[Any]:
    """Rows of a model that is made of editions, and so can not be imported by them."""
    rows: models.QuerySet[Any] = apps.get_model("library", name)._default_manager.all()
    return rows
