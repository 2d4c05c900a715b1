"""The addresses of the acquisition pages."""

from django.urls import include, path

from acquisition.views import review, search, wants

app_name = "acquisition"
urlpatterns = [
    path("search/", search.search, name="search"),
    path("candidates/<int:pk>/snatch/", search.candidate_snatch, name="candidate-snatch"),
    path("candidates/<int:pk>/approve/", search.candidate_approve, name="candidate-approve"),
    path("candidates/<int:pk>/dismiss/", search.candidate_dismiss, name="candidate-dismiss"),
    path("candidates/<int:pk>/restore/", search.candidate_restore, name="candidate-restore"),
    path("releases/<int:pk>/take/", search.release_take, name="release-take"),
    path("books/<int:pk>/want/", wants.want_book, name="want-book"),
    path("books/<int:pk>/decline/", wants.book_decline, name="book-decline"),
    path("wants/<int:pk>/drop/", wants.want_drop, name="want-drop"),
    path("series/<int:pk>/want/", wants.series_want, name="series-want"),
    path("review/", review.review, name="review"),
    path("review/candidates/decide/", review.candidates_decide, name="candidates-decide"),
    path("review/downloads/<int:pk>/retry/", review.download_retry, name="download-retry"),
    path("review/downloads/<int:pk>/give-up/", review.download_give_up, name="download-give-up"),
    path("review/findings/<int:pk>/settle/", review.finding_settle, name="finding-settle"),
    path("review/findings/<int:pk>/reopen/", review.finding_reopen, name="finding-reopen"),
    path("review/proposals/", include("metadata.urls")),
]
