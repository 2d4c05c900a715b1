"""Programs that use the API, each with a key of some scope and owner."""

import pytest
from django.test import Client

from mamcrawler.operations.models import ApiKey, User
from tests.factories import UserFactory


def with_key(role, scope):
    """A program with a key."""
    _, secret = ApiKey.issue(UserFactory(role=role), "a program", scope)
    return Client(headers={"Authorization": f"Bearer {secret}"})


@pytest.fixture
def reader(db):
    """A program that may only read."""
    return with_key(User.Role.VIEWER, ApiKey.Scope.READ)


@pytest.fixture
def writer(db):
    """A program that may change books and decide."""
    return with_key(User.Role.CURATOR, ApiKey.Scope.WRITE)


@pytest.fixture
def post(writer):
    """Send JSON to an address under the API's root as a program that may write."""

    def send(path, body=None, method="post"):
        return getattr(writer, method)(f"/api/v1{path}", body or {}, content_type="application/json")

    return send


@pytest.fixture
def get(reader):
    """Read an address under the API's root as a program that may read."""

    def read(path, **query):
        return reader.get(f"/api/v1{path}", query)

    return read
