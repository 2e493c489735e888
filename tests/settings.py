"""Settings of the test run: the real ones in a folder of their own, with cheap passwords and unhashed static names."""

from __future__ import annotations

import os
import tempfile

os.environ.setdefault("VAR_DIR", tempfile.mkdtemp(prefix="crossgloss-tests-"))
os.environ.setdefault("SECRET_KEY", "only for tests, where nothing is worth stealing")

from annotator.settings import *  # noqa: F403
from annotator.settings import STORAGES, VAR_DIR

STORAGES = {**STORAGES, "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]

(VAR_DIR / "static").mkdir(exist_ok=True)
