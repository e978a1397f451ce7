"""Thousands of made-up questions, made by schemathesis from our own description, to the public process as it runs.

Each answer must have a status, a kind and a content that the description names; a wrong question must be refused, a
right one not, and nothing may break.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
import tomllib
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.browser.house_at_work import ROOT, free_port
from voordeur.settings.env import DEFAULTS

#: The limits are for who asks too much; here that is the aim, so the process is started with wider ones.
PROGRAM = """
import uvicorn
from voordeur.settings.public_server import app
from voordeur.faces.opendata import answering
answering.limits.may = lambda *_: True
uvicorn.run(app, host="127.0.0.1", port={port}, access_log=False, log_level="warning")
"""

#: Made up freely for each address; what the description itself marks off is tried besides, all of it.
EXAMPLES = 60 if os.environ.get("VOORDEUR_TESTS") == "thorough" else 12


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The public process with the real directory; gives its address."""
    folder, port = tmp_path_factory.mktemp("made-up"), free_port()
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "VOORDEUR_CACHE") if name in os.environ}
    environment = kept | {"PYTHONPATH": str(ROOT), "VOORDEUR_DATA": str(folder)}
    subprocess.run([sys.executable, "-m", "voordeur", "directory", "load"], env=environment, check=True, timeout=120)
    settings = {"DJANGO_SETTINGS_MODULE": "voordeur.settings.public"}
    with (folder / "said.txt").open("wb") as said:
        process = subprocess.Popen(
            [sys.executable, "-c", PROGRAM.format(port=port)], env=environment | settings, stdout=said, stderr=said
        )
        try:
            address = f"http://127.0.0.1:{port}/api"
            until = time.monotonic() + 120
            while time.monotonic() < until and process.poll() is None:
                try:
                    urllib.request.urlopen(f"{address}/", timeout=60).close()
                    break
                except OSError:
                    time.sleep(0.1)
            else:
                raise AssertionError("the server did not answer: " + (folder / "said.txt").read_text())
            yield address
        finally:
            process.terminate()
            process.wait(20)
    # Nothing broke, and nothing of a question was written down; the server says when something was no HTTP at all.
    assert set((folder / "said.txt").read_text().splitlines()) <= {"WARNING:  Invalid HTTP request received."}


def _run(server: str, folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [str(Path(sys.executable).parent / "schemathesis"), "run", f"{server}/openapi.json", "--seed=20261130"]
    return subprocess.run(
        [*command, "--no-color", "--generation-database=none", *arguments],
        cwd=folder, capture_output=True, text=True, timeout=900, check=False, env=os.environ | {"COLUMNS": "120"},
    )  # fmt: skip


def test_no_made_up_question_finds_anything(server: str, tmp_path: Path) -> None:
    done = _run(server, tmp_path, f"--max-examples={EXAMPLES}", "--phases=examples,coverage,fuzzing", "--mode=all")
    assert done.returncode == 0, done.stdout[-6000:]
    assert " generated" in done.stdout


def test_the_package_is_one_that_is_locked() -> None:
    locked = (ROOT / "requirements" / "test.txt").read_text(encoding="utf-8")
    wanted = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["optional-dependencies"]
    for name in ("schemathesis", "jsonschema"):
        assert f"\n{name}==" in locked
        assert any(one.startswith(name) for one in wanted["test"])
    assert DEFAULTS.bind == "127.0.0.1"
