"""Who gets in, and how far."""

from datetime import timedelta

import pytest
from django.test import Client

from mamcrawler.lib import clock
from mamcrawler.operations.models import ApiKey, User
from mamcrawler.operations.sessions import BACKEND
from tests.api.conftest import with_key
from tests.factories import BookFactory, UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def key():
    return ApiKey.issue(UserFactory(role=User.Role.CURATOR), "a program", ApiKey.Scope.WRITE)


def browser_of(user):
    client = Client(enforce_csrf_checks=True)
    client.force_login(user, backend=BACKEND)
    return client


def exclude(client, **headers):
    book = BookFactory()
    return client.post(f"/api/v1/books/{book.pk}/exclusion", {}, content_type="application/json", headers=headers)


@pytest.mark.parametrize("method", ["get", "post"])
def test_a_stranger_is_asked_to_sign_in(client, method):
    response = getattr(client, method)("/api/v1/shelves")

    assert response.status_code == 401
    assert response.json()["code"] == "not_signed_in"
    assert response["WWW-Authenticate"].startswith("Bearer")


def test_a_key_opens_as_bearer_and_as_header_of_its_own(client, key):
    _, secret = key

    as_bearer = client.get("/api/v1/shelves", headers={"Authorization": f"Bearer {secret}"})
    as_header = client.get("/api/v1/shelves", headers={"X-API-Key": secret})

    assert (as_bearer.status_code, as_header.status_code) == (200, 200)


@pytest.mark.parametrize(
    "change",
    [
        {"expires_at": clock.now() - timedelta(seconds=1)},
        {"revoked_at": clock.now()},
        {"digest": "of another secret"},
    ],
    ids=["expired", "revoked", "unknown"],
)
def test_a_key_that_is_no_longer_good_is_refused(client, key, change):
    row, secret = key
    ApiKey.objects.filter(pk=row.pk).update(**change)

    response = client.get("/api/v1/shelves", headers={"X-API-Key": secret})

    assert response.status_code == 401
    assert "revoked" in response.json()["detail"]


def test_a_key_of_somebody_who_was_locked_out_is_refused(client, key):
    row, secret = key
    User.objects.filter(pk=row.user_id).update(is_active=False)

    response = client.get("/api/v1/shelves", headers={"X-API-Key": secret})

    assert response.status_code == 401


@pytest.mark.parametrize(
    ("role", "scope", "status"),
    [
        (User.Role.OWNER, ApiKey.Scope.READ, 403),
        (User.Role.VIEWER, ApiKey.Scope.WRITE, 403),
        (User.Role.VIEWER, ApiKey.Scope.ADMIN, 403),
        (User.Role.CURATOR, ApiKey.Scope.WRITE, 200),
        (User.Role.OWNER, ApiKey.Scope.ADMIN, 200),
    ],
)
def test_writing_takes_both_the_scope_and_the_role(role, scope, status):
    response = exclude(with_key(role, scope))

    assert response.status_code == status


@pytest.mark.parametrize("method", ["post", "patch", "delete"])
def test_a_reading_key_changes_nothing_by_any_method(reader, method):
    address = {"post": "/books/1/want", "patch": "/series/1", "delete": "/books/1/exclusion"}[method]

    response = getattr(reader, method)(f"/api/v1{address}", content_type="application/json")

    assert response.status_code == 403
    assert response.json()["code"] == "not_allowed"


def test_the_use_of_a_key_is_noted_at_most_once_a_minute(client, key, django_assert_num_queries):
    row, secret = key
    headers = {"X-API-Key": secret}

    client.get("/api/v1/jobs", headers=headers)
    row.refresh_from_db()
    first = row.last_used_at
    with django_assert_num_queries(1):  # finding the key
        client.get("/api/v1/jobs", headers=headers)
    row.refresh_from_db()

    assert first is not None
    assert row.last_used_at == first


def test_a_key_used_again_after_a_minute_is_noted_again(client, key):
    row, secret = key
    long_ago = clock.now() - timedelta(minutes=2)
    ApiKey.objects.filter(pk=row.pk).update(last_used_at=long_ago)

    client.get("/api/v1/jobs", headers={"X-API-Key": secret})
    row.refresh_from_db()

    assert row.last_used_at > long_ago


def test_a_signed_in_viewer_reads_and_does_not_write():
    client = Client()
    client.force_login(UserFactory(role=User.Role.VIEWER), backend=BACKEND)

    assert client.get("/api/v1/shelves").status_code == 200
    assert exclude(client).status_code == 403


def test_a_session_writes_only_with_its_csrf_token():
    browser = browser_of(UserFactory(role=User.Role.CURATOR))
    browser.get("/api/v1/docs")
    token = browser.cookies["mamcrawler_csrf"].value

    without, with_token = exclude(browser), exclude(browser, **{"X-CSRFToken": token})

    assert without.status_code == 403
    assert "CSRF" in without.json()["detail"]
    assert with_token.status_code == 200


def test_a_key_needs_no_csrf_token(key):
    _, secret = key
    client = Client(enforce_csrf_checks=True)

    assert exclude(client, **{"X-API-Key": secret}).status_code == 200
