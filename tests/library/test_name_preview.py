"""Names compared with the shelves before they are written: on the page, on the command line, over the API."""

import json
import re
from pathlib import Path

import pytest
from django.core.management import call_command
from django.urls import reverse

from library.models import Change
from tests.factories import EditionFactory, ShelfFactory
from tests.visitors import queries_of

pytestmark = pytest.mark.django_db

PREVIEW = "library:name-preview"


@pytest.fixture
def shelf(tmp_path):
    return ShelfFactory(path=str(tmp_path))


def item(shelf, title, *, there=None, **metadata):
    """A copy in a folder; `there` is what its sidecar says by now."""
    Path(shelf.path, title).mkdir()
    if there:
        Path(shelf.path, title, "metadata.json").write_text(json.dumps(there))
    return EditionFactory(shelf=shelf, title=title, path=title, metadata={"title": title} | metadata)


def places(edition, *fields):
    return [f"{edition.pk}:{field}" for field in fields]


def look(browser, **posted):
    answer = browser.post(reverse(PREVIEW), posted)
    assert answer.status_code == 200
    return answer.content.decode()


def ticked(page):
    return re.findall(r'name="field" value="([^"]+)" checked', page)


def shown(page):
    return re.search(r'name="shown" value="([^"]*)"', page)[1]


def test_the_ticked_fields_are_compared_with_what_stands_on_the_shelf(curator, shelf):
    plain = item(shelf, "Dune (1965)")
    changed = item(shelf, "Emma (1996)", there={"title": "Emma, by hand"})
    fields = places(plain, "title") + places(changed, "title", "published_year")

    page = look(curator, field=fields)

    assert ticked(page) == places(plain, "title") + places(changed, "published_year")
    assert "changed on the shelf meanwhile" in page
    assert "Emma, by hand" in page
    assert "2 fields would be written" in page
    assert not Change.objects.exists()


def test_all_or_none_can_be_ticked_without_losing_what_was_shown(curator, shelf):
    edition = item(shelf, "Dune (1965)")
    fields = places(edition, "title", "published_year")
    page = look(curator, field=fields)
    assert (shown(page), ticked(page)) == (",".join(fields), fields)

    none = look(curator, shown=shown(page), field=fields, tick="none")
    some = look(curator, shown=shown(page), field=fields[:1])
    every = look(curator, shown=shown(none), tick="all")

    assert [ticked(one) for one in (none, some, every)] == [[], fields[:1], fields]
    assert shown(every) == ",".join(fields)


def test_what_is_ticked_on_the_comparison_is_written(curator, shelf):
    edition = item(shelf, "Dune (1965)")
    page = look(curator, field=places(edition, "title", "published_year"))

    answer = curator.post(
        reverse("library:name-clean"),
        {"shown": shown(page), "field": places(edition, "title")},
        headers={"Referer": f"http://testserver{reverse(PREVIEW)}"},
        follow=True,
    )

    assert "1 field written" in answer.content.decode()
    edition.refresh_from_db()
    assert (edition.metadata["title"], edition.metadata.get("published_year")) == ("Dune", None)


def test_a_shelf_that_gives_no_answer_is_told(curator, shelf, settings, fast_time):
    settings.AUDIOBOOKSHELF_URL, settings.AUDIOBOOKSHELF_TOKEN = "http://127.0.0.1:9", "a-token-of-no-server"
    served = EditionFactory(
        shelf=ShelfFactory(kind="audiobookshelf", external_id="lib-1"),
        external_id="li-1",
        metadata={"title": "Dune (1965)"},
    )

    page = look(curator, field=places(served, "title"))

    assert "Its shelf gives no answer" in page
    assert "0 fields would be written" in page


@pytest.mark.parametrize("fields", [[], ["x:title"], ["999:title"], ["nonsense"], ["1"]])
def test_ticking_nothing_that_is_there_leads_back_to_the_list(curator, fields):
    answer = curator.post(reverse(PREVIEW), {"field": fields}, follow=True)

    assert answer.status_code == 200
    assert not Change.objects.exists()


def test_reloading_the_comparison_leads_to_the_list(curator):
    assert curator.get(reverse(PREVIEW))["Location"] == reverse("library:name-list")


def test_a_viewer_compares_nothing(viewer, shelf):
    edition = item(shelf, "Dune (1965)")

    assert viewer.post(reverse(PREVIEW), {"field": places(edition, "title")}).status_code == 403
    assert "Compare with the shelves" not in viewer.get(reverse("library:name-list")).content.decode()


@pytest.mark.parametrize(("asked", "count"), [({}, 2), ({"tick": "all"}, 2), ({"tick": "none"}, 0)])
def test_all_or_none_can_be_ticked_on_the_list(curator, shelf, asked, count):
    item(shelf, "Dune (1965)")

    page = curator.get(reverse("library:name-list"), asked).content.decode()

    assert len(ticked(page)) == count


def test_a_long_comparison_takes_as_many_queries_as_a_short_one(curator, shelf):
    fields = [place for n in range(3) for place in places(item(shelf, f"Book {n} (1999)"), "title")]
    few = queries_of_post(curator, fields)

    fields += [place for n in range(3, 30) for place in places(item(shelf, f"Book {n} (1999)"), "title")]

    assert queries_of_post(curator, fields) == few


def queries_of_post(browser, fields):
    class Posting:
        @staticmethod
        def get(url):
            return browser.post(url, {"field": fields})

    return queries_of(Posting, reverse(PREVIEW))


def test_the_command_looks_and_says_what_would_be_left_alone(shelf, capsys):
    item(shelf, "Dune (1965)", there={"title": "By hand"})

    call_command("clean_names", look=True)
    told = capsys.readouterr().out
    call_command("clean_names", look=True, json=True)
    rows = json.loads(capsys.readouterr().out)["items"]

    assert "left alone: it was changed on the shelf meanwhile, to 'By hand'" in told
    assert "Nothing was written" in told
    assert list(rows[0]["left_alone"]) == ["title"]
    assert not Change.objects.exists()
