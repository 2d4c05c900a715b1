"""Keys of programs, from the command line."""

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from mamcrawler.operations.models import ApiKey, AuditEntry, User
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db


def api_keys(*arguments):
    out = StringIO()
    call_command("api_keys", *arguments, "--json", stdout=out)
    told = json.loads(out.getvalue())
    return told[0] if "--make" in arguments else told


@pytest.fixture
def owner():
    return UserFactory(username="owner", role=User.Role.OWNER)


def test_a_made_key_opens_what_its_scope_allows_and_its_secret_is_told_once(owner):
    made = api_keys("--make", "Phone", "--scope", "write")

    key = ApiKey.objects.matching(made["secret"])
    assert (key.user, key.name, key.scope) == (owner, "Phone", "write")
    assert [row["prefix"] for row in api_keys()] == [made["prefix"]]
    assert made["secret"] not in json.dumps(api_keys())
    assert AuditEntry.objects.get().action == "api_key.made"


def test_a_key_is_ended_by_its_beginning_and_no_other_is(owner):
    kept, ended = api_keys("--make", "Kept"), api_keys("--make", "Lost", "--for", "owner")

    api_keys("--end", ended["prefix"])

    assert ApiKey.objects.matching(ended["secret"]) is None
    assert ApiKey.objects.matching(kept["secret"])
    with pytest.raises(CommandError, match="no single key"):
        api_keys("--end", ended["prefix"])


@pytest.mark.parametrize(
    "arguments", [("--make", "Phone", "--for", "nobody"), ("--make", "Phone"), ("--end", "mamc_x")]
)
def test_who_or_what_is_not_there_is_told(arguments):
    with pytest.raises(CommandError):
        api_keys(*arguments)

    assert not ApiKey.objects.exists()


def test_without_any_key_the_list_says_how_to_make_one():
    out = StringIO()

    call_command("api_keys", stdout=out)

    assert "--make NAME" in out.getvalue()
