"""All works of every author we own several books of."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from functools import partial

import structlog
from django.db import IntegrityError
from django.db.models import Q, QuerySet

from library import services as library
from library.identity import name_key
from library.models import Alias, Author
from library.models.people import AuthorQuerySet
from mamcrawler.lib import clock
from mamcrawler.operations import preferences
from metadata.models import Lookup
from metadata.providers import ListsAuthors, Provider
from metadata.providers.answers import AuthorQuestion, Bibliography, ProviderRecording, ProviderWork
from metadata.services.listing import NO_DATE_FROM
from metadata.services.sources import ask

log = structlog.get_logger(__name__)

MOST_TITLES = 500
"""So many titles that are known of an author tell them apart from others of the name."""


def authors_due(*, asked_before: datetime | None = None) -> QuerySet[Author]:
    """Authors whose list was never had, or is old: those with several owned books, and those a person monitors.

    :param asked_before: leave out those asked since, whether anybody answered: so a run asks each only once.
    """
    rules = preferences.read(preferences.LibraryRules)
    owning: AuthorQuerySet = Author.objects.owning(rules.author_from_books)
    chosen = Q(monitor_chosen_at__isnull=False) & ~Q(monitor=Author.Monitor.NONE)
    old = Q(listed_at__isnull=True) | Q(listed_at__lt=clock.now() - timedelta(days=rules.list_authors_days))
    due = Author.objects.filter(Q(pk__in=owning.values("pk")) | chosen).filter(old)
    if asked_before is not None:
        due = due.filter(Q(asked_at__isnull=True) | Q(asked_at__lt=asked_before))
    return due.order_by("asked_at", "pk")


def list_author(author: Author, providers: Sequence[Provider]) -> library.RecordedAuthor | None:
    """Ask the providers for all works of an author until one knows them, and keep its list; None when none does.

    An author under several names, as after a merge, is asked for by each. One that no provider knows is not asked for
    again until a list would be old; one whose providers were silent, be it for one name alone, is asked for again.
    """
    try:
        recorded = _list(author, providers)
    except Exception:
        _note_asked(author)  # so that one author who can not be listed does not keep the others waiting
        raise
    if recorded is None:
        _note_asked(author)
    return recorded


def _note_asked(author: Author) -> None:
    Author.objects.filter(pk=author.pk).update(asked_at=clock.now())


def _list(author: Author, providers: Sequence[Provider]) -> library.RecordedAuthor | None:
    titles = tuple(
        author.books.filter(is_placeholder=False)
        .order_by("is_unclaimed", "pk")
        .values_list("title", flat=True)[:MOST_TITLES]
    )
    was_silent = False
    for provider in providers:
        if not isinstance(provider, ListsAuthors):
            continue
        told = _ask_all(provider, author, titles)
        was_silent = was_silent or told is None
        if told:
            return _record(author, told)
    if not was_silent:
        author.listed_at, author.listed_by = clock.now(), ""
        author.save(update_fields=["listed_at", "listed_by"])
    return None


def _ask_all(provider: ListsAuthors, author: Author, titles: tuple[str, ...]) -> list[Bibliography] | None:
    """What a provider lists of an author under all their names, each list once; None if it was silent for one."""
    aliases = Alias.objects.filter(target=Alias.Target.AUTHOR, target_id=author.pk).order_by("pk")
    ids = tuple(aliases.filter(source=provider.name).values_list("value", flat=True))
    names = [author.name, *_other_names(author, aliases.filter(source="name").values_list("value", flat=True))]
    found: dict[str, Bibliography] = {}
    for name in names:
        question = AuthorQuestion(name=name, titles=titles, external_ids=ids if len(names) == 1 else ())
        told, lookup = ask(provider, f"author {name}", partial(provider.bibliographies, question))
        if lookup.outcome == Lookup.Outcome.UNAVAILABLE:
            return None
        found |= {one.external_id: one for one in told}
    return list(found.values())


def _other_names(author: Author, keys: Iterable[str]) -> list[str]:
    """Names that a merge made another name of this author, as they are compared."""
    return [key for key in dict.fromkeys(keys) if key != name_key(author.name)]


def _record(author: Author, told: Sequence[Bibliography]) -> library.RecordedAuthor | None:
    for one in told:
        Alias.objects.get_or_create(
            target=Alias.Target.AUTHOR,
            source=one.provider,
            value=one.external_id[:300],
            defaults={"target_id": author.pk},
        )
    works = {work.external_id: _listed(work, one, author) for one in told for work in one.works}
    try:
        return library.record_author(author, works.values(), source=told[0].provider)
    except IntegrityError:
        # Another process stored a work of two authors at this very moment; the next run finds it known.
        log.warning("author listed twice at once", author=author.pk)
        return None


def _listed(work: ProviderWork, told: Bibliography, author: Author) -> library.ListedWork:
    released_on = work.released_on if work.released_on and work.released_on.year < NO_DATE_FROM else None
    names = tuple(author.name if name == told.name else name for name in work.authors)
    return library.ListedWork(
        title=work.title,
        subtitle=work.subtitle,
        authors=tuple(dict.fromkeys(names if author.name in names else (author.name, *names))),
        places=work.series,
        is_collection=work.is_collection,
        released_on=released_on,
        is_announced=_is_announced(work, released_on),
        has_audio=work.has_audio,
        external_id=work.external_id,
        isbn=work.isbn,
        recordings=tuple(map(_listed_recording, work.recordings)),
    )


def _listed_recording(recording: ProviderRecording) -> library.ListedRecording:
    return library.ListedRecording(
        asin=recording.asin,
        narrators=recording.narrators,
        runtime_s=recording.runtime_s,
        language=recording.language,
        publisher=recording.publisher,
        released_on=recording.released_on,
        is_abridged=bool(recording.abridged),
        is_dramatised=bool(recording.dramatised),
    )


def _is_announced(work: ProviderWork, released_on: date | None) -> bool:
    """Whether a work is still to come: the catalogue knows neither a past date nor year, nor any recording."""
    if released_on is not None or work.recordings or work.has_audio is not None:
        return False
    return work.release_year is None or work.release_year >= clock.now().year
