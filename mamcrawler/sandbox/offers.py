"""How the tracker's offers come about: recipes for the books that the starting library lacks, chance for the others."""

import html
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import count
from math import ceil
from random import Random

from mamcrawler.sandbox.catalogue import Catalogue, CatalogueBook, Performance
from mamcrawler.sandbox.payloads import EBOOK_BYTES, duration_s, file_name, plan_release
from mamcrawler.sandbox.planned_offers import PLANNED, Offer
from mamcrawler.sandbox.releases import AUDIOBOOKS, EBOOKS, LANGUAGES, WorldRelease, category_of

FIRST_ID, ID_STEP = 1_100_001, 7
ASIN_TOLD = 0.4  # of the releases of a recording that has one
OFFERED = 0.4  # of the books nobody planned for
SYNTHETIC_OFFERED = 400  # books at most


def everything_on_offer(catalogue: Catalogue, *, seed: int, now: datetime) -> Iterator[WorldRelease]:
    """List all releases, the planned ones first; the same for the same catalogue and seed, with dates before `now`."""
    ids = count(FIRST_ID, ID_STEP)
    chance = Random(seed)
    for key, offers in PLANNED.items():
        if key in catalogue.books:
            for offer in offers:
                yield release_of(catalogue, key, offer, tracker_id=next(ids), chance=chance, now=now)
    synthetic = 0
    for key, book in catalogue.books.items():
        synthetic += key.startswith("synthetic-")
        if key in PLANNED or not book.performances or chance.random() > OFFERED or synthetic > SYNTHETIC_OFFERED:
            continue
        for offer in _by_chance(book, chance):
            yield release_of(catalogue, key, offer, tracker_id=next(ids), chance=chance, now=now)


def release_of(
    catalogue: Catalogue, key: str, offer: Offer, *, tracker_id: int, chance: Random, now: datetime
) -> WorldRelease:
    """Turn a recipe into a release of a book."""
    book = catalogue.books[key]
    performance = _performance(book, offer)
    main_cat = EBOOKS if offer.shape == "e-book" else AUDIOBOOKS
    language_id, language_code = LANGUAGES[book.language if main_cat == EBOOKS else performance.language]
    seconds = _seconds(catalogue, performance, offer)
    typed = offer.title or book.title
    is_recording = offer.shape in {"recording", "part", "dramatised", "abridged"}
    release = WorldRelease(
        tracker_id=tracker_id,
        book_keys=_book_keys(book, offer),
        performance=performance if is_recording and offer.is_this_book else None,
        title=int(typed) if typed.isdecimal() else html.escape(typed).replace("&#x27;", "&#039;"),
        authors=offer.authors or book.authors,
        narrators=performance.narrators if offer.narrators is None else offer.narrators,
        series=_series(book, offer),
        language_id=language_id,
        language_code=language_code,
        category=category_of(book.genres, main_cat),
        main_cat=main_cat,
        filetype=offer.filetype,
        bitrate_kbps=offer.kbps,
        duration_s=seconds,
        size_bytes=EBOOK_BYTES,
        numfiles=1,
        added=now - timedelta(days=chance.randrange(2, 1500), seconds=chance.randrange(86_400)),
        seeders=offer.seeders,
        leechers=chance.randrange(4),
        times_completed=offer.seeders * chance.randrange(3, 9) + chance.randrange(20),
        free=offer.free,
        vip=offer.vip,
        vip_expire=int((now + timedelta(days=offer.vip_days)).timestamp()) if offer.vip_days else 0,
        tags=_tags(offer, performance, seconds),
        isbn=book.isbn if main_cat == EBOOKS else "",
        asin=performance.asin if is_recording and offer.is_this_book and chance.random() < ASIN_TOLD else "",
        description=_description(book, offer, performance),
        abridged=performance.abridged,
        dramatised=performance.dramatised,
        trap=offer.trap,
    )
    plans = plan_release(release, catalogue)
    if plans:
        release.size_bytes = sum(plan.size_bytes for plan in plans.values())
        release.numfiles = sum(len(plan.parts) for plan in plans.values())
    name = _torrent_name(typed, release)
    release.name = f"{name}.{offer.filetype}" if offer.single_file and release.numfiles == 1 else name
    return release


def _torrent_name(title: str, release: WorldRelease) -> str:
    """Name the torrent in one of the ways of uploaders; a book's releases, with ids in a row, get different names."""
    author, number = release.authors[0], release.tracker_id // ID_STEP % 5
    quality = f"{release.bitrate_kbps} kbps {release.filetype}" if release.bitrate_kbps else release.filetype
    names = (
        f"{title} - {author}",
        f"{author} - {title}",
        f"{author} - {title} [{quality}]",
        f"{title} ({quality})",
        f"{title} by {author}",
    )
    return file_name(names[number])


def _by_chance(book: CatalogueBook, chance: Random) -> Iterator[Offer]:
    """One to three ordinary offers of a book, over its recordings, and now and then an e-book."""
    for _ in range(chance.choice((1, 1, 2, 2, 3))):
        cost = chance.random()
        yield Offer(
            filetype=chance.choice(("m4b", "m4b", "mp3")),
            kbps=chance.choice((32, 64, 64, 64, 96, 128, 128, 192)),
            seeders=int(chance.paretovariate(0.8)) % 300,
            recording=chance.randrange(len(book.performances)),
            free=cost < 0.2,
            vip=0.2 <= cost < 0.6,
            single_file=chance.random() < 0.3,
        )
    if chance.random() < 0.15:
        yield Offer(filetype="epub", kbps=0, shape="e-book", narrators=(), single_file=True, trap="an e-book")


def _performance(book: CatalogueBook, offer: Offer) -> Performance:
    """The recording that is offered; an abridged or dramatised one is made up where the catalogue has none."""
    base = book.performances[offer.recording]
    if offer.shape == "dramatised":
        found = next((one for one in book.performances if one.dramatised), None)
        return found or replace(base, narrators=("full cast",), dramatised=True, publisher="GraphicAudio", asin="")
    if offer.shape == "abridged":
        found = next((one for one in book.performances if one.abridged), None)
        return found or replace(base, hours=base.hours * 0.35, abridged=True, asin="")
    return replace(base, language=offer.language, asin="") if offer.language else base


def _seconds(catalogue: Catalogue, performance: Performance, offer: Offer) -> float:
    match offer.shape:
        case "e-book":
            return 0
        case "bundle":
            return sum(duration_s(catalogue.books[key].performances[0]) for key in offer.with_books)
        case "part":
            return ceil(duration_s(performance) / 3)
        case "guide":
            return 60
        case _:
            return duration_s(performance)


def _book_keys(book: CatalogueBook, offer: Offer) -> tuple[str, ...]:
    if not offer.is_this_book:
        return ()
    return offer.with_books or book.contains or (book.key,)


def _series(book: CatalogueBook, offer: Offer) -> tuple[tuple[str, str], ...]:
    if offer.series == "":
        return ()
    if offer.series or offer.position:
        place = book.series[0] if book.series else None
        return ((offer.series or (place.name if place else ""), offer.position or (place.position if place else "")),)
    return tuple((place.name, place.position) for place in book.series)


def _tags(offer: Offer, performance: Performance, seconds: float) -> str:
    if offer.shape == "e-book":
        return "epub retail"
    length = f"{int(seconds // 3600)}h {int(seconds % 3600 // 60):02}m"
    text = "Abridged" if performance.abridged else "Unabridged"
    if performance.dramatised:
        text = "Dramatized Adaptation"
    return f"{text}, {offer.kbps} kbps, {offer.filetype}, {length}"


def _description(book: CatalogueBook, offer: Offer, performance: Performance) -> str:
    if not offer.is_this_book:
        return ""
    readers = f"<br />Read by {', '.join(performance.narrators)}" if offer.shape != "e-book" else ""
    return f"<b>{html.escape(book.title)}</b><br />{html.escape(book.description)}{readers}"
