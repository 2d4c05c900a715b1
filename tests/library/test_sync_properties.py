"""Whatever happens to a shelf while it is synced, the mirror ends as one clean sync of its last state would make it."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import transaction
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from library.models import Book, Edition, Shelf
from library.services import discover_shelves, sync_shelf, walking
from mamcrawler.operations.jobs import Interrupted
from mamcrawler.sandbox.server import serve
from tests.library.scriptedserver import ScriptedServer, item

pytestmark = [pytest.mark.django_db, pytest.mark.processes]

TITLES = ("Emma", "Persuasion", "Sanditon", "Lady Susan", "Northanger Abbey", "Mansfield Park", "Waverley", "Ivanhoe")
AUTHORS = ("Jane Austen", "Walter Scott")
QUICK = settings(deadline=None, derandomize=True, phases=(Phase.explicit, Phase.generate))

books = st.fixed_dictionaries(
    {
        "title": st.sampled_from(TITLES),
        "authors": st.sampled_from(AUTHORS).map(lambda name: [name]),
        "narrators": st.sampled_from(([], ["Ann Reed"], ["Tom Hale"])),
    }
)
steps = st.one_of(
    st.tuples(st.just("put"), st.integers(1, 9), books),
    st.tuples(st.just("move"), st.integers(1, 9), st.integers(1, 9)),
    st.tuples(st.just("drop"), st.integers(1, 9), st.none()),
)


@pytest.fixture(autouse=True, scope="module")
def small_pages() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        for name, size in {"PAGE": 3, "BATCH": 2, "REQUEST": 2}.items():
            patch.setattr(walking, name, size)
        yield


@pytest.fixture(scope="module")
def server() -> Iterator[tuple[ScriptedServer, str]]:
    app = ScriptedServer()
    with serve(app) as address:
        yield app, address


@pytest.fixture(autouse=True)
def connected(server, settings) -> None:
    settings.LIBRARY_FOLDERS = []
    settings.AUDIOBOOKSHELF_URL, settings.AUDIOBOOKSHELF_TOKEN = server[1], "example-token"


class Happenings:
    """Changes to a server's items, each made before a page is listed."""

    def __init__(self, app: ScriptedServer, steps: list[Any]) -> None:
        self.app, self.steps, self.moment = app, list(steps), 0
        app.on_page = lambda page: self.next()

    def next(self) -> None:
        """Let the next thing happen."""
        if not self.steps:
            return
        self.moment += 1
        what, number, detail = self.steps.pop(0)
        key = f"item-{number}"
        if what == "put":
            path = self.app.items[key]["relPath"] if key in self.app.items else ""
            self.app.put(item(number, updated=self.moment, path=path, **detail))
        elif what == "drop":
            self.app.items.pop(key, None)
        elif key in self.app.items:
            self._move(self.app.items[key], f"shelf/{detail}")

    def _move(self, moved: dict[str, Any], path: str) -> None:
        """Items change places, so that two are never at one."""
        for other in self.app.items.values():
            if other["relPath"] == path:
                other |= {"relPath": moved["relPath"], "updatedAt": other["updatedAt"] + 100 + self.moment}
        moved |= {"relPath": path, "updatedAt": moved["updatedAt"] + 100 + self.moment}


@contextmanager
def forgotten() -> Iterator[Shelf]:
    """A shelf and whatever becomes of it, all forgotten in the end."""
    with transaction.atomic():
        yield discover_shelves()[0]
        transaction.set_rollback(True)


def clean_sync(app: ScriptedServer) -> dict[str, Any]:
    app.on_page = lambda page: None
    with forgotten() as shelf:
        sync_shelf(shelf, beat=lambda doing: None)
        return mirror()


def mirror() -> dict[str, Any]:
    """What the mirror says, whatever its keys are: items, their books, and books that nothing tells of any more.

    The book of an item that vanished is missing, and rightly so.
    """
    present = Edition.objects.present().prefetch_related("coverages__book__authors", "recording__narrators")
    return {
        "items": {
            edition.external_id: (
                edition.path,
                edition.title,
                edition.audio_files.count(),
                sorted((coverage.book.title, coverage.book.author_names) for coverage in edition.coverages.all()),
                sorted(n.name for n in edition.recording.narrators.all()) if edition.recording else None,
            )
            for edition in present
        },
        "orphans": sorted(book.title for book in Book.objects.missing().filter(coverages__isnull=True)),
        "owned": sorted(book.title for book in Book.objects.owned()),
    }


def sync_through(shelf: Shelf, cuts: list[int]) -> None:
    """Sync, cut after so many beats each time, and go on until nothing cuts any more."""
    for cut in cuts:
        left = [cut]

        def beat(_: str, left: list[int] = left) -> None:
            left[0] -= 1
            if left[0] < 0:
                raise Interrupted

        try:
            sync_shelf(shelf, beat=beat, may_vanish=1000)
        except Interrupted:
            shelf.refresh_from_db()
    for _ in range(2):
        sync_shelf(shelf, beat=lambda doing: None, may_vanish=1000)


@settings(QUICK, max_examples=15)
@given(
    start=st.dictionaries(st.integers(1, 9), books, max_size=9),
    happening=st.lists(steps, max_size=12),
    cuts=st.lists(st.integers(0, 8), max_size=4),
)
def test_a_sync_cut_anywhere_while_items_come_go_and_move_ends_like_a_clean_one(server, start, happening, cuts):
    app, _ = server
    app.items = {}
    app.put(*(item(number, **told) for number, told in start.items()))
    happenings = Happenings(app, happening)
    with forgotten() as shelf:
        sync_through(shelf, cuts)
        while happenings.steps:
            happenings.next()
        app.on_page = lambda page: None
        sync_through(shelf, [])
        ended = mirror()

    assert ended == clean_sync(app)


@settings(QUICK, max_examples=10)
@given(told=st.lists(books, min_size=1, max_size=9), order=st.randoms(use_true_random=False))
def test_the_order_of_a_list_does_not_matter(server, told, order):
    app, _ = server
    app.items = {}
    app.put(*(item(number, **one) for number, one in enumerate(told, start=1)))
    first = clean_sync(app)

    added = list(range(len(told)))
    order.shuffle(added)
    for one, moment in zip(app.items.values(), added, strict=True):
        one["addedAt"] = 1_700_000_000_000 + moment

    assert clean_sync(app) == first


@settings(QUICK, max_examples=10)
@given(
    numbers=st.permutations(["1", "2", "3", "1-3"]),
    size=st.integers(1, 4),
)
def test_an_omnibus_and_its_books_are_the_same_books_in_any_order(server, numbers, size):
    app, _ = server
    names = {"1": "Emma", "2": "Persuasion", "3": "Sanditon", "1-3": "Three Novels"}
    app.items = {}
    app.put(*(item(n, names[at], series=[("Highbury", at)]) for n, at in enumerate(numbers[:size], start=1)))

    with forgotten() as shelf:
        sync_shelf(shelf, beat=lambda doing: None)
        titles = sorted(Book.objects.owned().values_list("title", flat=True))

    named = {names[at] for at in numbers[:size] if at != "1-3"}
    unnamed = {f"Highbury #{at}" for at in "123" if names[at] not in named and "1-3" in numbers[:size]}
    assert titles == sorted(named | unnamed)
