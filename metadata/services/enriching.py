"""Completing an edition's metadata: ask all providers, weigh what they claim, write what is sure, propose the rest."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from typing import Any

from django.db import transaction

from library import services as library
from library.identity.languages import usual_spelling
from library.models import Book, Edition
from mamcrawler.lib import clock
from metadata import weighing
from metadata.choosing import best_answer, claims_of
from metadata.models import Claim, Lookup, Proposal
from metadata.providers import DescribesBooks, Provider
from metadata.providers.answers import BookQuestion
from metadata.services.sources import ask
from metadata.weighing import Action, ClaimValue, Held


@dataclass
class Enriched:
    """What became of an edition's fields."""

    written: list[str] = field(default_factory=list)
    proposed: list[str] = field(default_factory=list)
    refused: dict[str, str] = field(default_factory=dict)
    answered: list[str] = field(default_factory=list)
    silent: list[str] = field(default_factory=list)


def enrich_edition(edition: Edition, providers: Sequence[Provider]) -> Enriched:
    """Ask every provider about an edition's book and bring its metadata in line with what they agree on.

    A book whose providers were all silent is asked about again next time.
    """
    enriched = Enriched()
    coverage = edition.coverages.select_related("book").first()
    if coverage is None:
        return enriched
    book = coverage.book
    claims = _ask_all(_question(book, edition), book, edition, providers, enriched)
    claims += _listing_claims(edition, book)
    verdicts = weighing.weigh(
        claims,
        locked=set(edition.locks.values_list("field", flat=True)),
        current={name: Held(value) for name, value in _held(edition).items()},
    )
    _act(edition, book, verdicts, enriched)
    if enriched.answered or not enriched.silent:
        Book.objects.filter(pk=book.pk).update(enriched_at=clock.now())
    return enriched


def shelf_fields(verdict_field: str, value: Any) -> dict[str, Any]:
    """A claimed field as the shelf names and shapes it; empty for what a shelf does not hold."""
    if verdict_field == "released_on":
        day = value if isinstance(value, date) else date.fromisoformat(str(value))
        return {"published_date": day.isoformat(), "published_year": str(day.year)}
    if verdict_field == "release_year":
        return {"published_year": str(value)}
    if verdict_field == "series":
        return {"series": [{"name": name, "sequence": position} for name, position in value]}
    if verdict_field in {"authors", "narrators", "genres"}:
        return {verdict_field: list(value)}
    if verdict_field == "language":
        return {"language": usual_spelling(str(value))}
    return {verdict_field: value} if verdict_field in library.WRITABLE else {}


def _question(book: Book, edition: Edition) -> BookQuestion:
    entry = book.first_place()
    told = edition.metadata
    return BookQuestion(
        title=book.title,
        subtitle=book.subtitle,
        authors=tuple(author.name for author in book.authors.all()),
        series=entry.series.name if entry else "",
        position=entry.position if entry else "",
        isbn=str(told.get("isbn") or book.isbn),
        asin=str(told.get("asin") or ""),
        language=str(told.get("language") or book.language),
        narrators=tuple(told.get("narrators") or ()),
        runtime_s=edition.duration_s,
    )


def _ask_all(
    question: BookQuestion, book: Book, edition: Edition, providers: Sequence[Provider], enriched: Enriched
) -> list[ClaimValue]:
    claims: list[ClaimValue] = []
    for provider in providers:
        if not isinstance(provider, DescribesBooks):
            continue
        asked = f"book {question.title} by {', '.join(question.authors)}"
        found, lookup = ask(provider, asked, partial(provider.find_book, question))
        if lookup.outcome == Lookup.Outcome.UNAVAILABLE:
            enriched.silent.append(provider.name)
            continue
        enriched.answered.append(provider.name)
        answer = best_answer(question, found)
        if answer is None:
            continue
        told = claims_of(answer)
        _keep(told, book, edition, lookup)
        claims += told
    return claims


def _listing_claims(edition: Edition, book: Book) -> list[ClaimValue]:
    """What the release it came from says; the edition carries it since it was shelved."""
    told = edition.release_facts
    values: dict[str, Any] = {
        "narrators": tuple(told.get("narrators") or ()),
        "series": tuple((name, position) for name, position in told.get("series") or ()),
        "asin": told.get("asin") or "",
    }
    claims = [
        ClaimValue(name, value, "mam", canonical=False, confidence=weighing.trust("mam", name))
        for name, value in values.items()
        if value
    ]
    _keep(claims, book, edition, None)
    return claims


@transaction.atomic
def _keep(claims: Sequence[ClaimValue], book: Book, edition: Edition, lookup: Lookup | None) -> None:
    for claim in claims:
        Claim.objects.update_or_create(
            book=book,
            edition=edition,
            field=claim.field,
            source=claim.source,
            defaults={
                "value": _plain(claim.value),
                "is_canonical": claim.canonical,
                "confidence": claim.confidence,
                "lookup": lookup,
                "claimed_at": clock.now(),
            },
        )


def _plain(value: Any) -> Any:
    """A claimed value as JSON holds it."""
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, tuple | list):
        return [_plain(one) for one in value]
    return value


def _held(edition: Edition) -> dict[str, Any]:
    """The edition's own fields in the shape of claims."""
    told = edition.metadata
    held: dict[str, Any] = {
        name: told.get(name)
        for name in ("title", "subtitle", "isbn", "asin", "publisher", "description", "language", "abridged")
    }
    held |= {name: tuple(told.get(name) or ()) for name in ("authors", "narrators", "genres")}
    held["series"] = tuple((row.get("name") or "", row.get("sequence") or "") for row in told.get("series") or [])
    held["released_on"] = _day(told.get("published_date"))
    year = str(told.get("published_year") or "")
    held["release_year"] = int(year) if year.isdigit() else None
    held["runtime_s"] = edition.duration_s
    return held


def _day(text: Any) -> date | None:
    try:
        return date.fromisoformat(str(text)[:10])
    except ValueError:
        return None


def _act(edition: Edition, book: Book, verdicts: Sequence[weighing.Verdict], enriched: Enriched) -> None:
    """Write what is sure in one batch, propose what is likely."""
    values: dict[str, Any] = {}
    sources: set[str] = set()
    for verdict in verdicts:
        fields = {
            name: value
            for name, value in shelf_fields(verdict.field, verdict.value).items()
            if not _was_rejected(edition, name, value)
        }
        if verdict.field == "cover_url" and verdict.action == Action.WRITE:
            Book.objects.filter(pk=book.pk, cover_url="").update(cover_url=verdict.value)
        elif verdict.action == Action.WRITE and fields:
            values = fields | values
            sources |= set(verdict.sources)
        elif verdict.action == Action.PROPOSE and fields:
            _propose(edition, book, verdict, fields, enriched)
    if not values:
        return
    result = library.write(edition, values, source=", ".join(sorted(sources)))
    enriched.written, enriched.refused = result.written, result.refused
    _fill_book(book, edition)


def _was_rejected(edition: Edition, name: str, value: Any) -> bool:
    """Whether a person said no to this value before: it is neither proposed again nor written, however sure it is."""
    rejected = edition.proposals.filter(field=name, status=Proposal.Status.REJECTED).values_list("new", flat=True)
    return _plain(value) in list(rejected)


def _propose(
    edition: Edition, book: Book, verdict: weighing.Verdict, fields: Mapping[str, Any], enriched: Enriched
) -> None:
    for name, value in fields.items():
        shaped = _plain(value)
        if edition.metadata.get(name) == shaped:
            continue
        Proposal.objects.update_or_create(
            edition=edition,
            field=name,
            status=Proposal.Status.OPEN,
            defaults={
                "book": book,
                "old": edition.metadata.get(name),
                "new": shaped,
                "confidence": verdict.confidence,
                "sources": ", ".join(verdict.sources)[:200],
                "why": verdict.why[:300],
            },
        )
        enriched.proposed.append(name)


def _fill_book(book: Book, edition: Edition) -> None:
    """Give the work what it lacks of the edition's completed fields."""
    told = edition.metadata
    changes: dict[str, Any] = {}
    for name in ("description", "publisher", "isbn"):
        if not getattr(book, name) and told.get(name):
            changes[name] = told[name]
    if not book.language and told.get("language"):
        changes["language"] = usual_spelling(str(told["language"]))[:40]
    if not book.genres and told.get("genres"):
        changes["genres"] = told["genres"]
    if changes:
        Book.objects.filter(pk=book.pk).update(**changes)
