"""The description of the API: complete, and shown to those who are signed in."""

import re

import pytest
from django.test import Client
from ninja.operation import PathView

from mamcrawler.api import api
from mamcrawler.operations.models import ApiKey, User
from mamcrawler.operations.sessions import BACKEND
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db

SECRETS = re.compile(r"cookie|digest|info_dictionary|download_url|passkey|secret|password|sealed|info_hash")


@pytest.fixture
def visitor():
    client = Client()
    client.force_login(UserFactory(role=User.Role.VIEWER), backend=BACKEND)
    return client


@pytest.fixture(scope="module")
def schema():
    return api.get_openapi_schema()


def operations(schema):
    return [(path, method, operation) for path, row in schema["paths"].items() for method, operation in row.items()]


@pytest.mark.parametrize("path", ["/api/v1/docs", "/api/v1/openapi.json"])
def test_a_stranger_is_led_to_the_sign_in(client, path):
    response = client.get(path)

    assert response.status_code == 302
    assert response["Location"].startswith("/sign-in/")


def test_the_docs_keep_the_strict_policy(visitor):
    response = visitor.get("/api/v1/docs")

    page = response.content.decode()
    scripts = re.findall(r"<script([^>]*)>(.*?)</script>", page, re.DOTALL)
    assert response.status_code == 200
    assert "default-src 'self'" in response["Content-Security-Policy"]
    assert all('src="/static/' in tag or 'type="application/json"' in tag for tag, _ in scripts)
    assert not re.search(r"<style|\son\w+=|https?://", page)


def test_the_docs_do_not_ask_a_validator_elsewhere(visitor):
    assert '"validatorUrl": null' in visitor.get("/api/v1/docs").content.decode()


def test_the_schema_is_served(visitor):
    response = visitor.get("/api/v1/openapi.json")

    assert response.json()["info"]["title"] == "MAMcrawler"
    assert "/api/v1/books" in response.json()["paths"]


def test_a_program_reads_the_schema_with_its_key_and_no_other(client):
    _, secret = ApiKey.issue(UserFactory(role="viewer"), "a program", ApiKey.Scope.READ)
    told = {"Authorization": f"Bearer {secret}"}, {"X-API-Key": secret}

    assert [client.get("/api/v1/openapi.json", headers=one).status_code for one in told] == [200, 200]
    refused = client.get("/api/v1/openapi.json", headers={"Authorization": "Bearer mamc_nobody"})
    assert refused.status_code == 401
    assert refused.json()["code"]
    assert refused["X-Request-ID"]


def test_every_route_is_described(schema):
    views = [
        view for _, router in api._routers for view in router.path_operations.values() if isinstance(view, PathView)
    ]
    routes = sum(len(operation.methods) for view in views for operation in view.operations)

    assert len(operations(schema)) == routes > 45


def test_every_operation_has_an_id_of_its_own_and_words(schema):
    ids = [operation["operationId"] for _, _, operation in operations(schema)]

    assert len(ids) == len(set(ids))
    for path, method, operation in operations(schema):
        assert operation["description"], (path, method)
        assert operation["tags"], (path, method)
        assert operation["security"], (path, method)


def test_every_list_is_paginated(schema):
    for path, method, operation in operations(schema):
        answer = operation["responses"].get(200, {}).get("content", {}).get("application/json", {}).get("schema", {})
        assert answer.get("type") != "array", (path, method)


def test_every_operation_may_answer_with_a_problem_that_is_described(schema):
    for _, _, operation in operations(schema):
        assert "application/problem+json" in operation["responses"]["default"]["content"]
    assert "request_id" in schema["components"]["schemas"]["Problem"]["properties"]


def test_every_reference_in_the_schema_leads_somewhere(schema):
    names = set(re.findall(r"#/components/schemas/([\w\[\]]+)", str(dict(schema))))

    assert names <= set(schema["components"]["schemas"])
    assert "#/$defs" not in str(dict(schema))


def test_no_answer_has_a_field_for_a_secret(schema):
    fields = {
        name
        for title, row in schema["components"]["schemas"].items()
        for name in row.get("properties", {})
        if not title.endswith("In")
    }

    assert not [name for name in fields if SECRETS.search(name)]
