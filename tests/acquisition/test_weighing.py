"""What taking releases would cost an account, told for one or many alike."""

import pytest

from acquisition import services
from tests.factories import AccountReadingFactory, DownloadFactory, ReleaseFactory

pytestmark = pytest.mark.django_db


def test_many_releases_are_weighed_as_each_alone():
    AccountReadingFactory(ratio=1.12, uploaded_bytes=1_120, downloaded_bytes=1_000)
    releases = [
        ReleaseFactory(size_bytes=10),
        ReleaseFactory(size_bytes=1_000),
        ReleaseFactory(size_bytes=1_000, is_free=True),
        ReleaseFactory(size_bytes=None),
    ]

    weighed = services.weigh_all(releases)

    assert [weighed[release.pk].allowed for release in releases] == [True, False, True, False]
    assert "its size is not known" in weighed[releases[-1].pk].reason
    assert {release.pk: services.weigh(release) for release in releases} == weighed


def test_weighing_many_asks_the_database_as_often_as_weighing_one(django_assert_num_queries):
    AccountReadingFactory()
    DownloadFactory()
    releases = ReleaseFactory.create_batch(5)

    with django_assert_num_queries(5):
        services.weigh_all(releases)
    with django_assert_num_queries(5):
        services.weigh_all(releases[:1])


def test_nothing_to_weigh_is_nothing_weighed():
    assert services.weigh_all([]) == {}
