"""Which of a provider's answers is the book that was asked for, and what it then claims."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from library.identity import Comparison, Verdict, Work, compare
from metadata.normal_forms import is_empty, same
from metadata.providers.answers import BookQuestion, ProviderBook
from metadata.weighing import ClaimValue, trust

CLAIMED = (
    "title", "subtitle", "authors", "narrators", "series", "isbn", "asin", "publisher", "released_on", "release_year",
    "runtime_s", "description", "language", "genres", "cover_url", "abridged", "dramatised",
)  # fmt: skip
OF_THE_RECORDING = frozenset(
    {"narrators", "isbn", "asin", "publisher", "released_on", "release_year", "runtime_s", "abridged", "dramatised"}
)
UNPROVEN_RECORDING = 0.9  # what the only recording a provider knows is worth when nothing shows that it is ours


@dataclass(frozen=True)
class Answer:
    """An accepted answer; it is our recording when its number, narrators or runtime are those asked for."""

    book: ProviderBook
    comparison: Comparison
    is_our_recording: bool


def best_answer(question: BookQuestion, candidates: Iterable[ProviderBook]) -> Answer | None:
    """The likeliest of one provider's answers that surely is the book, or None when none surely is.

    Where several recordings of the book fit equally, what belongs to one recording (narrators, ASIN, runtime,
    publisher, dates, abridgement) is left out: nobody knows which is ours.
    """
    accepted = [
        Answer(book, comparison, _is_our_recording(question, book))
        for book in candidates
        if book.title and (comparison := compare(_asked(question), _described(book))).verdict == Verdict.SAME
    ]
    if not accepted:
        return None
    best = max(accepted, key=lambda answer: (answer.is_our_recording, answer.comparison.confidence))
    if best.is_our_recording or all(_is_one_recording(best.book, other.book) for other in accepted):
        return best
    return replace(best, book=_work_alone(best.book))


def claims_of(answer: Answer) -> list[ClaimValue]:
    """What an accepted answer says, each field as surely as the book was recognised and the provider is trusted."""
    book = answer.book
    claims = []
    for field in CLAIMED:
        value = getattr(book, field)
        if is_empty(value):
            continue
        sureness = answer.comparison.confidence * trust(book.provider, field)
        if field in OF_THE_RECORDING and not answer.is_our_recording:
            sureness *= UNPROVEN_RECORDING
        claims.append(ClaimValue(field, value, book.provider, canonical=True, confidence=round(sureness, 4)))
    return claims


def _asked(question: BookQuestion) -> Work:
    return Work(
        title=question.title,
        subtitle=question.subtitle,
        authors=question.authors,
        series=((question.series, question.position),) if question.series else (),
        language=question.language or None,
        narrators=question.narrators,
        isbn=question.isbn or None,
        asin=question.asin or None,
    )


def _described(book: ProviderBook) -> Work:
    return Work(
        title=book.title,
        subtitle=book.subtitle,
        authors=book.authors,
        series=book.series,
        language=book.language or None,
        narrators=book.narrators,
        isbn=book.isbn or None,
        asin=book.asin or None,
        abridged=book.abridged,
        dramatised=book.dramatised,
    )


def _is_our_recording(question: BookQuestion, book: ProviderBook) -> bool:
    """Numbers decide where both sides have them; else the narrators and the runtime, neither contradicting."""
    if question.asin and book.asin:
        return same("asin", question.asin, book.asin)
    if question.isbn and book.isbn and same("isbn", question.isbn, book.isbn):
        return True
    told = [
        same(field, getattr(question, field), getattr(book, field))
        for field in ("narrators", "runtime_s")
        if not is_empty(getattr(question, field)) and not is_empty(getattr(book, field))
    ]
    return bool(told) and all(told)


def _is_one_recording(book: ProviderBook, other: ProviderBook) -> bool:
    return all(same(field, getattr(book, field), getattr(other, field)) for field in ("narrators", "asin", "runtime_s"))


def _work_alone(book: ProviderBook) -> ProviderBook:
    return replace(
        book,
        narrators=(),
        isbn="",
        asin="",
        publisher="",
        released_on=None,
        release_year=None,
        runtime_s=None,
        abridged=None,
        dramatised=None,
    )
