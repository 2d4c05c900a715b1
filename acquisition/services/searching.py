"""Searching for a want: ask, judge every release, keep all of them with their reasons, choose."""

from collections.abc import Callable, Iterable
from datetime import timedelta

import structlog
from django.db import transaction

from acquisition import matching, quality
from acquisition.models import Candidate, Want
from library.models import Book
from mamcrawler.lib import clock
from mamcrawler.lib.pace import NotNow
from mamcrawler.operations import preferences
from mamcrawler.operations.models import AuditEntry, User
from tracker import services as tracker
from tracker.models import AccountReading, Release
from tracker.prowlarr import ProwlarrError

log = structlog.get_logger(__name__)

POLICY = f"{matching.POLICY_VERSION}, {quality.POLICY_VERSION}"
DETAILED = timedelta(hours=1)
"""A release with its authors seen no longer ago than this needs no second look for details."""

_BY_PERSON = (Candidate.Verdict.APPROVED, Candidate.Verdict.DISMISSED)
_VERDICTS = {
    matching.Kind.ACCEPTED: Candidate.Verdict.ACCEPTED,
    matching.Kind.BUNDLE: Candidate.Verdict.BUNDLE,
    matching.Kind.AMBIGUOUS: Candidate.Verdict.AMBIGUOUS,
    matching.Kind.REJECTED: Candidate.Verdict.REJECTED,
}


def wish_for(book: Book) -> matching.Wish:
    """A book as the matching module wants it."""
    entry = book.first_place()
    return matching.Wish(
        title=book.title,
        authors=tuple(author.name for author in book.authors.all()),
        series=entry.series.name if entry else None,
        position=entry.position if entry else None,
        isbn=book.isbn or None,
        language=book.language or "en",
    )


def offer_of(release: Release) -> matching.Offer:
    """A release as the matching module wants it; one that only Prowlarr listed is read from its one line."""
    if not release.authors and " by " in release.title:
        return matching.offer_from_prowlarr_title(
            release.title, size_bytes=release.size_bytes, seeders=release.seeders, numfiles=release.file_count
        )
    return matching.Offer(
        title=release.title,
        authors=tuple(release.authors),
        narrators=tuple(release.narrators),
        series=tuple((name, position) for name, position in release.series),
        tags=release.tags,
        description=release.description,
        filetype=release.file_types,
        main_cat=release.main_category,
        category=release.category,
        language=release.language or None,
        size_bytes=release.size_bytes,
        numfiles=release.file_count,
        abridged=release.is_abridged,
        isbn=release.isbn or None,
        asin=release.asin or None,
        seeders=release.seeders,
        mediainfo=f"{release.bitrate_kbps} kbps" if release.bitrate_kbps else "",
    )


def search_for(text: str) -> list[Release]:
    """What a person's own search finds at Prowlarr and the tracker; the same torrent is one row."""
    found = {release.pk: release for release in [*_through_prowlarr(text), *tracker.search(text)]}
    return list(found.values())


def search_want(want: Want, *, beat: Callable[[str], object] = lambda _doing: None) -> int:
    """Search for a want until a query brings an acceptable release; returns how many candidates it has now.

    Prowlarr goes first, then the tracker, with each wording in turn. When the tracker can not be asked the want is
    put back and the error rises.
    """
    if not want.move(Want.Status.SEARCHING):
        return 0
    wish = wish_for(want.book)
    try:
        for text in matching.queries(wish):
            beat(f"searching for {text}")
            releases = _through_prowlarr(text)
            if not _acceptable(want, releases) or any(_lacks_details(release) for release in releases):
                releases += tracker.search(text)
            judge_releases(want, releases)
            if want.candidates.takeable().exists():
                break
    except tracker.PASSING_TROUBLE as error:
        want.move(Want.Status.WANTED, explanation=f"the search was cut: {error}"[:500])
        raise
    settle_choice(want)
    return want.candidates.count()


@transaction.atomic
def judge_releases(want: Want, releases: Iterable[Release]) -> None:
    """Judge releases against a want and keep every verdict with its reasons; a person's verdict stands."""
    wish = wish_for(want.book)
    runtime_s = _runtime(want.book)
    is_vip = (reading := AccountReading.objects.newest()) is not None and reading.is_vip
    decided = set(want.candidates.filter(verdict__in=_BY_PERSON).values_list("release_id", flat=True))
    failed = set(want.book.failed_attempts.values_list("release_id", flat=True))
    for release in {release.pk: release for release in releases}.values():
        offer = offer_of(release)
        match = matching.judge(wish, offer)
        worth = quality.assess(
            offer, wish.narrator, release.duration_s or runtime_s, is_free=not release.costs_ratio(is_vip_member=is_vip)
        )
        verdict, reasons = _VERDICTS[match.kind], list(match.reasons)
        if release.pk in failed:
            verdict, reasons = Candidate.Verdict.REJECTED, ["it failed before for this book", *reasons]
        elif verdict == Candidate.Verdict.ACCEPTED and release.seeders < _fewest_seeders():
            verdict, reasons = Candidate.Verdict.REJECTED, [f"{release.seeders} seeders are too few", *reasons]
        fields = {
            "match_score": round(match.score, 4),
            "match_reasons": reasons,
            "features": match.features,
            "quality_score": worth.score,
            "quality_reasons": [{"criterion": v.criterion, "words": v.words} for v in worth.verdicts],
            "quality_key": list(worth.key),
            "policy": POLICY,
            "judged_at": clock.now(),
        }
        if release.pk not in decided:
            fields["verdict"] = verdict
        Candidate.objects.update_or_create(want=want, release=release, defaults=fields)
    _rank(want, is_vip=is_vip)


def settle_choice(want: Want) -> None:
    """Give a searched want its next status: a release is chosen, a person has to tell, or nothing was found."""
    best = want.candidates.takeable().first()
    now = clock.now()
    if best is not None:
        words = f"chosen: {best.release.title}; {'; '.join(best.match_reasons[:3])}"
        want.move(Want.Status.CHOSEN, explanation=words, searched_at=now)
        return
    unclear = want.candidates.filter(verdict=Candidate.Verdict.AMBIGUOUS).count()
    if unclear:
        words = f"{unclear} releases might be it: have a look"
        want.move(Want.Status.HELD, hold=Want.Hold.CHOICE, explanation=words, searched_at=now)
        return
    days = preferences.read(preferences.SearchRules).look_again_days
    words = _why_nothing(want)
    want.move(Want.Status.NOT_FOUND, explanation=words, searched_at=now, next_look_at=now + timedelta(days=days))


def approve(candidate: Candidate, *, by: User | None) -> bool:
    """A person says that this release is the book: it may be snatched as the budget allows."""
    return _decide(candidate, Candidate.Verdict.APPROVED, by=by)


def dismiss(candidate: Candidate, *, by: User | None) -> bool:
    """A person says that this release is not the book."""
    return _decide(candidate, Candidate.Verdict.DISMISSED, by=by)


def restore_candidate(candidate: Candidate, *, by: User | None) -> bool:
    """Undo a person's verdict: the release is judged by itself again."""
    if candidate.verdict not in _BY_PERSON or candidate.downloads.exists():
        return False
    Candidate.objects.filter(pk=candidate.pk).update(verdict=Candidate.Verdict.AMBIGUOUS)
    judge_releases(candidate.want, [candidate.release])
    _after_decision(candidate.want)
    AuditEntry.objects.create(user=by, action="candidate.restored", subject=str(candidate)[:200])
    candidate.refresh_from_db()
    return True


def _decide(candidate: Candidate, verdict: Candidate.Verdict, *, by: User | None) -> bool:
    want = candidate.want
    if want.status in Want.CLOSED or want.status == Want.Status.SNATCHED:
        return False
    Candidate.objects.filter(pk=candidate.pk).update(verdict=verdict)
    candidate.refresh_from_db()
    _after_decision(want)
    AuditEntry.objects.create(user=by, action=f"candidate.{verdict}", subject=str(candidate)[:200])
    return True


def _after_decision(want: Want) -> None:
    if want.status in (Want.Status.CHOSEN, Want.Status.HELD, Want.Status.NOT_FOUND):
        settle_choice(want)


def _through_prowlarr(text: str) -> list[Release]:
    """Prowlarr's hits; its troubles are logged and leave the tracker to answer alone."""
    try:
        return tracker.search_prowlarr(text)
    except (ProwlarrError, NotNow) as error:
        log.warning("prowlarr gave no answer", reason=str(error))
        return []


def _lacks_details(release: Release) -> bool:
    return release.tracker_id is not None and not release.authors


def _acceptable(want: Want, releases: list[Release]) -> bool:
    wish = wish_for(want.book)
    return any(matching.judge(wish, offer_of(release)).kind == matching.Kind.ACCEPTED for release in releases)


def _runtime(book: Book) -> float | None:
    """The usual runtime of a book: of its unabridged, undramatised recordings the longest."""
    plain = book.recordings.filter(is_abridged=False, is_dramatised=False, runtime_s__isnull=False)
    return plain.order_by("-runtime_s").values_list("runtime_s", flat=True).first()


def _fewest_seeders() -> int:
    return preferences.read(preferences.SearchRules).min_seeders


def _rank(want: Want, *, is_vip: bool) -> None:
    """Number a want's candidates, best first: those that may be taken by edition, free before paid among equals."""

    def worth(candidate: Candidate) -> tuple[object, ...]:
        is_it = candidate.verdict in (Candidate.Verdict.ACCEPTED, Candidate.Verdict.APPROVED)
        key = candidate.quality_key
        is_free = not candidate.release.costs_ratio(is_vip_member=is_vip)
        edition, seeders_and_cost = key[:-2], key[-2:]
        order = ([-x for x in edition], not is_free, [-x for x in seeders_and_cost])
        return (not is_it, *(order if is_it else (-candidate.match_score, *order)), candidate.pk)

    ranked = sorted(want.candidates.select_related("release"), key=worth)
    for place, candidate in enumerate(ranked):
        candidate.rank = place
    Candidate.objects.bulk_update(ranked, ["rank"])


def _why_nothing(want: Want) -> str:
    counted = {
        verdict: want.candidates.filter(verdict=verdict).count()
        for verdict in (Candidate.Verdict.BUNDLE, Candidate.Verdict.REJECTED, Candidate.Verdict.DISMISSED)
    }
    told = [f"{count} {label}" for (verdict, count) in counted.items() if count for label in [_LABELS[verdict]]]
    return f"no acceptable release ({', '.join(told)})" if told else "the tracker lists nothing like it"


_LABELS = {
    Candidate.Verdict.BUNDLE: "only as part of a bundle",
    Candidate.Verdict.REJECTED: "rejected",
    Candidate.Verdict.DISMISSED: "dismissed by a person",
}
