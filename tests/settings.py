"""The product's settings in a fresh folder, with no `.env` and real time; tests speed time up where they need it."""

import os
import tempfile

os.environ["MAMCRAWLER_IGNORE_DOTENV"] = "1"
os.environ["DATA_DIR"] = tempfile.mkdtemp(prefix="mamcrawler-tests-")
os.environ["SANDBOX_TIME_FACTOR"] = "1"

from mamcrawler.settings import *  # noqa: F403

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
AXES_ENABLED = False
WHITENOISE_AUTOREFRESH = True  # else each test client would read all static files before its first request
CACHES = {"default": {"BACKEND": "django.core.cache.backends.dummy.DummyCache"}}
