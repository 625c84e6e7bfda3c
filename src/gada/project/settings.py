"""Settings of a node. Everything a user may set is an environment variable named in docs/run.md."""

from __future__ import annotations

import os
from pathlib import Path

import dj_database_url

from gada.vault import node

SOURCE = Path(__file__).resolve().parent.parent
DATA = node.data_directory()
DEBUG = False
SECRET_KEY = "replaced when the node is unlocked"  # see gada.project.secret: derived from the node key
ALLOWED_HOSTS = os.environ.get("GADA_HOSTS", "127.0.0.1,localhost,[::1]").split(",")
NETWORK_ADDRESSES: list[str] = []  # where phones reach this process over HTTPS: `gada serve --https` knows
BEHIND_HTTPS = os.environ.get("GADA_HTTPS", "") == "1"

INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django_tasks",
    "django_tasks_db",
    "gada.vault",
    "gada.journal",
    "gada.agencies",
    "gada.people",
    "gada.biometrics",
    "gada.matching",
    "gada.credentials",
    "gada.fixing",
    "gada.surveys",
    "gada.assistance",
    "gada.presence",
    "gada.exchange",
    "gada.console",
    "gada.project",
]
INSTALLED_APPS = [
    app
    for app in INSTALLED_APPS
    if not app.startswith("gada.") or (SOURCE / app.split(".")[1] / "apps.py").exists()
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "gada.project.middleware.Compressed",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "gada.project.middleware.ContentSecurity",
    "gada.project.middleware.LockedNode",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "gada.agencies.middleware.SignedIn",
    "django.contrib.messages.middleware.MessageMiddleware",
    "gada.project.middleware.Refusals",
    "gada.project.idempotency.IdempotentWrites",
]
ROOT_URLCONF = "gada.project.urls"
WSGI_APPLICATION = "gada.project.wsgi.application"
TEMPLATES = [{
    "BACKEND": "django.template.backends.django.DjangoTemplates",
    "DIRS": [SOURCE / "project" / "templates"],
    "APP_DIRS": True,
    "OPTIONS": {"context_processors": [
        "django.template.context_processors.request",
        "django.contrib.auth.context_processors.auth",
        "django.contrib.messages.context_processors.messages",
        "gada.project.frame.frame",
    ]},
}]

SQLITE_OPTIONS = {
    # Deferred transactions lost four fifths of concurrent writes when measured (design §5).
    "transaction_mode": "IMMEDIATE",
    "timeout": 20,
    "init_command": "PRAGMA journal_mode=WAL;PRAGMA synchronous=FULL;PRAGMA temp_store=MEMORY;PRAGMA cache_size=-65536;"
    "PRAGMA wal_autocheckpoint=8000;PRAGMA secure_delete=ON",
}
if url := os.environ.get("DATABASE_URL"):
    DATABASES = {"default": dj_database_url.parse(url, conn_max_age=60)}
else:
    DATABASES = {
        "default": {
            "ENGINE": "gada.vault.sqlcipher",
            "NAME": str(DATA / "gada.db"),
            "OPTIONS": SQLITE_OPTIONS,
            "CONN_MAX_AGE": None,
        }
    }
DATABASE_ROUTERS = ["gada.journal.rebuilding.RebuildRouter"]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "agencies.Operator"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
LOGIN_URL = "agencies:sign-in"
GADA_PLACES = os.environ.get("GADA_PLACES", "")
LINKAGE_MODEL = os.environ.get("GADA_LINKAGE_MODEL", "")
GALLERY_IN_MEMORY = int(os.environ["GADA_GALLERY_IN_MEMORY"]) if os.environ.get("GADA_GALLERY_IN_MEMORY") else None
SECOND_READING_PERCENT = float(os.environ.get("GADA_SECOND_READING_PERCENT", "5"))
IDLE_MINUTES = int(os.environ.get("GADA_IDLE_MINUTES", "15"))
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = BEHIND_HTTPS
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
if BEHIND_HTTPS:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

LANGUAGE_CODE = os.environ.get("GADA_LANGUAGE", "fr")
LANGUAGES = [("fr", "Français"), ("en", "English")]
LOCALE_PATHS = [SOURCE / "project" / "locale", SOURCE / "engine" / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = os.environ.get("GADA_TIME_ZONE", "Africa/Niamey")

STATIC_URL = "/static/"
STATICFILES_DIRS: list[Path] = [SOURCE / "project" / "static"]
# Served straight from the package: an installed node has nothing to collect and nothing to forget.
WHITENOISE_USE_FINDERS = True
WHITENOISE_MAX_AGE = 3600

# Larger uploads go to disk in Django; ours never do, because everything on disk is encrypted.
FILE_UPLOAD_HANDLERS = ["django.core.files.uploadhandler.MemoryFileUploadHandler"]
FILE_UPLOAD_MAX_MEMORY_SIZE = 256 * 1024 * 1024
DATA_UPLOAD_MAX_MEMORY_SIZE = 32 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 5000

TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend"}}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": os.environ.get("GADA_LOG_LEVEL", "WARNING")},
}
SILENCED_SYSTEM_CHECKS = ["security.W009"]  # the secret key is derived at unlock
