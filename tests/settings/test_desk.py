"""The settings of the desk's process, as it starts with them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
SHOW = """
import json, sys
from django.conf import settings
names = [name for name in dir(settings) if name.isupper()]
print(json.dumps({name: getattr(settings, name) for name in names
                  if isinstance(getattr(settings, name), (str, bool, int, list, type(None)))}))
"""


def _settings(module: str, tmp_path: Path, **more: str) -> dict[str, Any]:
    env = (
        os.environ | {"PYTHONPATH": str(ROOT), "VOORDEUR_DATA": str(tmp_path), "DJANGO_SETTINGS_MODULE": module} | more
    )
    done = subprocess.run([sys.executable, "-c", SHOW], env=env, capture_output=True, text=True, timeout=60, check=True)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_over_https_the_cookies_are_secure_and_bound_to_this_host(tmp_path: Path) -> None:
    found = _settings("voordeur.settings.desk", tmp_path, VOORDEUR_HTTPS="yes", VOORDEUR_DESK_HOSTS="desk.example")
    for kind in ("SESSION", "CSRF"):
        assert found[f"{kind}_COOKIE_NAME"].startswith("__Host-")
        assert found[f"{kind}_COOKIE_SECURE"] is True
        assert found[f"{kind}_COOKIE_HTTPONLY"] is True
        assert found[f"{kind}_COOKIE_SAMESITE"] == "Strict"
        assert found[f"{kind}_COOKIE_DOMAIN"] is None
        assert found[f"{kind}_COOKIE_PATH"] == "/"
    assert found["CSRF_TRUSTED_ORIGINS"] == ["https://desk.example"]


def test_without_https_the_names_say_no_more_than_they_hold(tmp_path: Path) -> None:
    found = _settings("voordeur.settings.desk", tmp_path)
    assert (found["SESSION_COOKIE_NAME"], found["CSRF_COOKIE_NAME"]) == ("desk", "form")
    assert found["CSRF_TRUSTED_ORIGINS"] == []


def test_the_visitors_side_has_no_session_no_sign_in_and_one_middleware(tmp_path: Path) -> None:
    found = _settings("voordeur.settings.public", tmp_path)
    assert found["MIDDLEWARE"] == ["voordeur.faces.headers.visitor_headers"]
    assert found["SESSION_ENGINE"] == "django.contrib.sessions.backends.db"  # the framework's own; without a table
    assert "django.contrib.sessions" not in found["INSTALLED_APPS"]


def test_reading_the_settings_makes_no_key(tmp_path: Path) -> None:
    _settings("voordeur.settings.desk", tmp_path)
    assert list(tmp_path.iterdir()) == []
