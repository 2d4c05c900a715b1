"""Application registry entry of the pages and of the commands that span the apps."""

from django.apps import AppConfig


class PagesConfig(AppConfig):
    name = "mamcrawler.pages"
    label = "pages"
