"""Who may see and do what, and what every page keeps to."""

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.template.loader import render_to_string
from django.test import Client
from django.urls import get_resolver, reverse

from mamcrawler.operations.models import User
from mamcrawler.operations.sessions import BACKEND
from tests.factories import DownloadFactory, UserFactory

TEMPLATES = sorted(Path(settings.BASE_DIR / "templates").rglob("*.html"))
PAGES = ["dashboard", "jobs", "active-runs", "queue", "health"]
CURATOR_ACTIONS: list[tuple[str, list[object]]] = [
    ("job-start", ["cycle"]),
    ("job-pause", [1]),
    ("job-resume", [1]),
    ("job-cancel", [1]),
    ("download-retry", [1]),
    ("download-give-up", [1]),
]
OWNER_ACTIONS: list[tuple[str, list[object]]] = [
    ("setup-test", ["database"]),
    ("setup-shelves", []),
    ("host-resume", ["tracker"]),
]


@pytest.mark.parametrize("name", PAGES)
def test_a_stranger_is_led_to_the_sign_in_page(client, db, name):
    UserFactory()

    answer = client.get(reverse(name))

    assert answer.status_code == 302
    assert answer["Location"].startswith(reverse("sign-in"))


@pytest.mark.parametrize("name", PAGES)
def test_a_viewer_may_look_at_every_page(viewer, name):
    assert viewer.get(reverse(name)).status_code == 200


@pytest.mark.parametrize(("name", "args"), CURATOR_ACTIONS + OWNER_ACTIONS)
def test_a_viewer_may_not_act_and_reads_why(viewer, name, args):
    answer = viewer.post(reverse(name, args=args))

    assert answer.status_code == 403
    assert "This takes the role of" in answer.content.decode()


@pytest.mark.parametrize(("name", "args"), [("setup", []), *OWNER_ACTIONS])
def test_a_curator_may_not_do_what_is_the_owners(curator, name, args):
    answer = curator.post(reverse(name, args=args))

    assert answer.status_code == 403
    assert "the role of an owner" in answer.content.decode()


@pytest.mark.parametrize(("name", "args"), CURATOR_ACTIONS + OWNER_ACTIONS)
def test_no_action_is_done_by_following_a_link(owner, name, args):
    assert owner.get(reverse(name, args=args)).status_code == 405


def test_signing_in_and_out(client, db):
    user = UserFactory()

    inside = client.post(reverse("sign-in"), {"username": user.username, "password": "a long example password"})
    outside = client.post(reverse("sign-out"))

    assert inside["Location"] == reverse("dashboard")
    assert outside["Location"] == reverse("sign-in")
    assert client.get(reverse("dashboard")).status_code == 302


def test_a_wrong_password_is_told_on_the_sign_in_page(client, db):
    user = UserFactory()

    answer = client.post(reverse("sign-in"), {"username": user.username, "password": "wrong"})

    assert answer.status_code == 200
    assert "enter a correct username and password" in answer.content.decode()


def test_a_deactivated_person_is_a_stranger(client, db):
    user = UserFactory(role=User.Role.OWNER)
    client.force_login(user, backend=BACKEND)
    User.objects.filter(pk=user.pk).update(is_active=False)

    assert client.get(reverse("dashboard")).status_code == 302


@pytest.mark.parametrize("name", ["dashboard", "sign-in"])
def test_the_content_policy_allows_nothing_unsafe(owner, client, name):
    browser = client if name == "sign-in" else owner

    policy = browser.get(reverse(name))["Content-Security-Policy"]

    assert "default-src 'self'" in policy
    assert "unsafe" not in policy


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.name)
def test_templates_keep_to_the_content_policy(template):
    text = template.read_text(encoding="utf-8")

    assert not re.search(r"<script(?![^>]*\bsrc=)", text)
    assert not re.search(r"<style|\sstyle=|\son[a-z]+=|hx-on|javascript:|https?://", text)


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.name)
def test_every_icon_a_template_names_is_in_the_sprite(template):
    sprite = (settings.BASE_DIR / "static/vendor/tabler-icons/sprite.svg").read_text(encoding="utf-8")
    text = template.read_text(encoding="utf-8")
    named = re.findall(r"{% icon \"([a-z0-9-]+)\"", text) + re.findall(r"\bicon(?:_name)?=\"([a-z0-9-]+)\"", text)

    assert [name for name in named if f'id="{name}"' not in sprite] == []


@pytest.mark.parametrize("path", ["/nowhere/", "/queue/999/retry/"])
def test_what_is_not_there_is_told_in_the_pages_look(owner, path):
    answer = owner.post(path)

    assert answer.status_code == 404
    assert "There is no such page" in answer.content.decode()


def test_the_sidebar_marks_where_we_are(viewer):
    DownloadFactory()

    page = viewer.get(reverse("queue")).content.decode()

    assert re.findall(r'href="([^"]+)" aria-current="page"', page) == [reverse("queue")]
    assert "Set-up" not in page


def test_all_of_repair_is_marked_as_repair(viewer):
    page = viewer.get(reverse("library:match-list")).content.decode()

    assert f'href="{reverse("library:duplicate-list")}" aria-current="page"' in page


@pytest.mark.parametrize("name", ["400.html", "403.html", "404.html", "500.html"])
def test_an_error_page_needs_nothing_of_the_request(name):
    assert "To the dashboard" in render_to_string(name)


def test_an_address_that_is_not_allowed_is_told_with_its_setting(client):
    answer = client.get("/", headers={"Host": "mybox.local:8000"})

    assert answer.status_code == 400
    assert '<strong class="break">mybox.local</strong>' in answer.content.decode()
    assert "ALLOWED_HOSTS" in answer.content.decode()


def test_an_address_that_is_no_address_is_told_too_and_shown_safely(client):
    answer = client.get("/", headers={"Host": "<script>"})

    assert answer.status_code == 400
    assert "<script>" not in answer.content.decode().partition("<body")[2]


def test_a_form_that_is_too_old_is_told_in_words(db):
    answer = Client(enforce_csrf_checks=True).post(reverse("sign-in"), {"username": "x", "password": "x"})

    assert answer.status_code == 403
    assert "This form is too old" in answer.content.decode()


def test_after_five_wrong_passwords_a_name_is_locked_out_for_a_while(client, db, settings):
    settings.AXES_ENABLED = True
    user = UserFactory()

    answers = [client.post(reverse("sign-in"), {"username": user.username, "password": "wrong"}) for _ in range(6)]

    assert answers[0].status_code == 200
    assert answers[-1].status_code == 429
    assert "Too many wrong passwords" in answers[-1].content.decode()


def addresses_of_rows(patterns, before=""):
    """Every address that takes whole numbers and nothing else, with a number that the key of no row can be."""
    for pattern in patterns:
        route = before + str(pattern.pattern)
        if hasattr(pattern, "url_patterns"):
            if not route.startswith("admin/"):
                yield from addresses_of_rows(pattern.url_patterns, route)
        elif "<int:" in route and not re.search(r"<(?!int:)", route):
            yield "/" + re.sub(r"<int:\w+>", str(10**30), route)


ROWS = sorted(set(addresses_of_rows(get_resolver().url_patterns)))


def test_there_are_pages_of_rows_and_their_twins():
    assert len(ROWS) > 40
    assert {f"/library/books/{10**30}/", f"/api/v1/books/{10**30}"} <= set(ROWS)


@pytest.mark.parametrize("address", ROWS)
def test_a_number_that_no_key_can_be_is_not_found(owner, address):
    assert owner.get(address).status_code in (404, 405)
    assert owner.post(address, {}, content_type="application/json").status_code in (400, 404, 405, 422)
