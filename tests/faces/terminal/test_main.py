"""The command line: help everywhere, and one sentence instead of a traceback."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

VERBS = [
    ("run",),
    ("directory", "check"),
    ("directory", "load"),
    ("directory", "export"),
    ("library", "check"),
    ("door", "check"),
    ("match",),
    ("vignettes",),
    ("places", "look-up"),
    ("settings",),
    ("tick",),
    ("doctor",),
    ("backup",),
    ("demo",),
]


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_has_help_with_an_example(voordeur: Callable[..., Any], verb: tuple[str, ...]) -> None:
    said = voordeur(*verb, "--help")
    assert said.code == 0
    assert f"Example: voordeur {' '.join(verb)}" in " ".join(said.out.split())


def test_the_version_is_printed(voordeur: Callable[..., Any]) -> None:
    assert voordeur("--version") == (0, "voordeur 0.1.0\n", "")


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ((), "VERB"),
        (("open",), "open"),
        (("match",), "FILE"),
        (("match", "no-such-file.json"), "“no-such-file.json” cannot be read: No such file or directory."),
        (("match", "/"), "“/” cannot be read: Is a directory."),
        (("vignettes", "no-such-file.json"), "cannot be read"),
        (("directory", "check", "no-such-folder"), "“no-such-folder” is not a folder"),
        (("directory", "load", "no-such-folder"), "“no-such-folder” is not a folder"),
        (("run", "--public-port", "80000"), "“80000” is not a port number"),
        (("run", "--desk-port", "desk"), "“desk” is not a port number"),
    ],
)
def test_a_mistake_is_one_sentence_and_exit_code_2(
    voordeur: Callable[..., Any], arguments: tuple[str, ...], sentence: str
) -> None:
    said = voordeur(*arguments)
    assert (said.code, said.out) == (2, "")
    assert sentence in said.err
    assert said.err.count("\n") == 1


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("VOORDEUR_PUBLIC_PORT", "door"),
        ("VOORDEUR_DESK_PORT", "8000"),
        ("VOORDEUR_CONTENT", "/no/such/folder"),
        ("VOORDEUR_HTTPS", "perhaps"),
        ("VOORDEUR_NEUTRAL_URL", "elsewhere"),
        ("VOORDEUR_DATABASE_URL", "mysql://x"),
        ("VOORDEUR_SMTP_URL", "mail.example"),
    ],
)
def test_a_wrong_setting_is_one_sentence_that_names_it(process: Callable[..., Any], name: str, value: str) -> None:
    said = process("settings", **{name: value})
    assert (said.code, said.out) == (2, "")
    assert name in said.err
    assert said.err.count("\n") == 1


def test_a_data_folder_that_cannot_be_made_is_named_with_its_setting(process: Callable[..., Any]) -> None:
    said = process("directory", "load", VOORDEUR_DATA=str(Path(__file__) / "data"))
    assert (said.code, said.out) == (2, "")
    assert "VOORDEUR_DATA" in said.err
    assert said.err.count("\n") == 1


def test_a_database_that_does_not_answer_is_one_sentence_without_its_password(process: Callable[..., Any]) -> None:
    said = process("directory", "load", VOORDEUR_DATABASE_URL="postgresql://door:geheim@127.0.0.1:1/door")
    assert said.code == 2
    assert said.err.startswith("voordeur: The database cannot be used")
    assert said.err.count("\n") == 1
    assert "geheim" not in said.err


def test_a_reader_that_stops_reading_is_no_error(environment: dict[str, str]) -> None:
    read, write = os.pipe()
    os.close(read)
    command = [sys.executable, "-m", "voordeur", "settings"]
    done = subprocess.run(command, stdout=write, stderr=subprocess.PIPE, env=environment, timeout=60, check=False)
    os.close(write)
    assert (done.returncode, done.stderr) == (141, b"")


def test_settings_are_shown_without_secrets(process: Callable[..., Any]) -> None:
    said = process(
        "settings", VOORDEUR_SECRET="geheim1", VOORDEUR_DATABASE_URL="postgresql://door:geheim2@db.example:5432/door"
    )
    assert said.code == 0
    assert "postgresql://db.example:5432/door" in said.out
    assert "geheim" not in said.out + said.err
    assert "VOORDEUR_PUBLIC_PORT" in said.out


def test_a_mail_server_is_shown_without_who_signs_in_there(process: Callable[..., Any]) -> None:
    assert "(not set: no mail is sent)" in process("settings").out
    said = process(
        "settings", VOORDEUR_SMTP_URL="smtps://bode:geheim@mail.example", VOORDEUR_MAIL_FROM="post@mail.example",
        VOORDEUR_DESK_URL="https://kantoor.example/",
    )  # fmt: skip
    assert said.code == 0
    assert "smtps://mail.example:465 (with user and password)" in said.out
    assert "geheim" not in said.out + said.err and "bode" not in said.out + said.err
