"""Looking at every copy with the checks of `library.hygiene`: what they find is marked, so that the report is quick.

A mark tells what was so when stock was taken. What is shown of a page of marks is asked again at that moment, so that
what was put right since is told as such.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Count, Exists, OuterRef, QuerySet

from library import cleaning, paths
from library.copy_signs import Copy
from library.hygiene import BY_NAME, CHECKS, Check, Limits, Severity
from library.models import (
    Author,
    Book,
    Coverage,
    Edition,
    EditionQuerySet,
    HygieneDismissal,
    HygieneMark,
    SeriesEntry,
    Snapshot,
)
from library.models.hygiene import HygieneMarkQuerySet
from mamcrawler.lib import clock
from mamcrawler.operations import preferences
from mamcrawler.operations.models import AuditEntry, User

Beat = Callable[[], object]
CURSOR = "cursor"
BATCH = 500
"""So many copies at once keep a write well under a tenth of a second."""
CURSOR_LASTS = timedelta(hours=1)
"""A look that was cut longer ago begins anew: what it saw first may have changed."""


@dataclass(frozen=True)
class Tally:
    """How many copies a check finds, without and with those that a person dismissed."""

    check: Check
    open: int = 0
    dismissed: int = 0


@dataclass(frozen=True)
class Report:
    """What the checks found when stock was last taken; None where it never was."""

    tallies: tuple[Tally, ...]
    looked_at: int = 0
    taken_at: datetime | None = None

    @property
    def findings(self) -> int:
        """How many findings there are altogether."""
        return sum(tally.open for tally in self.tallies)

    def of(self, severity: Severity) -> int:
        """How many findings matter this much."""
        return sum(tally.open for tally in self.tallies if tally.check.severity == severity)


@dataclass(frozen=True)
class Item:
    """A marked copy with what is wrong with it now; nothing is, when it was put right since."""

    mark: HygieneMark
    edition: Edition
    books: tuple[Book, ...]
    fact: str
    is_settled: bool


@dataclass
class Looked:
    """What one look at the library changed."""

    copies: int = 0
    found: int = 0
    settled: int = 0
    last: int = field(default=0, repr=False)  # key of the last copy looked at

    def sentence(self) -> str:
        """The look in words."""
        copies = f"{self.copies:,} cop{'y' if self.copies == 1 else 'ies'} looked at"
        if not (self.found or self.settled):
            return f"{copies}, nothing changed"
        return f"{copies}, {self.found:,} new finding{'' if self.found == 1 else 's'}, {self.settled:,} put right"


def limits() -> Limits:
    """What is set about the checks; a naming template that can not be used counts as the default."""
    template = preferences.read(preferences.ShelvingRules).template
    try:
        paths.render(template, paths.NamingFields(title="Title"))
    except paths.TemplateError:
        template = paths.DEFAULT_TEMPLATE
    return Limits(preferences.read(preferences.LibraryRules).low_bitrate_kbps, template)


def look(beat: Beat = lambda: None) -> Looked:
    """Look at every copy and keep what was found; cut anywhere, the next look goes on where this one stopped."""
    rules = limits()
    kept, _ = Snapshot.objects.get_or_create(kind=Snapshot.Kind.HYGIENE)
    before = {name: figure for name, figure in kept.figures.items() if name != CURSOR}
    looked = _resumed(kept.figures.get(CURSOR))
    HygieneMark.objects.exclude(kind__in=BY_NAME).delete()  # of checks that there are no more
    while keys := list(Edition.objects.filter(pk__gt=looked.last).order_by("pk").values_list("pk", flat=True)[:BATCH]):
        some = Edition.objects.filter(pk__gt=looked.last, pk__lte=keys[-1])
        found = {(name, key) for name, facts in _find(CHECKS, some, rules).items() for key in facts}
        _keep(keys, found, looked)
        here = vars(looked) | {"at": clock.now().isoformat()}
        Snapshot.objects.filter(pk=kept.pk).update(figures=before | {CURSOR: here})
        beat()
    figures = {"looked_at": Edition.objects.read().count()}
    Snapshot.objects.filter(pk=kept.pk).update(figures=figures, taken_at=clock.now())
    return looked


def _resumed(cursor: dict[str, Any] | None) -> Looked:
    """Where a look that was cut goes on; a new one where none was, or too long ago."""
    if not cursor or datetime.fromisoformat(cursor["at"]) < clock.now() - CURSOR_LASTS:
        return Looked()
    return Looked(**{name: number for name, number in cursor.items() if name != "at"})


@transaction.atomic
def _keep(keys: Sequence[int], found: set[tuple[str, int]], looked: Looked) -> None:
    """Make the marks of these copies say just this."""
    before = {
        (kind, edition): pk
        for pk, kind, edition in HygieneMark.objects.filter(edition__in=keys).values_list("pk", "kind", "edition")
    }
    new = [HygieneMark(kind=kind, edition_id=edition) for kind, edition in sorted(found - before.keys())]
    gone = [pk for mark, pk in before.items() if mark not in found]
    if new:
        HygieneMark.objects.bulk_create(new, ignore_conflicts=True)
    if gone:
        HygieneMark.objects.filter(pk__in=gone).delete()
    looked.copies += len(keys)
    looked.found += len(new)
    looked.settled += len(gone)
    looked.last = keys[-1]


def _find(checks: Iterable[Check], some: EditionQuerySet, rules: Limits) -> dict[str, Mapping[int, str]]:
    """What each check finds among some copies: by the name of the check what is wrong, by the key of the copy."""
    chosen, read = list(checks), some.read().order_by()
    found: dict[str, Mapping[int, str]] = {
        check.name: dict.fromkeys(check.rows(read, rules).values_list("pk", flat=True), "")
        for check in chosen
        if check.rows is not None
    }
    signs = [(check.name, check.sign) for check in chosen if check.sign is not None]
    copies = _copies(read) if signs else {}
    for name, sign in signs:
        told = {key: sign(copy, rules) for key, copy in copies.items()}
        found[name] = {key: fact for key, fact in told.items() if fact}
    return found


def _copies(some: EditionQuerySet) -> dict[int, Copy]:
    """Copies as the signs read them, by key, in four queries; rows as models would take several times as long."""
    editions = list(some.values_list("pk", "path", "metadata"))
    covered = Coverage.objects.filter(edition__in=[pk for pk, _, _ in editions]).order_by("pk")
    books: dict[int, list[int]] = {}
    titles: dict[int, str] = {}
    for edition, book, title in covered.values_list("edition", "book", "book__title"):
        books.setdefault(edition, []).append(book)
        titles[book] = title
    authors: dict[int, list[str]] = {}
    for book, name in (
        Author.books.through.objects.filter(book__in=titles).order_by("pk").values_list("book", "author__name")
    ):
        authors.setdefault(book, []).append(name)
    series: dict[int, list[tuple[str, str]]] = {}
    entries = SeriesEntry.objects.filter(book__in=titles).order_by("-is_primary", "pk")
    for book, name, position in entries.values_list("book", "series__name", "position"):
        series.setdefault(book, []).append((name, position))
    return {
        pk: Copy(
            path=path,
            names=cleaning.Names.of(metadata),
            titles=tuple(titles[book] for book in books.get(pk, ())),
            authors=tuple(name for book in books.get(pk, ()) for name in authors.get(book, ())),
            series=tuple(place for book in books.get(pk, ()) for place in series.get(book, ())),
        )
        for pk, path, metadata in editions
    }


def report() -> Report:
    """How many copies each check finds, worst first and those that find none last, as of the last look."""
    kept = Snapshot.objects.filter(kind=Snapshot.Kind.HYGIENE).first()
    marked = _counted(HygieneMark.objects.all())
    marks = HygieneMark.objects.filter(kind=OuterRef("kind"), edition=OuterRef("edition"))
    dismissed = _counted(HygieneDismissal.objects.filter(Exists(marks)))
    tallies = [
        Tally(check, marked.get(check.name, 0) - dismissed.get(check.name, 0), dismissed.get(check.name, 0))
        for check in CHECKS
    ]
    ordered = tuple(sorted(tallies, key=lambda tally: not tally.open))  # the checks stand worst first
    if kept is None or "looked_at" not in kept.figures:
        return Report(ordered)
    return Report(ordered, kept.figures["looked_at"], kept.taken_at)


def _counted(rows: QuerySet[Any]) -> dict[str, int]:
    return dict(rows.order_by().values("kind").annotate(count=Count("pk")).values_list("kind", "count"))


def marks_of(check: Check, *, dismissed: bool = False) -> HygieneMarkQuerySet:
    """The marks of a check, open ones or those that a person dismissed, the latest copies first."""
    marks = HygieneMark.objects.filter(kind=check.name)
    return (marks.dismissed() if dismissed else marks.open()).newest_first()


def items(marks: QuerySet[HygieneMark]) -> list[Item]:
    """A page of marks of one check, in their order, each with what is wrong with the copy now."""
    rows = list(marks.all())
    if not rows:
        return []
    check = BY_NAME[rows[0].kind]
    some = Edition.objects.filter(pk__in=[row.edition_id for row in rows])
    facts = _find([check], some, limits())[check.name]
    known = {edition.pk: edition for edition in some.for_hygiene().prefetch_related(*check.telling)}
    return [_item(check, row, known[row.edition_id], facts) for row in rows if row.edition_id in known]


def _item(check: Check, mark: HygieneMark, edition: Edition, facts: Mapping[int, str]) -> Item:
    is_settled, fact = edition.pk not in facts, facts.get(edition.pk, "")
    if check.tell is not None and not is_settled:
        fact = check.tell(edition)
    return Item(mark, edition, tuple(coverage.book for coverage in edition.coverages.all()), fact, is_settled)


def dismiss(check: Check, edition: Edition, *, by: User | None) -> bool:
    """Note that what a check finds about a copy is meant so; False if somebody said so before."""
    _, is_new = HygieneDismissal.objects.get_or_create(kind=check.name, edition=edition, defaults={"by": by})
    if is_new:
        AuditEntry.objects.create(user=by, action="hygiene.dismissed", subject=f"{check.label}: {edition}"[:200])
    return is_new


def restore(check: Check, edition: Edition, *, by: User | None) -> bool:
    """Take back that what a check finds about a copy is meant so; False if nobody said so."""
    count, _ = HygieneDismissal.objects.filter(kind=check.name, edition=edition).delete()
    if count:
        AuditEntry.objects.create(user=by, action="hygiene.restored", subject=f"{check.label}: {edition}"[:200])
    return bool(count)


COLUMNS = ("edition", "title", "authors", "shelf", "path", "check", "found")


def lines(marks: QuerySet[HygieneMark]) -> Iterator[dict[str, Any]]:
    """The marks of one check as rows of a table, read batch by batch; what was put right since is left out."""
    keys = list(marks.values_list("pk", flat=True))
    for start in range(0, len(keys), BATCH):
        batch = HygieneMark.objects.filter(pk__in=keys[start : start + BATCH]).newest_first()
        for item in items(batch):
            if not item.is_settled:
                yield _line(item)


def _line(item: Item) -> dict[str, Any]:
    authors = [author.name for book in item.books for author in book.authors.all()]
    return {
        "edition": item.edition.pk,
        "title": item.edition.title,
        "authors": list(dict.fromkeys(authors)),
        "shelf": item.edition.shelf.name,
        "path": item.edition.path,
        "check": BY_NAME[item.mark.kind].label,
        "found": item.fact,
    }
