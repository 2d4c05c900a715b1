"""Authors' lists on the sandbox: listed and not missing, until a person wants them; then as far as the shelf."""

import pytest

from library.models import Author, Book, Edition, LeftOut, Series
from library.services import recommending
from library.services.monitoring import monitor_author
from mamcrawler.operations import jobs
from mamcrawler.operations.models import JobRun
from mamcrawler.sandbox.world import World
from tests.worlds import connected

pytestmark = [pytest.mark.sandbox, pytest.mark.django_db(transaction=True)]


class FewAuthors(World):
    """The ordinary world with two series in its library, both by authors of further works."""

    def _starting_library(self):
        return [
            item
            for item in super()._starting_library()
            if {name for name, _ in item.metadata.series} & {"Children of Time", "The Broken Earth"}
        ]


@pytest.fixture
def world(tmp_path, settings, fast_time):
    with connected(FewAuthors(tmp_path / "world"), settings) as world:
        yield world


def test_lists_make_nothing_missing_until_an_author_is_wanted_and_then_reach_the_shelf(world):
    for kind in ("sync_library", "list_series"):
        assert jobs.run_now(kind).status == JobRun.Status.SUCCEEDED
    before = set(Book.objects.missing().values_list("title", flat=True))

    run = jobs.run_now("list_authors")

    assert run.status == JobRun.Status.SUCCEEDED, run.failure
    assert set(Book.objects.missing().values_list("title", flat=True)) == before
    listed = set(Book.objects.filter(is_unclaimed=True).values_list("title", flat=True))
    assert {"Alien Clay", "Elder Race", "The City We Became"} <= listed
    assert {"dramatised", "box_set", "about", "other_language"} == set(LeftOut.objects.values_list("why", flat=True))
    assert not [title for title in listed if "Summary" in title or "Boxed" in title or "Edición" in title]
    assert {one.name for one in recommending.recommend()} == {"The Final Architecture", "Great Cities"}

    Author.objects.update(listed_at=None)
    count = Book.objects.count()
    jobs.run_now("list_authors")
    assert Book.objects.count() == count

    monitor_author(Author.objects.get(name="N. K. Jemisin"), Author.Monitor.ALL, by=None)
    assert {"The City We Became", "The World We Make"} <= {book.title for book in Book.objects.missing()}
    assert Series.objects.get(name="Great Cities").is_unclaimed

    jobs.run_now("cycle")

    assert Edition.objects.filter(info_hash__gt="", title="The City We Became").exists()
    assert not Series.objects.get(name="Great Cities").is_unclaimed
