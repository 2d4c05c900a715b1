"""Hosts that wait for a person, over the API."""

import pytest

from mamcrawler.operations import leases
from mamcrawler.operations.models import ApiKey, AuditEntry, OutsideHost, User
from tests.api.conftest import with_key

pytestmark = pytest.mark.django_db

CHECKED = {"checked": "it may be asked again"}


@pytest.fixture
def stopped():
    leases.stop("hardcover", "too many requests")


def resume(program, body=CHECKED, host="hardcover"):
    return program.post(f"/api/v1/standstills/{host}/resume", body, content_type="application/json")


def test_the_hosts_that_wait_are_listed_with_what_happened(get, stopped):
    told = get("/standstills").json()

    assert [(one["host"], one["happened"]) for one in told["items"]] == [("hardcover", "too many requests")]


def test_an_owners_program_resumes_a_host_once(stopped):
    program = with_key(User.Role.OWNER, ApiKey.Scope.ADMIN)

    first, second = resume(program), resume(program)

    assert (first.status_code, second.status_code, second.json()["code"]) == (204, 409, "not_stopped")
    assert OutsideHost.objects.get().stopped_reason == ""
    assert AuditEntry.objects.get().detail == {"happened": "too many requests", **CHECKED}


@pytest.mark.parametrize(
    ("role", "scope"), [(User.Role.OWNER, ApiKey.Scope.WRITE), (User.Role.CURATOR, ApiKey.Scope.ADMIN)]
)
def test_it_takes_both_the_role_and_the_scope(stopped, role, scope):
    answer = resume(with_key(role, scope))

    assert (answer.status_code, answer.json()["code"]) == (403, "not_allowed")
    assert OutsideHost.objects.get().stopped_reason


@pytest.mark.parametrize("body", [{}, {"checked": ""}, {"checked": "x" * 301}])
def test_what_was_looked_at_has_to_be_said(stopped, body):
    assert resume(with_key(User.Role.OWNER, ApiKey.Scope.ADMIN), body).status_code == 422
    assert OutsideHost.objects.get().stopped_reason


def test_a_host_that_nobody_knows_is_not_stopped():
    answer = resume(with_key(User.Role.OWNER, ApiKey.Scope.ADMIN), host="elsewhere")

    assert (answer.status_code, answer.json()["code"]) == (409, "not_stopped")
