"""The quick way to an address gives what Django's own gives."""

import pytest
from django.urls import NoReverseMatch, reverse

from mamcrawler.lib.addresses import numbered, pictured

NAMES = (
    "library:book-detail", "library:author-detail", "library:series-detail", "library:collection-detail",
    "acquisition:want-drop", "acquisition:want-book", "acquisition:book-decline", "library:book-include",
)  # fmt: skip


@pytest.mark.parametrize("number", [1, 7, 1_234_567_890_123, 2**63 - 1])
@pytest.mark.parametrize("name", NAMES)
def test_an_address_is_that_of_reverse(name, number):
    assert numbered(name, number) == reverse(name, args=[number])


@pytest.mark.parametrize("name", ["library:book-list", "library:no-such-page"])
def test_a_page_that_takes_no_key_has_no_such_address(name):
    with pytest.raises(NoReverseMatch):
        numbered(name, 1)


@pytest.mark.parametrize("name", ["library:cover", "api:get_cover"])
def test_the_address_of_a_picture_is_that_of_reverse(name):
    for digest, width in (("d41d8cd98f00b204e9800998ecf8427e", 320), ("0123456789abcdef" * 2, 640), ("00", 1)):
        assert pictured(name, digest, width) == reverse(name, args=[digest, width])
