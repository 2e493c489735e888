"""Django settings; everything that differs between machines comes from `annotator.env`."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import dj_database_url
from csp.constants import NONE, SELF
from django.core.management.utils import get_random_secret_key

from annotator import env


def _secret_key(var_dir: Path) -> str:
    """The configured key, or one made once and kept readable for its owner only."""
    given = env.text("SECRET_KEY")
    if given:
        return given
    path = var_dir / "secret_key"
    try:
        with path.open("x", encoding="ascii") as file:
            path.chmod(0o600)
            file.write(get_random_secret_key())
    except FileExistsError:
        pass
    return path.read_text(encoding="ascii")


def _database(var_dir: Path) -> dict[str, Any]:
    given = env.url("DATABASE_URL", frozenset({"postgresql", "postgres", "sqlite"}))
    if given:
        parsed = dict(dj_database_url.parse(given, conn_max_age=60, conn_health_checks=True))
        if "sqlite" not in str(parsed["ENGINE"]):
            return parsed
        name: object = parsed["NAME"]
    else:
        name = var_dir / "crossgloss.sqlite3"
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": name,
        "OPTIONS": {
            "timeout": 30,
            "transaction_mode": "IMMEDIATE",
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA temp_store=MEMORY;",
        },
    }


BASE_DIR = env.BASE_DIR
VAR_DIR = env.folder("VAR_DIR")
SECRET_KEY = _secret_key(VAR_DIR)
DEBUG = env.flag("DEBUG")
SITE_URL = env.url("SITE_URL", frozenset({"http", "https"})).rstrip("/")
BIND = env.bind_address(SITE_URL)
ALLOWED_HOSTS = [*env.names("ALLOWED_HOSTS"), urlsplit(SITE_URL).hostname]
IS_SECURE = urlsplit(SITE_URL).scheme == "https"

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django_htmx",
    "csp",
    "rest_framework",
    "rest_framework.authtoken",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "annotator",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.middleware.gzip.GZipMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "annotator.middleware.AccountLanguageMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
]
ROOT_URLCONF = "annotator.urls"
WSGI_APPLICATION = "annotator.wsgi.application"
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
                "annotator.interface.interface",
            ],
            "builtins": ["django.templatetags.i18n"],
        },
    }
]
DATABASES = {"default": _database(VAR_DIR)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "annotator.User"
AUTHENTICATION_BACKENDS = ["django.contrib.auth.backends.ModelBackend", "sesame.backends.ModelBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "account-login"
LOGIN_REDIRECT_URL = "project-list"
LOGOUT_REDIRECT_URL = "account-login"
SESAME_MAX_AGE = 24 * 60 * 60
SESAME_ONE_TIME = True

LANGUAGE_CODE = "en"
# Each by its own name, for people who read no other.
LANGUAGES = [("en", "English"), ("es", "Español"), ("ar", "العربية")]
LOCALE_PATHS = [BASE_DIR / "locale"]
LANGUAGE_COOKIE_NAME = "language"
USE_TZ = True
TIME_ZONE = "UTC"

STATIC_URL = "static/"
STATIC_ROOT = VAR_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
MEDIA_ROOT = VAR_DIR / "media"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "annotator.static_storage.SlimStaticFilesStorage"},
}
MODELS_DIR = env.text("MODELS_DIR") or str(VAR_DIR / "pretrained")
ENDPOINT_HOSTS = env.names("ENDPOINT_HOSTS")
ENDPOINT_KEYS = env.names("ENDPOINT_KEYS")
UPLOAD_MAX_BYTES = env.integer("UPLOAD_MAX_MB", minimum=1, maximum=4096) * 1024 * 1024
DATA_UPLOAD_MAX_MEMORY_SIZE = UPLOAD_MAX_BYTES

SESSION_COOKIE_SECURE = IS_SECURE
CSRF_COOKIE_SECURE = IS_SECURE
CSRF_TRUSTED_ORIGINS = [SITE_URL]
SECURE_SSL_REDIRECT = IS_SECURE
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if IS_SECURE else None
SECURE_HSTS_SECONDS = 365 * 24 * 60 * 60 if IS_SECURE else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = IS_SECURE
SECURE_HSTS_PRELOAD = IS_SECURE
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
    },
}

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "rest_framework.authentication.TokenAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PAGINATION_CLASS": "rest_framework.pagination.CursorPagination",
    "PAGE_SIZE": 100,
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "annotator.api.errors.handle_exception",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Crossgloss API",
    "DESCRIPTION": "Import, project, review and export labels.",
    "VERSION": "1.0.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
    "SORT_OPERATIONS": False,
    "ENUM_NAME_OVERRIDES": {
        "AnnotationState": "annotator.models.Annotation.State",
        "BulkAct": "annotator.api.serializers.bulks.ACTS",
        "BulkKind": "annotator.models.Bulk.Kind",
        "BulkState": "annotator.models.Bulk.State",
        "FileEncoding": "annotator.api.serializers.imports.ENCODINGS",
        "FileRole": "annotator.models.ImportFile.Role",
        "ImportState": "annotator.models.Import.State",
        "ItemState": "annotator.models.Item.State",
        "JobState": "annotator.models.Job.State",
        "LayerKind": "annotator.models.Layer.Kind",
        "OpenOnly": "annotator.api.serializers.items.OPEN_ONLY",
        "MemberRole": "annotator.models.Membership.Role",
        "ReviewState": "annotator.models.Review.State",
    },
}

CELERY_BROKER_URL = env.url("CELERY_BROKER_URL", env.BROKER_SCHEMES) or "filesystem://localhost"
QUEUE_PREFIX = env.text("QUEUE_PREFIX")
WORKER_CONCURRENCY = env.integer("WORKER_CONCURRENCY", minimum=1, maximum=64)
JOB_LEASE_S = env.integer("JOB_LEASE_S", minimum=2, maximum=3600)

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name} {message}", "style": "{"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": "WARNING"},
    "loggers": {"annotator": {"level": env.choice("LOG_LEVEL", env.LOG_LEVELS)}},
}
