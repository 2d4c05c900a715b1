"""The admin finds every row of every model, quickly, and shows no secret."""

import pytest
from django.apps import apps
from django.contrib import admin
from django.db import models
from django.test import Client
from django.urls import reverse

from tests import factories, listenfactories
from tests.visitors import queries_of, visitor

pytestmark = pytest.mark.django_db

OURS = [model for app in ("library", "tracker", "acquisition", "metadata", "operations")
        for model in apps.get_app_config(app).get_models()]  # fmt: skip


def factory_of(model: type[models.Model]):
    name = f"{model.__name__}Factory"
    return getattr(factories, name, None) or getattr(listenfactories, name)


@pytest.fixture
def keeper(db) -> Client:
    return visitor("owner", is_staff=True, is_superuser=True)


@pytest.fixture
def no_sidebar(monkeypatch) -> None:
    """Show no list of all models beside a page, which takes half of its time."""
    monkeypatch.setattr(admin.site, "enable_nav_sidebar", False)


@pytest.mark.parametrize("model", OURS, ids=lambda model: model.__name__)
def test_every_model_can_be_searched_and_filtered(model):
    registered = admin.site.get_model_admin(model)

    assert registered.search_fields
    assert registered.list_filter or model.__name__ == "Narrator"


@pytest.mark.parametrize("model", OURS, ids=lambda model: model.__name__)
def test_a_list_takes_as_many_queries_for_six_rows_as_for_two(keeper, no_sidebar, model):
    url = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
    factory_of(model).create_batch(2)
    few = queries_of(keeper, url)

    factory_of(model).create_batch(4)

    assert queries_of(keeper, url) == few


@pytest.mark.parametrize("model", OURS, ids=lambda model: model.__name__)
def test_every_row_opens_and_is_found(keeper, no_sidebar, model):
    row = factory_of(model)()
    name = f"admin:{model._meta.app_label}_{model._meta.model_name}"

    assert keeper.get(reverse(f"{name}_change", args=[row.pk])).status_code == 200
    assert keeper.get(reverse(f"{name}_changelist"), {"q": "zzz"}).status_code == 200


def test_the_session_shows_no_cookie(keeper):
    session = factories.TrackerSessionFactory()

    page = keeper.get(reverse("admin:tracker_trackersession_change", args=[session.pk])).content.decode()

    assert session.sealed_cookie not in page
    assert session.seed_digest not in page


def test_a_key_shows_no_digest(keeper):
    key = factories.ApiKeyFactory()

    page = keeper.get(reverse("admin:operations_apikey_change", args=[key.pk])).content.decode()

    assert key.digest not in page


def test_the_torrents_info_is_not_offered_for_editing(keeper):
    download = factories.DownloadFactory(info_dictionary=b"d4:name7:examplee")

    page = keeper.get(reverse("admin:acquisition_download_change", args=[download.pk])).content.decode()

    assert "info_dictionary" not in page


def test_what_the_program_wrote_can_not_be_made_up(keeper):
    assert keeper.get(reverse("admin:library_change_add")).status_code == 403
    assert keeper.get(reverse("admin:operations_auditentry_add")).status_code == 403


def test_the_record_of_deeds_can_not_be_deleted(keeper):
    entry = factories.AuditEntryFactory()

    assert keeper.post(reverse("admin:operations_auditentry_delete", args=[entry.pk])).status_code == 403


def test_a_person_can_repair_the_status_of_a_want(keeper):
    want = factories.WantFactory()

    keeper.post(
        reverse("admin:acquisition_want_change", args=[want.pk]),
        {"status": "searching", "hold": "", "explanation": "set right by hand"},
    )

    want.refresh_from_db()
    assert (want.status, want.explanation) == ("searching", "set right by hand")
