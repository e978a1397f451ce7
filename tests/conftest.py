"""Shared by all tests. No Django at the top: the tests of rules and secrecy run without it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from voordeur.records.directory.queries import Directory


@pytest.fixture(scope="session", autouse=True)
def _passphrases_cost_little(request: pytest.FixtureRequest) -> None:
    """A hash is slow on purpose: a third of a second for each person whom a test makes up."""
    if request.config.pluginmanager.hasplugin("django"):
        from django.contrib.auth.hashers import ScryptPasswordHasher

        ScryptPasswordHasher.work_factor = 16


@pytest.fixture(scope="session")
def directory(django_db_setup: None, django_db_blocker: Any) -> Directory:
    """The real directory, loaded into the test database once; a test that reads rows itself marks `django_db`."""
    from django.conf import settings

    from voordeur.faces.terminal.ground import moment_now
    from voordeur.records.directory.actions import load_directory
    from voordeur.records.directory.queries import current_directory

    with django_db_blocker.unblock():
        load_directory(folder=settings.ENV.content / "directory", moment=moment_now())
        return current_directory()
