"""What tests of the library's pages have in common."""

from django.urls import reverse

from tests.factories import (
    CoverageFactory,
    EditionFactory,
)

MARKUP = '<img src=x onerror="alert(1)">'


def page_of(client, name, *args, headers=None, **asked):
    answer = client.get(reverse(name, args=args), asked, headers=headers or {})
    assert answer.status_code == 200
    return answer.content.decode()


def shelved(book, **edition):
    return CoverageFactory(book=book, edition=EditionFactory(**edition)).edition
