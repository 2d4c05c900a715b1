"""Browsers of people who visit the pages."""

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from mamcrawler.operations.sessions import BACKEND
from tests.factories import UserFactory

HTMX = {"HX-Request": "true"}


def visitor(role: str = "", **person: object) -> Client:
    """A browser in which somebody of this role is signed in; without a role nobody is."""
    client = Client()
    if role:
        user = UserFactory(role=role, **person)
        client.force_login(user, backend=BACKEND)
    return client


def queries_of(client: Client, url: str) -> int:
    """How many queries a page takes."""
    with CaptureQueriesContext(connection) as queries:
        answer = client.get(url)
    assert answer.status_code == 200
    return len(queries)
