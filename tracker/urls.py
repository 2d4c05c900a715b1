"""The addresses of the tracker pages."""

from django.urls import path

from tracker import views

app_name = "tracker"
urlpatterns = [
    path("guides/", views.document_list, name="document-list"),
    path("guides/<int:pk>/", views.document_detail, name="document-detail"),
]
