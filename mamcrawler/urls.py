"""Every address of the application."""

from django.contrib import admin
from django.urls import include, path

from mamcrawler.api import api

admin.site.site_url = None  # its pages lead back in their own words, see admin/base_site.html

urlpatterns = [
    path("", include("mamcrawler.pages.urls")),
    path("library/", include("library.urls")),
    path("acquisition/", include("acquisition.urls")),
    path("tracker/", include("tracker.urls")),
    path("api/v1/", api.urls),
    path("admin/", admin.site.urls),
]

handler400 = "mamcrawler.pages.refusals.not_understood"
