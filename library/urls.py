"""The addresses of the library pages."""

from django.urls import path

from library.views import (
    authors,
    books,
    calendar,
    curating,
    merging,
    missing,
    recommending,
    repairing,
    searching,
    series,
)

app_name = "library"
urlpatterns = [
    path("", books.book_list, name="book-list"),
    path("facets/", searching.book_facets, name="book-facets"),
    path("export.csv", searching.book_export, {"form": "csv"}, name="book-export-csv"),
    path("export.json", searching.book_export, {"form": "json"}, name="book-export-json"),
    path("searches/", searching.search_save, name="search-save"),
    path("searches/<int:pk>/rename/", searching.search_rename, name="search-rename"),
    path("searches/<int:pk>/delete/", searching.search_delete, name="search-delete"),
    path("calendar/", calendar.calendar, name="calendar"),
    path("calendar/subscribe/", calendar.calendar_subscribe, name="calendar-subscribe"),
    path("calendar/<str:token>.ics", calendar.calendar_feed, name="calendar-feed"),
    path("missing/", missing.missing_list, name="missing-list"),
    path("books/<int:pk>/", books.book_detail, name="book-detail"),
    path("books/<int:pk>/include/", curating.book_include, name="book-include"),
    path("books/<int:pk>/monitor/", curating.book_monitor, name="book-monitor"),
    path("authors/", authors.author_list, name="author-list"),
    path("authors/<int:pk>/", authors.author_detail, name="author-detail"),
    path("authors/<int:pk>/monitor/", authors.author_monitor, name="author-monitor"),
    path("recommendations/", recommending.recommendation_list, name="recommendation-list"),
    path(
        "recommendations/<slug:kind>/<int:pk>/follow/", recommending.recommendation_follow, name="recommendation-follow"
    ),
    path(
        "recommendations/<slug:kind>/<int:pk>/dismiss/",
        recommending.recommendation_dismiss,
        name="recommendation-dismiss",
    ),
    path(
        "recommendations/<slug:kind>/<int:pk>/restore/",
        recommending.recommendation_restore,
        name="recommendation-restore",
    ),
    path("series/", series.series_list, name="series-list"),
    path("series/<int:pk>/", series.series_detail, name="series-detail"),
    path("series/<int:pk>/monitor/", series.series_monitor, name="series-monitor"),
    path("editions/<int:pk>/fields/<slug:field>/lock/", curating.field_lock, name="field-lock"),
    path("editions/<int:pk>/fields/<slug:field>/unlock/", curating.field_unlock, name="field-unlock"),
    path("editions/<int:pk>/place/", curating.edition_place, name="edition-place"),
    path("editions/<int:pk>/unplace/", curating.edition_unplace, name="edition-unplace"),
    path("changes/<int:pk>/undo/", curating.change_undo, name="change-undo"),
    path("batches/<uuid:batch>/undo/", curating.batch_undo, name="batch-undo"),
    path("merge/<slug:kind>/<int:pk>/", merging.merge, name="merge"),
    path("books/<int:pk>/split/", merging.book_split, name="book-split"),
    path("repair/duplicates/", repairing.duplicate_list, name="duplicate-list"),
    path("repair/duplicates/<int:pk>/dismiss/", repairing.duplicate_dismiss, name="duplicate-dismiss"),
    path("repair/duplicates/<int:pk>/restore/", repairing.duplicate_restore, name="duplicate-restore"),
    path("repair/match/", repairing.match_list, name="match-list"),
    path("repair/match/choose/", repairing.match_choose, name="match-choose"),
    path("repair/match/<int:pk>/dismiss/", repairing.match_dismiss, name="match-dismiss"),
    path("repair/match/<int:pk>/restore/", repairing.match_restore, name="match-restore"),
    path("repair/names/", repairing.name_list, name="name-list"),
    path("repair/names/clean/", repairing.name_clean, name="name-clean"),
    path("repair/history/", repairing.regrouping_list, name="regrouping-list"),
    path("repair/history/<int:pk>/undo/", repairing.regrouping_undo, name="regrouping-undo"),
]
