"""What is on offer for each book that the starting library lacks: good releases, hard cases, and nothing at all."""

from dataclasses import dataclass
from typing import Literal

Shape = Literal["recording", "bundle", "part", "e-book", "guide", "dramatised", "abridged"]


@dataclass(frozen=True)
class Offer:
    """A recipe for a release: what its uploader put up, as far as it differs from the ordinary."""

    filetype: str = "m4b"
    kbps: int = 64
    seeders: int = 14
    recording: int = 0  # which of the catalogue's recordings
    shape: Shape = "recording"
    free: bool = False
    vip: bool = False
    vip_days: int = 0  # until the release stops being VIP; 0 for ever
    single_file: bool = False  # a torrent without a folder
    title: str = ""  # as typed, instead of the book's
    authors: tuple[str, ...] = ()  # as typed, instead of the book's
    narrators: tuple[str, ...] | None = None  # as typed, instead of the recording's
    position: str = ""  # as typed, instead of the book's in its series
    series: str | None = None  # as typed; "" for none
    language: str = ""
    with_books: tuple[str, ...] = ()  # keys of all books of a bundle
    is_this_book: bool = True
    trap: str = ""


E_BOOK = Offer(filetype="epub", kbps=0, shape="e-book", narrators=(), single_file=True, trap="an e-book")
DRAMATISED = Offer(shape="dramatised", kbps=128, narrators=("full cast",), trap="a dramatised adaptation")
ABRIDGED = Offer(shape="abridged", filetype="mp3", seeders=21, trap="abridged")
NAMESAKE = "another author's book of the same title"

PLANNED: dict[str, tuple[Offer, ...]] = {
    # plenty of good ones: bitrate, format, cost and seeders decide
    "brown-iron-gold": (
        Offer(vip=True, seeders=31),
        Offer("mp3", 128, 20, free=True),
        Offer(kbps=128, seeders=44, single_file=True),
        DRAMATISED,
    ),
    "osman-the-impossible-fortune": (
        Offer("mp3", 64, 160, vip=True),
        Offer(kbps=64, seeders=88, free=True),
        Offer(kbps=128, seeders=120, vip=True, vip_days=3),
        Offer("mp3", 192, 9),
        Offer(kbps=32, seeders=3),
    ),
    "dinniman-this-inevitable-ruin": (
        Offer(kbps=64, seeders=260, vip=True),
        Offer(kbps=128, seeders=190),
        Offer("mp3", 64, 75, free=True),
    ),
    # two recordings of the same text
    "howey-shift": (Offer(vip=True, seeders=12), Offer(recording=1, kbps=128, seeders=35, vip=True)),
    "adams-the-restaurant-at-the-end-of-the-universe": (
        Offer("mp3", 64, 40, free=True),
        Offer(recording=1, kbps=128, seeders=52, vip=True),
        ABRIDGED,
    ),
    "colfer-and-another-thing": (Offer("mp3", 64, 10, vip=True), Offer("mp3", 128, 24, free=True)),
    # paid, next to free of equal quality
    "taylor-heavens-river": (Offer(kbps=128, seeders=90), Offer(kbps=128, seeders=61, free=True, single_file=True)),
    "jacka-risen": (Offer(kbps=128, seeders=18), Offer(kbps=128, seeders=17, vip=True)),
    # good ones beside hard ones
    "brown-light-bringer": (
        Offer(kbps=128, seeders=48, vip=True),
        Offer(seeders=22, position="5", trap="wrong series number"),
    ),
    "tchaikovsky-children-of-memory": (
        Offer(seeders=27, vip=True, title="Children of Memory: Children of Time, Book 3"),
        Offer("mp3", 128, 11, free=True),
    ),
    "sullivan-the-emerald-storm": (Offer(vip=True, title="Emerald Storm, The"), Offer("mp3", 64, 6, free=True)),
    "sullivan-wintertide": (Offer(kbps=128, seeders=8, vip=True),),
    "lee-jade-legacy": (
        Offer(vip=True, seeders=25, narrators=(), trap="narrator missing"),
        Offer("mp3", 128, 13, free=True),
    ),
    "weeks-the-blood-mirror": (
        Offer(vip=True, title='The Blood Mirror - "Lightbringer" Book 4 <Unabridged> & retail', trap="HTML entities"),
        Offer("mp3", 64, 19, free=True),
    ),
    "galbraith-the-running-grave": (
        Offer(kbps=64, seeders=70, vip=True, title="Running Grave (Cormoran Strike 07)"),
        Offer("mp3", 128, 38, free=True, series=""),
    ),
    "jacka-chosen": (
        Offer(kbps=64, seeders=15, vip=True),
        Offer(
            "mp3",
            128,
            64,
            free=True,
            authors=("P. C. Cast", "Kristin Cast"),
            narrators=("Edwina Wren",),
            series="House of Night",
            position="3",
            is_this_book=False,
            trap=NAMESAKE,
        ),
    ),
    "herbert-god-emperor-of-dune": (
        Offer(kbps=64, seeders=77, vip=True),
        Offer(kbps=128, seeders=41),
        Offer(
            "mp3",
            64,
            5,
            free=True,
            shape="guide",
            title="God Emperor of Dune: A Study Guide and Summary",
            authors=("BookRags",),
            narrators=(),
            series="",
            is_this_book=False,
            trap="a guide about the book",
        ),
    ),
    "herbert-heretics-of-dune": (Offer(kbps=128, seeders=26, vip=True), ABRIDGED),
    "herbert-chapterhouse-dune": (
        Offer(kbps=64, seeders=29, vip=True, title="Chapterhouse Dune"),
        Offer("mp3", 128, 7, free=True, position="5", trap="wrong series number"),
    ),
    "rowe-on-the-shoulders-of-titans": (Offer(vip=True, seeders=33), Offer("mp3", 64, 4, free=True)),
    "guin-tales-from-earthsea": (
        Offer(vip=True, authors=("Ursula K Le Guin",), series="The Earthsea Cycle", trap="initials without dots"),
    ),
    "guin-the-other-wind": (
        Offer("mp3", 64, 16, free=True, authors=("Ursula K. LeGuin",), narrators=(), trap="narrator missing"),
        E_BOOK,
    ),
    "orwell-1984": (
        Offer(kbps=64, seeders=140, vip=True, title="1984", trap="a title that is a number"),
        Offer("mp3", 64, 33, free=True, title="Nineteen Eighty-Four"),
        DRAMATISED,
    ),
    # nothing that may be taken for the book alone
    "sullivan-percepliquis": (
        Offer(
            shape="bundle",
            kbps=64,
            seeders=23,
            vip=True,
            title="Riyria Revelations 4-6",
            position="4-6",
            with_books=("sullivan-the-emerald-storm", "sullivan-wintertide", "sullivan-percepliquis"),
            trap="a bundle",
        ),
    ),
    "taylor-not-till-we-are-lost": (
        Offer(shape="part", seeders=30, vip=True, title="Not Till We Are Lost (Part 1 of 3)", trap="only a part"),
    ),
    "tchaikovsky-children-of-strife": (E_BOOK,),
    "galbraith-the-hallmarked-man": (
        Offer(
            "mp3",
            128,
            12,
            vip=True,
            title="Der gezeichnete Mann",
            language="de",
            narrators=("Dietmar Wunder",),
            trap="another language",
        ),
    ),
    "jacka-marked": (
        Offer(
            kbps=64,
            seeders=50,
            vip=True,
            authors=("P. C. Cast", "Kristin Cast"),
            narrators=("Edwina Wren",),
            series="House of Night",
            position="1",
            is_this_book=False,
            trap=NAMESAKE,
        ),
    ),
    "rowe-the-silence-of-unworthy-gods": (DRAMATISED, E_BOOK),
    "dinniman-a-parade-of-horribles": (),
}
"""Key of a missing book to its offers."""
