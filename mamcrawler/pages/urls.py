"""The addresses of the pages that show several apps."""

from django.contrib.auth.views import LogoutView
from django.urls import path

from mamcrawler.pages import access, dashboard, health, jobs, queue, setup

urlpatterns = [
    path("", dashboard.dashboard, name="dashboard"),
    path("sign-in/", access.SignInView.as_view(), name="sign-in"),
    path("sign-out/", LogoutView.as_view(), name="sign-out"),
    path("setup/", setup.setup, name="setup"),
    path("setup/test/<slug:system>/", setup.setup_test, name="setup-test"),
    path("setup/shelves/", setup.setup_shelves, name="setup-shelves"),
    path("setup/shelves/<int:pk>/switch/", setup.shelf_switch, name="shelf-switch"),
    path("setup/shelves/<int:pk>/remove/", setup.shelf_remove, name="shelf-remove"),
    path("jobs/", jobs.job_list, name="jobs"),
    path("jobs/active/", jobs.active_runs, name="active-runs"),
    path("jobs/<slug:kind>/start/", jobs.job_start, name="job-start"),
    path("jobs/runs/<int:pk>/", jobs.job_run, name="job-run"),
    path("jobs/runs/<int:pk>/pause/", jobs.job_pause, name="job-pause"),
    path("jobs/runs/<int:pk>/resume/", jobs.job_resume, name="job-resume"),
    path("jobs/runs/<int:pk>/cancel/", jobs.job_cancel, name="job-cancel"),
    path("queue/", queue.queue, name="queue"),
    path("queue/<int:pk>/retry/", queue.download_retry, name="download-retry"),
    path("queue/<int:pk>/give-up/", queue.download_give_up, name="download-give-up"),
    path("health/", health.health, name="health"),
    path("health/hosts/<str:host>/resume/", health.host_resume, name="host-resume"),
    path("healthz", health.healthz, name="healthz"),
]
