"""Covers on the pages and over the API: a picture where one is kept, initials elsewhere, and no query more."""

import re

import pytest
from django.test import Client
from django.urls import reverse

from library.models import Cover, Edition
from mamcrawler.lib import clock
from mamcrawler.operations.models import ApiKey
from tests.factories import (
    AudioFileFactory,
    AuthorFactory,
    BookFactory,
    CoverageFactory,
    CoverFactory,
    EditionFactory,
    SeriesEntryFactory,
    SeriesFactory,
    UserFactory,
)
from tests.visitors import queries_of, visitor

pytestmark = pytest.mark.django_db


@pytest.fixture
def viewer():
    return visitor("viewer")


@pytest.fixture
def api():
    _, secret = ApiKey.issue(UserFactory(role="viewer"), "a program", ApiKey.Scope.READ)
    return Client(headers={"Authorization": f"Bearer {secret}"})


@pytest.fixture
def kept(settings, tmp_path):
    settings.COVERS_DIR = tmp_path / "covers"
    return settings.COVERS_DIR


def covered(book, **facts):
    """Give a book a copy with a cover."""
    return CoverFactory(edition=CoverageFactory(book=book).edition, **facts)


def keep(kept, cover, content=b"RIFF a picture"):
    for width in cover.widths:
        path = kept / cover.digest[:2] / f"{cover.digest}-{width}.webp"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def page(client, url):
    answer = client.get(url)
    assert answer.status_code == 200
    return answer.content.decode()


def pictures(html):
    return re.findall(r'<img src="(/library/covers/[^"]+)"', html)


def test_a_grid_shows_a_picture_where_there_is_one_and_initials_elsewhere(viewer):
    cover = covered(BookFactory(title="Emma"), width=700, height=1000)
    BookFactory(title="Northanger Abbey")

    html = page(viewer, reverse("library:book-list"))

    stem = f"/library/covers/{cover.digest}"
    assert pictures(html) == [f"{stem}-320.webp"]
    assert f'srcset="{stem}-160.webp 160w, {stem}-320.webp 320w, {stem}-640.webp 640w"' in html
    assert 'width="700" height="1000" loading="lazy" decoding="async" alt=""' in html
    assert re.findall(r'aria-hidden="true">([^<]+)</span>', html) == ["NA"]


@pytest.mark.parametrize("width", [100, 250, 480])
def test_a_small_picture_is_shown_in_no_size_it_does_not_have(width):
    cover = CoverFactory(width=width, height=width)

    addresses = [cover.smallest, cover.address(), *re.findall(r"\S+\.webp", cover.srcset)]

    kept = {f"/library/covers/{cover.digest}-{one}.webp" for one in cover.widths}
    assert set(addresses) == kept


def test_every_place_that_names_books_shows_small_pictures(viewer):
    author, series = AuthorFactory(name="Jane Austen"), SeriesFactory()
    book = SeriesEntryFactory(series=series, book__by=author.name).book
    small = [f"/library/covers/{covered(book).digest}-160.webp"]

    assert pictures(page(viewer, f"{reverse('library:book-list')}?look=list")) == small
    assert pictures(page(viewer, series.get_absolute_url())) == small
    assert pictures(page(viewer, author.get_absolute_url())) == small


def test_the_page_of_a_book_shows_its_cover_at_once_and_why_another_copy_has_none(viewer):
    book = BookFactory()
    cover = covered(book)
    blank = {"digest": "", "width": None, "height": None, "source": ""}
    covered(book, status=Cover.Status.UNREADABLE, reason="cover.jpg is damaged", **blank)

    html = page(viewer, book.get_absolute_url())

    assert pictures(html) == [f"/library/covers/{cover.digest}-320.webp"]
    assert 'loading="lazy"' not in html
    assert "can not be shown: cover.jpg is damaged" in html


def test_of_several_copies_a_whole_one_that_is_there_shows_its_cover(viewer):
    book = BookFactory()
    omnibus = EditionFactory()
    CoverageFactory(book=book, edition=omnibus, extent="part")
    CoverFactory(edition=omnibus)
    gone = covered(book)
    Edition.objects.filter(pk=gone.edition_id).update(status="vanished", vanished_at=clock.now())
    whole = covered(book)

    assert pictures(page(viewer, reverse("library:book-list"))) == [f"/library/covers/{whole.digest}-320.webp"]


def test_duplicates_show_the_cover_of_each_copy(viewer):
    book = BookFactory()
    facts = {"book": book, "edition__metadata": {"narrators": ["Ann Reed"]}}
    copies = [CoverageFactory(**facts).edition for _ in range(3)]
    covers = [CoverFactory(edition=edition) for edition in copies[:2]]

    html = page(viewer, reverse("library:duplicate-list"))

    assert set(pictures(html)) == {f"/library/covers/{cover.digest}-160.webp" for cover in covers}
    assert html.count("cover-small") == 3


def test_what_is_missing_shows_initials(viewer):
    BookFactory(title="Sense and Sensibility")

    html = page(viewer, reverse("library:missing-list"))

    assert pictures(html) == []
    assert "SA</span>" in html


@pytest.mark.parametrize("look", ["grid", "list"])
def test_a_list_with_covers_takes_as_many_queries_as_one_without(viewer, look):
    url = f"{reverse('library:book-list')}?look={look}"
    bare = BookFactory.create_batch(20)
    without = queries_of(viewer, url)

    for book in bare:
        covered(book)
    BookFactory.create_batch(20)

    assert queries_of(viewer, url) == without


def test_covers_cost_other_pages_the_same_however_many(viewer):
    author, series, twice = AuthorFactory(name="Jane Austen"), SeriesFactory(), BookFactory()
    for book in (SeriesEntryFactory(series=series, book__by=author.name).book, twice):
        covered(book)
    urls = [series.get_absolute_url(), author.get_absolute_url(), twice.get_absolute_url()]
    few = [queries_of(viewer, url) for url in urls]

    for entry in SeriesEntryFactory.create_batch(9, series=series, book__by=author.name):
        covered(entry.book)
        AudioFileFactory(edition=covered(twice).edition)

    assert [queries_of(viewer, url) for url in urls] == few


def test_a_picture_may_be_kept_for_ever_by_one_person_alone(viewer, kept):
    cover = CoverFactory()
    keep(kept, cover)

    answer = viewer.get(cover.address())

    assert (answer.content, answer["Content-Type"]) == (b"RIFF a picture", "image/webp")
    assert answer["Cache-Control"] == "private, max-age=31536000, immutable"
    again = viewer.get(cover.address(), headers={"If-None-Match": answer["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert viewer.get(cover.smallest)["ETag"] != answer["ETag"]


def test_a_stranger_sees_no_picture(kept):
    cover = CoverFactory()
    keep(kept, cover)

    answer = visitor().get(cover.address())

    assert answer.status_code == 302
    assert answer["Location"].startswith(reverse("sign-in"))


@pytest.mark.parametrize(
    "name",
    [
        f"{'0' * 32}-160.webp",
        f"{'0' * 32}-{'9' * 300}.webp",
        f"{'0' * 31}-160.webp",
        f"{'G' * 32}-160.webp",
        "..%2F..%2F..%2Fmamcrawler.sqlite3",
        "../../settings.py",
        f"..%2F{'0' * 29}-160.webp",
        f"{'0' * 32}-160.webp%00.png",
        "",
    ],
)
@pytest.mark.parametrize("root", ["/library/covers/", "/api/v1/covers/"])
def test_what_is_no_picture_is_not_found(viewer, root, name, kept):
    kept.mkdir()

    assert viewer.get(f"{root}{name}").status_code == 404


def test_a_picture_is_read_and_never_written(viewer):
    assert viewer.post(CoverFactory().address()).status_code == 405


def test_the_api_tells_where_the_cover_is_and_gives_it_to_the_same_key(api, kept):
    book, bare = BookFactory(title="Emma", cover_url="https://covers.example/emma.jpg"), BookFactory(title="Lady Susan")
    cover = covered(book)
    keep(kept, cover)
    path = f"/api/v1/covers/{cover.digest}-480.webp"

    listed = api.get("/api/v1/books").json()["items"]
    detail = api.get(f"/api/v1/books/{book.pk}").json()
    edition = api.get(f"/api/v1/editions/{cover.edition_id}").json()

    assert {row["id"]: row["cover_url"] for row in listed} == {book.pk: path, bare.pk: None}
    assert (detail["cover_url"], detail["provider_cover_url"]) == (path, "https://covers.example/emma.jpg")
    assert edition["cover_url"] == path
    assert api.get(f"/api/v1/books/{bare.pk}").json()["cover_url"] is None
    assert api.get(path).content == b"RIFF a picture"
    assert api.get(path, headers={"If-None-Match": api.get(path)["ETag"]}).status_code == 304
    assert Client().get(path).status_code == 401


def test_an_edition_whose_cover_was_never_looked_at_has_none(api):
    edition = EditionFactory(has_cover=True)

    assert api.get(f"/api/v1/editions/{edition.pk}").json()["cover_url"] is None
