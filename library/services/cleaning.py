"""Cleaning the names of items: proposed as a difference first, written in one batch that can be undone as a whole."""

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from library import cleaning, identity
from library.models import Change, Coverage, Edition, Narrator, Series, SeriesEntry, Shelf
from library.services.previewing import ItemPreview, preview
from library.services.writing import write_all
from mamcrawler.operations.models import User

SOURCE = "name cleaning"


@dataclass(frozen=True)
class FieldProposal:
    """One field as it is and as it would be."""

    field: str
    old: Any
    new: Any


@dataclass(frozen=True)
class CleaningProposal:
    """What would be changed in the names of an item, and why; locked fields are left out."""

    edition: Edition
    fields: tuple[FieldProposal, ...]
    reasons: tuple[str, ...]


@dataclass
class CleaningReport:
    """What became of proposals that were taken."""

    batch: uuid.UUID = field(default_factory=uuid.uuid4)
    written: int = 0
    refused: dict[str, str] = field(default_factory=dict)

    def sentence(self) -> str:
        """The report in words."""
        words = f"{self.written} field{'' if self.written == 1 else 's'} written"
        return f"{words}, {len(self.refused)} left alone" if self.refused else words


def propose_cleaning(editions: Iterable[Edition]) -> list[CleaningProposal]:
    """What would be cleaned in the names of these items; nothing is written."""
    rows = [edition for edition in editions if _is_writable(edition)]
    names = {edition.pk: cleaning.Names.of(edition.metadata) for edition in rows}
    spellings, readers, known = _spellings(names.values()), _readers(names.values()), _known_series(rows)
    proposals = []
    for edition in rows:
        before = names[edition.pk]
        cleaned = cleaning.clean(before, known=known.get(edition.pk, ()), spellings=spellings, readers=readers)
        locked = {lock.field for lock in edition.locks.all()}
        was, becomes = before.told(), cleaned.names.told()
        fields = tuple(
            FieldProposal(name, was[name], becomes[name])
            for name in was
            if was[name] != becomes[name] and name not in locked
        )
        if fields:
            proposals.append(CleaningProposal(edition, fields, cleaned.reasons))
    return proposals


def apply_cleaning(
    proposals: Iterable[CleaningProposal],
    *,
    by: User | None,
    only: Mapping[int, Sequence[str]] | None = None,
    report: CleaningReport | None = None,
) -> CleaningReport:
    """Write what was proposed, all in one batch; what can not be written is left alone and told.

    :param only: the fields to write, by the key of the edition; None writes all.
    :param report: of what was written before, to go on in the same batch.
    """
    report = report or CleaningReport()
    chosen = _chosen(proposals, only)
    outcome = write_all(chosen, source=SOURCE, by=by, batch=report.batch)
    for edition, _ in chosen:
        if error := outcome.troubles.get(edition.pk):
            report.refused[str(edition)] = f"its shelf can not be reached ({error})"
            continue
        result = outcome.results[edition.pk]
        report.written += len(result.written)
        report.refused |= {f"{edition}: {name}": reason for name, reason in result.refused.items()}
    return report


def preview_cleaning(
    proposals: Iterable[CleaningProposal], *, only: Mapping[int, Sequence[str]] | None = None
) -> list[ItemPreview]:
    """What writing these proposals would do to their shelves as they stand now; nothing is written.

    :param only: the fields to write, by the key of the edition; None takes all.
    """
    return preview(_chosen(proposals, only))


def _chosen(
    proposals: Iterable[CleaningProposal], only: Mapping[int, Sequence[str]] | None
) -> list[tuple[Edition, dict[str, Any]]]:
    found = []
    for proposal in proposals:
        chosen = None if only is None else only.get(proposal.edition.pk, ())
        values = {one.field: one.new for one in proposal.fields if chosen is None or one.field in chosen}
        if values:
            found.append((proposal.edition, values))
    return found


def cleaning_batches(limit: int) -> list[list[Change]]:
    """The changes of the latest clean-ups, batch by batch, the newest first."""
    batches = list(Change.objects.filter(source=SOURCE).order_by("-at").values_list("batch", flat=True)[: limit * 50])
    latest = list(dict.fromkeys(batches))[:limit]
    changes = Change.objects.filter(batch__in=latest).select_related("edition", "by").order_by("-at", "-pk")
    found: dict[uuid.UUID, list[Change]] = {batch: [] for batch in latest}
    for change in changes:
        found[change.batch].append(change)
    return list(found.values())


def _is_writable(edition: Edition) -> bool:
    return edition.shelf.kind == Shelf.Kind.FOLDER or bool(edition.external_id)


def _spellings(names: Iterable[cleaning.Names]) -> dict[str, str]:
    """How the series that are named here are called in the library."""
    keys = {identity.series_key(name) for one in names for name, _ in one.series if name}
    found: dict[str, str] = {}
    for series in Series.objects.filter(key__in=keys).order_by("-listed_at", "pk"):
        found.setdefault(series.key, series.name)
    return {key: next(iter(cleaning.usual_spellings([name]).values()), name) for key, name in found.items()}


def _readers(names: Iterable[cleaning.Names]) -> set[str]:
    keys = {identity.name_key(text) for one in names for text in cleaning.bracketed(one.title)}
    return set(Narrator.objects.filter(key__in=keys).values_list("key", flat=True)) if keys else set()


def _known_series(editions: Sequence[Edition]) -> dict[int, cleaning.Series]:
    """The numbered places of the one book that each copy is."""
    books: dict[int, list[int]] = {}
    for edition, book in Coverage.objects.filter(edition__in=editions).values_list("edition", "book"):
        books.setdefault(edition, []).append(book)
    alone = {edition: held[0] for edition, held in books.items() if len(held) == 1}
    places: dict[int, list[tuple[str, str]]] = {}
    entries = SeriesEntry.objects.filter(book__in=alone.values(), start__isnull=False).order_by("-is_primary", "pk")
    for book, name, position in entries.values_list("book", "series__name", "position"):
        places.setdefault(book, []).append((name, position))
    return {edition: tuple(places.get(book, ())) for edition, book in alone.items()}
