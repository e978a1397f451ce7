"""The server's own key: made once, kept close, and every way in which it can be wrong has its sentence."""

from __future__ import annotations

import os
import sqlite3
import stat
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from voordeur.settings.env import Env, SettingWrong
from voordeur.settings.server_key import django_secret, server_key

ROOT = Path(__file__).resolve().parents[2]
SECRET = "0123456789abcdef0123456789abcdef"


@pytest.fixture
def env(tmp_path: Path) -> Env:
    """A server with an empty data folder."""
    return Env(data=tmp_path / "data")


def test_a_key_is_made_once_and_only_its_owner_may_read_it(env: Env) -> None:
    key = server_key(env)
    file = env.data / "server.key"
    assert len(key) == 32
    assert file.read_bytes() == key == server_key(env)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [path.name for path in env.data.iterdir()] == ["server.key"]


def test_two_servers_never_have_the_same_key(tmp_path: Path) -> None:
    assert server_key(Env(data=tmp_path / "a")) != server_key(Env(data=tmp_path / "b"))


def test_processes_that_start_at_once_get_the_same_key(tmp_path: Path) -> None:
    code = (
        "import sys; sys.stdin.readline(); from pathlib import Path;"
        "from voordeur.settings.env import Env; from voordeur.settings.server_key import server_key;"
        "print(server_key(Env(data=Path(sys.argv[1]))).hex())"
    )
    running = [
        subprocess.Popen(
            [sys.executable, "-c", code, str(tmp_path / "data")],
            env=os.environ | {"PYTHONPATH": str(ROOT)}, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL, text=True,
        )
        for _ in range(4)
    ]  # fmt: skip
    for one in running:
        assert one.stdin is not None
        one.stdin.write("\n")
        one.stdin.flush()
    said = {one.communicate(timeout=60)[0] for one in running}
    assert len(said) == 1
    assert len(said.pop().strip()) == 64


def test_the_setting_goes_before_the_file_and_makes_none(env: Env) -> None:
    key = server_key(replace(env, secret=SECRET))
    assert len(key) == 32
    assert key == server_key(replace(env, secret=SECRET)) != server_key(replace(env, secret=SECRET + "x"))
    assert not env.data.exists()


def test_a_setting_that_is_too_short_is_refused(env: Env) -> None:
    with pytest.raises(SettingWrong, match="VOORDEUR_SECRET is too short"):
        server_key(replace(env, secret=SECRET[:-1]))


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604, 0o660])
def test_a_file_that_others_may_read_or_write_is_refused(env: Env, mode: int) -> None:
    server_key(env)
    (env.data / "server.key").chmod(mode)
    with pytest.raises(SettingWrong, match="open to others"):
        server_key(env)


@pytest.mark.parametrize("content", [b"", b"k" * 31, b"k" * 33])
def test_a_file_that_is_no_key_is_refused_and_left_as_it_is(env: Env, content: bytes) -> None:
    server_key(env)
    (env.data / "server.key").write_bytes(content)
    with pytest.raises(SettingWrong, match="not a key of 32 bytes"):
        server_key(env)
    assert (env.data / "server.key").read_bytes() == content


def test_a_key_that_cannot_be_read_is_refused_and_not_made_anew(env: Env) -> None:
    (env.data / "server.key").mkdir(parents=True)
    with pytest.raises(SettingWrong, match="cannot be read"):
        server_key(env)


def test_a_data_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(SettingWrong, match="VOORDEUR_DATA"):
        server_key(Env(data=tmp_path / "file" / "data"))


def test_a_missing_key_is_not_replaced_once_the_database_was_sealed(env: Env) -> None:
    server_key(env)
    with sqlite3.connect(env.data / "voordeur.sqlite3") as connection:
        connection.execute("CREATE TABLE staff_audithead (id INTEGER)")
    (env.data / "server.key").unlink()
    assert len(server_key(env)) == 32  # nothing was sealed yet
    (env.data / "server.key").unlink()
    with sqlite3.connect(env.data / "voordeur.sqlite3") as connection:
        connection.execute("INSERT INTO staff_audithead VALUES (1)")
    with pytest.raises(SettingWrong, match="missing, but the database was sealed with it"):
        server_key(env)
    assert not (env.data / "server.key").exists()


def test_the_frameworks_key_follows_from_the_servers_and_is_not_it(env: Env) -> None:
    assert django_secret(env) != django_secret(env)  # no key yet: a new one each time, and no file
    assert not env.data.exists()
    key = server_key(env)
    assert django_secret(env) == django_secret(env)
    assert key.hex() not in django_secret(env)
    assert django_secret(replace(env, secret="short")) == django_secret(replace(env, secret="short"))
