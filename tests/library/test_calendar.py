"""The calendar: what comes out when, as a page, as a feed and through the API."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from library.models import Book, CalendarFeed, Exclusion, Series
from library.services import calendars
from tests.factories import BookFactory, CoverageFactory, SeriesEntryFactory, SeriesFactory, UserFactory
from tests.visitors import queries_of, visitor

pytestmark = pytest.mark.django_db


def day(offset):
    return timezone.now().date() + timedelta(days=offset)


def page_of(client):
    answer = client.get(reverse("library:calendar"))
    assert answer.status_code == 200
    return answer.content.decode()


def feed_of(feed, client=None):
    return (client or Client()).get(reverse("library:calendar-feed", args=[feed.token]))


def test_books_stand_in_the_order_of_their_dates_with_those_that_have_none_apart():
    BookFactory(title="Later", released_on=day(70))
    BookFactory(title="Sooner", released_on=day(3))
    BookFactory(title="Lately", released_on=day(-10))
    BookFactory(title="Someday", is_announced=True)

    page = page_of(visitor("viewer"))

    assert page.index("Lately") < page.index("Sooner") < page.index("Later") < page.index("Announced without a date")
    assert page.index("Announced without a date") < page.index("Someday")


def test_a_calendar_without_anything_says_where_its_days_come_from():
    assert "Books of monitored series appear here" in page_of(visitor("viewer"))


@pytest.mark.parametrize("why", ["excluded", "not monitored", "long ago", "a collection", "of a series not monitored"])
def test_what_nobody_looks_out_for_is_not_in_the_calendar(why):
    book = BookFactory(title="Quiet", released_on=day(5))
    match why:
        case "excluded":
            Exclusion.objects.create(book=book)
        case "not monitored":
            Book.objects.update(is_monitored=False)
        case "long ago":
            Book.objects.update(released_on=day(-400))
        case "a collection":
            Book.objects.update(kind=Book.Kind.COLLECTION)
        case "of a series not monitored":
            Book.objects.update(is_monitored=False)
            SeriesEntryFactory(book=book, series=SeriesFactory(monitor=Series.Monitor.NONE))

    assert "Quiet" not in page_of(visitor("viewer"))


def test_a_book_of_a_monitored_series_is_in_it_though_it_is_not_monitored_itself():
    SeriesEntryFactory(book=BookFactory(title="Novella", released_on=day(5), is_monitored=False))

    assert "Novella" in page_of(visitor("viewer"))


def test_strangers_see_no_calendar():
    assert visitor().get(reverse("library:calendar")).status_code == 302
    assert visitor().post(reverse("library:calendar-subscribe")).status_code == 302


def test_the_page_takes_as_many_queries_for_many_books_as_for_one():
    client = visitor("viewer")
    SeriesEntryFactory(book__released_on=day(1), book__by="Ann Example")
    few = queries_of(client, reverse("library:calendar"))

    SeriesEntryFactory.create_batch(9, book__released_on=day(2), book__by="Bob Example")

    assert queries_of(client, reverse("library:calendar")) == few


def test_whoever_knows_the_address_reads_the_feed_without_signing_in():
    entry = SeriesEntryFactory(
        position="3",
        series__name="Tales",
        book__title="Guards, Guards",
        book__by="Ann Example",
        book__released_on=day(9),
    )
    CoverageFactory(book=BookFactory(title="Owned", released_on=day(-5)))
    client = visitor("viewer")

    client.post(reverse("library:calendar-subscribe"))
    answer = feed_of(CalendarFeed.objects.get())

    text = answer.content.decode().replace("\r\n ", "")
    assert answer["Content-Type"] == "text/calendar; charset=utf-8"
    assert text.count("BEGIN:VEVENT") == 2
    assert "SUMMARY:Guards\\, Guards (Tales #3)\r\n" in text
    assert f"DTSTART;VALUE=DATE:{day(9):%Y%m%d}\r\n" in text
    assert "DESCRIPTION:by Ann Example\\nTales #3\\nAnnounced\r\n" in text
    assert f"URL:http://testserver{entry.book.get_absolute_url()}\r\n" in text
    assert CalendarFeed.objects.get().token in page_of(client)


def test_an_address_that_was_replaced_or_made_up_leads_nowhere():
    feed = calendars.renew_feed(UserFactory())
    old = feed.token
    calendars.renew_feed(feed.user)

    assert CalendarFeed.objects.count() == 1
    for token in (old, "made-up", f"{feed.number.hex}.AAAA"):
        assert Client().get(reverse("library:calendar-feed", args=[token])).status_code == 404
    assert feed_of(CalendarFeed.objects.get()).status_code == 200


def test_the_address_of_somebody_who_may_no_longer_sign_in_leads_nowhere():
    feed = calendars.renew_feed(UserFactory(is_active=False))

    assert feed_of(feed).status_code == 404


def test_the_api_lists_what_comes_out_from_a_day_on():
    BookFactory(title="Past", released_on=day(-3))
    BookFactory(title="Next", released_on=day(3))
    client = visitor("viewer")

    coming = client.get("/api/v1/calendar").json()["items"]
    since = client.get("/api/v1/calendar", {"since": day(-9).isoformat()}).json()["items"]

    assert [book["title"] for book in coming] == ["Next"]
    assert [book["title"] for book in since] == ["Past", "Next"]
