"""The addresses of proposals, included below the review page that shows them."""

from django.urls import path

from metadata import views

urlpatterns = [
    path("decide/", views.proposals_decide, name="proposals-decide"),
    path("<int:pk>/accept/", views.proposal_accept, name="proposal-accept"),
    path("<int:pk>/reject/", views.proposal_reject, name="proposal-reject"),
    path("<int:pk>/undo/", views.proposal_undo, name="proposal-undo"),
]
