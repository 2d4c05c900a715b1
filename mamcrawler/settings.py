"""Settings, all read from the environment; `.env.example` lists every variable.

With no outside system configured the application runs on the sandbox, with its own database and folders.
"""

import os
import secrets
from pathlib import Path

import django_stubs_ext
import environ
from csp.constants import NONE, SELF
from django.contrib.messages import constants as message_levels

from mamcrawler import __version__
from mamcrawler.lib import clock
from mamcrawler.lib.logs import logging_settings
from mamcrawler.sandbox.accounts import SECRETS as SANDBOX_SECRETS

django_stubs_ext.monkeypatch()  # lets classes such as ModelAdmin name their model as a type parameter

BASE_DIR = Path(__file__).resolve().parent.parent
VERSION = __version__

env = environ.FileAwareEnv()  # NAME_FILE is read where NAME is not given, for container secrets
if not env.bool("MAMCRAWLER_IGNORE_DOTENV", default=False):
    env.read_env(BASE_DIR / ".env")

# --- Which outside systems are configured; one real credential switches the sandbox off -----------------------------

TRACKER_COOKIE = env.str("MAM_ID", default="")
PROWLARR_API_KEY = env.str("PROWLARR_API_KEY", default="")
QBITTORRENT_URL = env.str("QBITTORRENT_URL", default="")
AUDIOBOOKSHELF_TOKEN = env.str("AUDIOBOOKSHELF_TOKEN", default="")
HARDCOVER_TOKEN = env.str("HARDCOVER_TOKEN", default="")
LIBRARY_FOLDERS = env.list("LIBRARY_FOLDERS", default=[])

SANDBOX = not any(
    [TRACKER_COOKIE, PROWLARR_API_KEY, QBITTORRENT_URL, AUDIOBOOKSHELF_TOKEN, HARDCOVER_TOKEN, LIBRARY_FOLDERS]
)

# --- Places ---------------------------------------------------------------------------------------------------------

HOST = env.str("HOST", default="127.0.0.1")
PORT = env.int("PORT", default=8000)
DATA_ROOT = Path(env.str("DATA_DIR", default=str(BASE_DIR / "data")))
DATA_DIR = DATA_ROOT / "sandbox" if SANDBOX else DATA_ROOT
DATA_DIR.mkdir(parents=True, exist_ok=True)
COVERS_DIR = DATA_DIR / "covers"

# --- The sandbox ----------------------------------------------------------------------------------------------------

SANDBOX_PORT = env.int("SANDBOX_PORT", default=PORT + 1)
SANDBOX_ROOT = DATA_DIR / "world"
SANDBOX_URL = f"http://127.0.0.1:{SANDBOX_PORT}"
SANDBOX_TIME_FACTOR = env.float("SANDBOX_TIME_FACTOR", default=300.0 if SANDBOX else 1.0)
SANDBOX_CLOCK = DATA_DIR / "clock.json"
if SANDBOX and SANDBOX_TIME_FACTOR != 1.0:
    clock.follow(SANDBOX_CLOCK, speed=SANDBOX_TIME_FACTOR)

# --- Outside systems: address and credential of each ----------------------------------------------------------------

TRACKER_URL = env.str("MAM_URL", default="https://www.myanonamouse.net")
TRACKER_PAGES_ALLOWED = env.bool("MAM_CRAWL_PAGES", default=False)
PROWLARR_URL = env.str("PROWLARR_URL", default="http://127.0.0.1:9696")
QBITTORRENT_USERNAME = env.str("QBITTORRENT_USERNAME", default="")
QBITTORRENT_PASSWORD = env.str("QBITTORRENT_PASSWORD", default="")
QBITTORRENT_CATEGORY = env.str("QBITTORRENT_CATEGORY", default="audiobooks")
QBITTORRENT_SAVE_PATH = env.str("QBITTORRENT_SAVE_PATH", default="")
AUDIOBOOKSHELF_URL = env.str("AUDIOBOOKSHELF_URL", default="http://127.0.0.1:13378")
HARDCOVER_URL = env.str("HARDCOVER_URL", default="https://api.hardcover.app/v1")
AUDNEXUS_URL = env.str("AUDNEXUS_URL", default="https://api.audnex.us")

if SANDBOX:
    TRACKER_URL, TRACKER_COOKIE = f"{SANDBOX_URL}/mam", SANDBOX_SECRETS.mam_id
    TRACKER_PAGES_ALLOWED = True
    PROWLARR_URL, PROWLARR_API_KEY = f"{SANDBOX_URL}/prowlarr", SANDBOX_SECRETS.prowlarr_key
    QBITTORRENT_URL = f"{SANDBOX_URL}/qbittorrent"
    QBITTORRENT_USERNAME = SANDBOX_SECRETS.qb_username
    QBITTORRENT_PASSWORD = SANDBOX_SECRETS.qb_password
    QBITTORRENT_SAVE_PATH = str(SANDBOX_ROOT / "downloads")
    AUDIOBOOKSHELF_URL, AUDIOBOOKSHELF_TOKEN = f"{SANDBOX_URL}/audiobookshelf", SANDBOX_SECRETS.abs_token
    HARDCOVER_URL, HARDCOVER_TOKEN = f"{SANDBOX_URL}/hardcover/v1", SANDBOX_SECRETS.hardcover_token
    AUDNEXUS_URL = f"{SANDBOX_URL}/audnexus"

REDACTED = [
    value
    for value in [
        TRACKER_COOKIE, PROWLARR_API_KEY, QBITTORRENT_PASSWORD, AUDIOBOOKSHELF_TOKEN, HARDCOVER_TOKEN,
    ]
    if len(value) >= 8
]  # fmt: skip

# --- Django ---------------------------------------------------------------------------------------------------------


def _secret_key() -> str:
    """The configured key, or one made at the first start and kept where only we can read it."""
    if configured := env.str("SECRET_KEY", default=""):
        return str(configured)
    path = DATA_DIR / "secret.key"
    if not path.exists():
        made = os.open(path, os.O_WRONLY | os.O_CREAT, 0o600)
        os.write(made, secrets.token_urlsafe(48).encode())
        os.close(made)
    return path.read_text(encoding="utf-8").strip()


SECRET_KEY = _secret_key()
SECRET_KEY_FALLBACKS = env.list("SECRET_KEY_FALLBACKS", default=[])
DEBUG = env.bool("DEBUG", default=False)
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["127.0.0.1", "localhost", "[::1]"])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])

INSTALLED_APPS = [
    "mamcrawler.operations",
    "library",
    "tracker",
    "acquisition",
    "metadata",
    "mamcrawler.pages",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django_htmx",
    "django_q",
    "django_structlog",
    "axes",
    "csp",
    "ninja",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django_structlog.middlewares.RequestMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "mamcrawler.urls"
WSGI_APPLICATION = "mamcrawler.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "mamcrawler.pages.context.standing",
            ],
        },
    },
    {  # what stands on a page many times
        "BACKEND": "django.template.backends.jinja2.Jinja2",
        "NAME": "rows",
        "DIRS": [BASE_DIR / "templates" / "rows"],
        "OPTIONS": {"environment": "mamcrawler.pages.rows.environment"},
    },
]

# The sandbox keeps its hands off a configured database: it always has a file of its own.
_database_url = f"sqlite:///{DATA_DIR / 'mamcrawler.sqlite3'}"
DATABASES = {"default": env.db_url_config(_database_url if SANDBOX else env.str("DATABASE_URL", default=_database_url))}
if test_database := env.str("TEST_DATABASE_URL", default=""):
    DATABASES = {"default": env.db_url_config(test_database)}
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    DATABASES["default"]["OPTIONS"] = {
        "timeout": 20,
        "transaction_mode": "IMMEDIATE",
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA cache_size=-16000; "
        "PRAGMA wal_autocheckpoint=8000;",  # 32 MB: a first sync spends less of its time in checkpoints
    }
else:
    DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
    # A library fits into memory, where reading here and there is cheap; pages are small questions, asked several at a
    # time, that gain nothing from a second process or a compiler. Only what `mamcrawler/lib/keyed.py` asks is prepared,
    # to be planned once for any keys. What the address itself says goes before.
    _planning = "-c random_page_cost=1.1 -c max_parallel_workers_per_gather=0 -c jit=off"
    _planning += " -c plan_cache_mode=force_generic_plan"
    _options = DATABASES["default"].setdefault("OPTIONS", {})
    _options.setdefault("options", _planning)
    _options.setdefault("prepare_threshold", 1_000_000_000)
DATABASES["default"]["CONN_MAX_AGE"] = 60  # opening one takes longer than most questions
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "operations.User"
AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "mamcrawler.operations.sessions.PersonBackend"]
SESSION_ENGINE = "mamcrawler.operations.sessions"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "sign-in"
LOGIN_REDIRECT_URL = "dashboard"
LOGOUT_REDIRECT_URL = "sign-in"
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = 0.25  # hours
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_LOCKOUT_TEMPLATE = "registration/locked_out.html"
AXES_VERBOSE = False

LANGUAGE_CODE = "en-gb"
TIME_ZONE = env.str("TIME_ZONE", default="UTC")
USE_I18N = False
USE_TZ = True

STATIC_URL = "static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATIC_ROOT = DATA_DIR / "static"
STATIC_ROOT.mkdir(exist_ok=True)  # WhiteNoise warns of a folder that is not there
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = DEBUG

SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
# Behind a proxy with TLS; at home on plain HTTP a secure cookie would lock everybody out.
_https = env.bool("HTTPS", default=False)
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT = _https
SECURE_HSTS_SECONDS = 31_536_000 if _https else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = _https
if _https:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
else:
    SILENCED_SYSTEM_CHECKS = ["security.W004", "security.W008", "security.W012", "security.W016"]
SESSION_COOKIE_NAME = "mamcrawler_session"
CSRF_COOKIE_NAME = "mamcrawler_csrf"

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "img-src": [SELF, "data:"],
        "object-src": [NONE],
        "base-uri": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}

MESSAGE_TAGS = {message_levels.ERROR: "danger"}

# --- Work in the background -----------------------------------------------------------------------------------------

REDIS_URL = "" if SANDBOX else env.str("REDIS_URL", default="")
Q_CLUSTER = {
    "name": "mamcrawler",
    "workers": env.int("WORKERS", default=2),
    "queue_limit": 1,
    "bulk": 1,
    "ack_failures": True,
    "catch_up": False,
    "timeout": 900,
    # Its clock starts when a task is queued in the worker, so a short one would run tasks twice.
    "retry": 7200,
    "daemonize_workers": False,
    "save_limit": 200,
    "max_attempts": 1,
    "label": "Queue",
} | ({"redis": REDIS_URL} if REDIS_URL else {"orm": "default", "poll": 0.5})

# --- Logs -----------------------------------------------------------------------------------------------------------

LOG_FORMAT = env.str("LOG_FORMAT", default="console")
LOGGING = logging_settings(level=env.str("LOG_LEVEL", default="INFO"), form=LOG_FORMAT, secrets=REDACTED)
DJANGO_STRUCTLOG_USER_ID_FIELD = "pk"

NINJA_PAGINATION_PER_PAGE = 50
NINJA_PAGINATION_MAX_LIMIT = 500
