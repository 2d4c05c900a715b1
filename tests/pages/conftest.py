"""People who visit the pages."""

import pytest
from django.test import Client

from mamcrawler.operations.models import User
from mamcrawler.operations.sessions import BACKEND
from tests.factories import UserFactory


def signed_in(role):
    client = Client()
    client.force_login(UserFactory(role=role), backend=BACKEND)
    return client


@pytest.fixture
def viewer(db):
    """A browser in which a viewer is signed in."""
    return signed_in(User.Role.VIEWER)


@pytest.fixture
def curator(db):
    """A browser in which a curator is signed in."""
    return signed_in(User.Role.CURATOR)


@pytest.fixture
def owner(db):
    """A browser in which an owner is signed in."""
    return signed_in(User.Role.OWNER)
