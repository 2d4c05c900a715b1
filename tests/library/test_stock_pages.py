"""The pages of statistics and hygiene, and their twins in the API."""

import csv
import io

import pytest
from django.test import Client
from django.urls import reverse

from library.hygiene import BY_NAME, CHECKS
from library.models import HygieneDismissal
from library.services import hygiene, statistics
from mamcrawler.operations.models import ApiKey, JobRun, User
from tests.factories import (
    BookFactory,
    EditionFactory,
    NarratorFactory,
    RecordingFactory,
    SeriesEntryFactory,
    UserFactory,
)
from tests.library.stocked import copy
from tests.visitors import queries_of, visitor

pytestmark = pytest.mark.django_db

MARKUP = '<img src=x onerror="alert(1)">'
PAGES = [("library:statistics", []), ("library:hygiene", []), ("library:hygiene-check", ["no-cover"])]


@pytest.fixture
def viewer():
    return visitor("viewer")


@pytest.fixture
def curator():
    return visitor("curator")


@pytest.fixture
def get():
    return program(User.Role.VIEWER, ApiKey.Scope.READ).get


def program(role, scope):
    _, secret = ApiKey.issue(UserFactory(role=role), "a program", scope)
    return Client(headers={"Authorization": f"Bearer {secret}"})


def page_of(client, name, *args, **asked):
    answer = client.get(reverse(name, args=args), asked)
    assert answer.status_code == 200
    return answer.content.decode()


def stocked(count=1, **facts):
    """Copies of books in series with narrators, without covers unless said otherwise."""
    editions = []
    for _ in range(count):
        book = SeriesEntryFactory(book__by="Ann Author").book
        recording = RecordingFactory(book=book)
        recording.narrators.add(NarratorFactory())
        editions.append(copy(book, recording=recording, **({"has_cover": False, "audio_format": "m4b"} | facts)))
    take_stock()
    return editions


def take_stock():
    statistics.take()
    hygiene.look()


@pytest.mark.parametrize(("name", "args"), PAGES)
def test_strangers_sign_in_and_viewers_look(viewer, name, args):
    assert visitor().get(reverse(name, args=args)).status_code == 302
    assert page_of(viewer, name, *args)


@pytest.mark.parametrize(("name", "args"), PAGES)
@pytest.mark.parametrize("role", ["viewer", "curator", "owner"])
def test_a_long_library_takes_as_many_queries_as_a_short_one(role, name, args):
    client = visitor(role)
    stocked(2)
    few = queries_of(client, reverse(name, args=args))

    stocked(4)

    assert queries_of(client, reverse(name, args=args)) == few < 25


def test_an_empty_library_says_what_comes_next(viewer):
    assert "Nothing to count yet" in page_of(viewer, "library:statistics")
    assert "Not looked at yet" in page_of(viewer, "library:hygiene")
    assert "No copy is like that" in page_of(viewer, "library:hygiene-check", "no-cover")


def test_the_figures_are_told_with_their_moment_and_the_table_behind_each_chart(viewer):
    stocked(3)

    page = page_of(viewer, "library:statistics")

    assert "As of" in page
    assert "82 USD" in page or "83 USD" in page  # three books at 27.50
    assert "Books added by month" in page
    assert page.count("<summary>As a table</summary>") == 2
    assert 'href="/library/?format=m4b"' in page
    assert "Ann Author" in page


def test_the_first_can_be_those_by_books(viewer):
    stocked(1)

    for by, chosen in (("books", "By books"), ("hours", "By hours"), ("nonsense", "By hours")):
        assert f'aria-current="true">{chosen}' in page_of(viewer, "library:statistics", by=by)


def test_the_pages_keep_the_strict_policy(viewer):
    stocked(2)

    for name, args in PAGES:
        page = page_of(viewer, name, *args)
        assert " style=" not in page
        assert "<style" not in page
        assert "<script>" not in page


def test_names_are_shown_and_never_obeyed(viewer):
    book = SeriesEntryFactory(book__title=MARKUP, book__by=MARKUP, series__name=MARKUP).book
    copy(book, has_cover=False, audio_format="<b>", path=MARKUP, told={"language": MARKUP})
    EditionFactory(title=MARKUP, metadata={"language": "", "title": MARKUP})
    take_stock()

    for name, args in [*PAGES, ("library:hygiene-check", ["wrong-folder"])]:
        assert MARKUP not in page_of(viewer, name, *args)


def test_every_check_is_listed_with_its_count_and_leads_to_its_page(viewer):
    stocked(3)

    page = page_of(viewer, "library:hygiene")

    for check in CHECKS:
        assert reverse("library:hygiene-check", args=[check.name]) in page
        assert check.why in page_of(viewer, "library:hygiene-check", check.name)
    assert "Share of 3 copies" in page


def test_a_finding_leads_to_its_book_and_to_what_can_be_done(viewer):
    (edition,) = stocked(1)
    book = edition.coverages.get().book

    page = page_of(viewer, "library:hygiene-check", "no-cover")

    assert f"{book.get_absolute_url()}#edition-{edition.pk}" in page
    assert "Complete the metadata" in page
    assert "It is meant so" not in page  # a viewer only looks


def test_a_copy_without_a_book_leads_to_fix_match(viewer):
    copy(has_cover=False)
    take_stock()

    assert reverse("library:match-list") in page_of(viewer, "library:hygiene-check", "no-cover")


def test_findings_are_paged(viewer):
    stocked(53)

    first, second = (page_of(viewer, "library:hygiene-check", "no-cover", page=number) for number in (1, 2))

    assert (first.count("#edition-"), second.count("#edition-")) == (50, 3)
    assert page_of(viewer, "library:hygiene-check", "no-cover", page="9" * 30).count("#edition-") > 0


def test_a_curator_dismisses_and_brings_back(curator):
    (edition,) = stocked(1)
    args = ["no-cover", edition.pk]

    curator.post(reverse("library:hygiene-dismiss", args=args))

    assert HygieneDismissal.objects.get().by.role == "curator"
    assert f"#edition-{edition.pk}" not in page_of(curator, "library:hygiene-check", "no-cover")
    assert "1 dismissed" in page_of(curator, "library:hygiene")
    assert "List again" in page_of(curator, "library:hygiene-check", "no-cover", show="dismissed")

    curator.post(reverse("library:hygiene-restore", args=args))

    assert "It is meant so" in page_of(curator, "library:hygiene-check", "no-cover")


@pytest.mark.parametrize("name", ["library:hygiene-dismiss", "library:hygiene-restore"])
def test_a_viewer_decides_nothing_and_no_link_does(viewer, curator, name):
    (edition,) = stocked(1)
    url = reverse(name, args=["no-cover", edition.pk])

    assert viewer.post(url).status_code == 403
    assert curator.get(url).status_code == 405
    assert not HygieneDismissal.objects.exists()


@pytest.mark.parametrize(
    ("name", "args"), [("library:hygiene-check", ["nonsense"]), ("library:hygiene-export", ["nonsense"])]
)
def test_there_is_no_page_of_a_check_that_there_is_not(viewer, name, args):
    assert viewer.get(reverse(name, args=args)).status_code == 404


def test_what_is_not_there_can_not_be_dismissed(curator):
    (edition,) = stocked(1)

    assert curator.post(reverse("library:hygiene-dismiss", args=["nonsense", edition.pk])).status_code == 404
    assert curator.post(reverse("library:hygiene-dismiss", args=["no-cover", edition.pk + 99])).status_code == 404


def test_the_findings_of_a_check_are_taken_away_as_a_table(viewer):
    copy(BookFactory(title="=1+1", by="Ann Author"), bitrate_kbps=32)
    copy(BookFactory(title="Mort", by="Terry Pratchett"), bitrate_kbps=48)
    take_stock()

    answer = viewer.get(reverse("library:hygiene-export", args=["low-bitrate"]))

    rows = list(csv.DictReader(io.StringIO(b"".join(answer.streaming_content).decode())))
    assert [(row["title"], row["authors"], row["found"]) for row in rows] == [
        ("Mort", "Terry Pratchett", "48 kbit/s"),
        ("'=1+1", "Ann Author", "32 kbit/s"),
    ]


def test_stock_is_taken_from_the_page(curator):
    answer = curator.post(reverse("job-start", args=["take_stock"]), {"next": reverse("library:hygiene")})

    assert answer["Location"] == reverse("library:hygiene")
    assert JobRun.objects.get().kind == "take_stock"


def test_the_library_leads_there(viewer):
    for name in ("library:book-list", "library:statistics", "library:hygiene"):
        page = page_of(viewer, name)
        assert reverse("library:statistics") in page
        assert reverse("library:hygiene") in page


def test_the_dashboard_has_one_quiet_line(viewer):
    assert "Library hygiene" not in page_of(viewer, "dashboard")
    stocked(2, duration_s=1.0)

    page = page_of(viewer, "dashboard")

    assert "Library hygiene: 2 serious of 4 findings" in page


def test_the_api_tells_the_figures(get):
    stocked(2)

    told = get("/api/v1/statistics").json()

    assert told["totals"]["books"] == 2
    assert (told["value"], told["currency"]) == (55.0, "USD")
    assert [share["label"] for share in told["formats"]] == ["m4b"]
    assert [one["books"] for one in told["authors"]["by_hours"]] == [2]
    assert sum(part["count"] for part in told["completeness"]["buckets"]) == 2


def test_the_api_tells_the_checks_and_their_findings(get):
    editions = stocked(3)
    hygiene.dismiss(BY_NAME["no-cover"], editions[0], by=None)

    told = get("/api/v1/hygiene").json()
    items = get("/api/v1/hygiene/no-cover", {"limit": 1}).json()
    dismissed = get("/api/v1/hygiene/no-cover", {"dismissed": "true"}).json()

    assert (told["looked_at"], told["findings"]) == (3, 2)
    first = told["checks"][0]
    assert (first["name"], first["severity"], first["open"], first["dismissed"]) == ("no-cover", "mendable", 2, 1)
    assert (items["count"], [item["edition_id"] for item in items["items"]]) == (2, [editions[2].pk])
    assert [item["edition_id"] for item in dismissed["items"]] == [editions[0].pk]
    assert get("/api/v1/hygiene/nonsense").status_code == 404


def test_a_program_dismisses_and_brings_back():
    (edition,) = stocked(1)
    client, reader = program("curator", ApiKey.Scope.WRITE), program("viewer", ApiKey.Scope.READ)
    url = f"/api/v1/hygiene/no-cover/{edition.pk}/dismiss"

    assert reader.post(url).status_code == 403
    assert [client.post(url).status_code, client.post(url).status_code] == [204, 204]
    assert HygieneDismissal.objects.count() == 1
    assert [client.delete(url).status_code, HygieneDismissal.objects.count()] == [204, 0]
    assert client.post(f"/api/v1/hygiene/nonsense/{edition.pk}/dismiss").status_code == 404


def test_the_lists_of_the_api_cost_the_same_however_long():
    client = program("viewer", ApiKey.Scope.READ)
    client.get("/api/v1/jobs")  # notes the use of the key
    stocked(2)
    few = [queries_of(client, f"/api/v1/{path}") for path in ("statistics", "hygiene", "hygiene/no-cover")]

    stocked(10)

    assert [queries_of(client, f"/api/v1/{path}") for path in ("statistics", "hygiene", "hygiene/no-cover")] == few
