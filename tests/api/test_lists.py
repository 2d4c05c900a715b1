"""Every list: its bounds, its total, and the same number of queries whatever its length."""

import pytest

from acquisition.models import Candidate, Want
from library.models import Change
from mamcrawler.operations import findings
from mamcrawler.operations.models import JobRun
from metadata.models import Proposal
from tests.factories import (
    BookFactory,
    CandidateFactory,
    CoverageFactory,
    DownloadFactory,
    EditionFactory,
    ReleaseFactory,
    SeriesEntryFactory,
    ShelfFactory,
    UserFactory,
    WantFactory,
)
from tracker.models import Document

pytestmark = pytest.mark.django_db


def _book():
    book = SeriesEntryFactory(book=BookFactory(by="Terry Pratchett")).book
    CoverageFactory(book=book)


def _missing():
    SeriesEntryFactory(book=BookFactory(by="Terry Pratchett"))


def _candidate():
    want = WantFactory(status=Want.Status.HELD, hold=Want.Hold.CHOICE, book=BookFactory(by="Terry Pratchett"))
    CandidateFactory(want=want, verdict=Candidate.Verdict.AMBIGUOUS)


def _proposal():
    Proposal.objects.create(
        edition=EditionFactory(), book=BookFactory(), field="title", new="Mort", confidence=0.7, sources="audnexus"
    )


def _job_run():
    JobRun.objects.create(kind=f"kind {JobRun.objects.count()}", requested_by=UserFactory())


def _document():
    Document.objects.create(path=f"/guides/?gid={Document.objects.count()}", title="A guide")


def _finding():
    findings.report("disk", f"shelf {findings.Finding.objects.count()}", "Little room")


LISTS = {
    "/books": _book,
    "/missing": _missing,
    "/series": _book,
    "/shelves": ShelfFactory,
    "/releases": ReleaseFactory,
    "/documents": _document,
    "/wants": lambda: WantFactory(book=BookFactory(by="Terry Pratchett")),
    "/candidates": _candidate,
    "/downloads": DownloadFactory,
    "/proposals": _proposal,
    "/job-runs": _job_run,
    "/findings": _finding,
}


def queries(get, path, counter):
    with counter() as captured:
        response = get(path)
    assert response.status_code == 200, response.content
    return len(captured), response.json()


@pytest.mark.parametrize("path", LISTS)
def test_a_list_costs_the_same_number_of_queries_however_long(get, path, django_assert_max_num_queries):
    for _ in range(3):
        LISTS[path]()
    get("/jobs")  # notes the use of the key
    few, short = queries(get, path, lambda: django_assert_max_num_queries(9))
    for _ in range(17):
        LISTS[path]()

    many, long = queries(get, path, lambda: django_assert_max_num_queries(9))

    assert (short["count"], long["count"]) == (3, 20)
    assert many == few


@pytest.mark.parametrize("path", LISTS)
def test_pages_of_a_list_give_every_row_once(get, path):
    for _ in range(5):
        LISTS[path]()

    pages = [get(path, limit=2, offset=offset).json() for offset in (0, 2, 4, 6)]

    ids = [row["id"] for page in pages for row in page["items"]]
    assert [len(page["items"]) for page in pages] == [2, 2, 1, 0]
    assert len(set(ids)) == 5
    assert {page["count"] for page in pages} == {5}


@pytest.mark.parametrize("query", [{"limit": 0}, {"limit": 501}, {"limit": "all"}, {"offset": -1}])
def test_a_page_out_of_bounds_is_refused(get, query):
    response = get("/books", **query)

    assert (response.status_code, response.json()["code"]) == (422, "invalid")


def test_the_largest_page_is_allowed(get):
    assert get("/books", limit=500).status_code == 200


def test_the_changes_of_an_edition_cost_the_same_number_of_queries(get, django_assert_num_queries):
    edition = EditionFactory()
    get("/jobs")
    for count in (3, 20):
        for _ in range(count):
            Change.objects.create(edition=edition, field="title", source="a person", by=UserFactory())
        with django_assert_num_queries(4):  # key, edition, the keys of the page and those behind it, its rows
            get(f"/editions/{edition.pk}/changes")
