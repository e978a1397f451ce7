"""The command `voordeur`: its verbs, and what a person reads when one cannot do its work."""

from __future__ import annotations

import argparse
import os
import sys
import tomllib
from collections.abc import Callable, Sequence
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from io import TextIOWrapper
from pathlib import Path
from typing import NoReturn

from voordeur.faces.terminal.ground import CannotGoOn, read_settings, start_django
from voordeur.vocabulary import Recovery, StaffRole

INTERRUPTED, PIPE_CLOSED = 130, 141  # what a shell gives for these
WITHOUT_DATABASE = (
    "directory_files:check",
    "library_files:check",
    "door_files:check",
    "places:look_up",
    "settings_list:show",
)
DEMO_DATA = Path(__file__).resolve().parents[3] / "demo-data"


class _Parser(argparse.ArgumentParser):
    """A parser that answers a mistake with one sentence instead of a page of usage."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: {message}. See {self.prog} --help.\n")


def _verb(
    verbs: argparse._SubParsersAction[_Parser], name: str, where: str, help_text: str, example: str
) -> argparse.ArgumentParser:
    """A verb; `where` is "module:function" in this package, imported only when the verb is used."""
    parser = verbs.add_parser(
        name,
        help=help_text,
        description=help_text[0].upper() + help_text[1:] + ".",
        epilog=f"Example: {example}",
        allow_abbrev=False,
    )
    parser.set_defaults(where=where)
    return parser


def _where_to_listen(verb: argparse.ArgumentParser) -> None:
    verb.add_argument("--public-port", type=_port, help="port of the visitors' side (VOORDEUR_PUBLIC_PORT)")
    verb.add_argument("--desk-port", type=_port, help="port of the professionals' side (VOORDEUR_DESK_PORT)")
    verb.add_argument("--bind", help="address to listen on (VOORDEUR_BIND)")


def _port(written: str) -> str:
    if not written.isascii() or not written.isdigit() or not 1 <= int(written) <= 65535:
        raise argparse.ArgumentTypeError(f"“{written}” is not a port number from 1 to 65535")
    return written


def _number(written: str) -> int:
    """A whole number from 1 on."""
    if not (written.isascii() and written.isdigit() and 0 < len(written) < 10 and int(written)):
        raise argparse.ArgumentTypeError(f"“{written}” is not a whole number from 1 on")
    return int(written)


def make_parser() -> argparse.ArgumentParser:
    """The command line as argparse knows it."""
    parser = _Parser(
        prog="voordeur",
        description="Voordeur: an open front door to help with violence in dependency relationships.",
        epilog="Settings are environment variables; “voordeur settings” shows them.",
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"voordeur {_version()}")
    verbs = parser.add_subparsers(title="verbs", metavar="VERB", required=True)

    run = _verb(
        verbs, "run", "running:run", "start both sides and keep them running", "voordeur run --public-port 8080"
    )
    _where_to_listen(run)
    demo = _verb(
        verbs, "demo", "demo:show", "try it out, with people who can sign in, in a data folder of its own",
        "voordeur demo",
    )  # fmt: skip
    demo.add_argument("what", nargs="?", choices=("codes",), help="codes: print the six digits of now for everybody")
    _where_to_listen(demo)
    _verb(verbs, "tick", "running:tick", "let every timer do its work once", "voordeur tick")
    doctor = _verb(
        verbs, "doctor", "doctor:check", "check a running installation, one line for each thing", "voordeur doctor"
    )
    doctor.add_argument("--json", action="store_true", help="print the same as JSON")
    _where_to_listen(doctor)
    backup = _verb(
        verbs, "backup", "backup:make", "copy the database, while it is in use, to a new file",
        "voordeur backup /var/backups/voordeur/monday.sqlite3",
    )  # fmt: skip
    backup.add_argument("file", type=Path, metavar="FILE", help="a file that is not there yet")

    directory = verbs.add_parser("directory", help="check, load or export the directory of organisations")
    on_directory = directory.add_subparsers(title="verbs", metavar="VERB", required=True)
    check = _verb(
        on_directory, "check", "directory_files:check", "check the files; needs no database", "voordeur directory check"
    )
    check.add_argument("folder", nargs="?", type=Path, metavar="FOLDER", help="default: content/directory")
    check.add_argument("--strict", action="store_true", help="warnings fail too")
    check.add_argument("--quiet", action="store_true", help="do not print warnings")
    load = _verb(
        on_directory, "load", "directory_files:load", "load the files, all or nothing", "voordeur directory load"
    )
    load.add_argument("folder", nargs="?", type=Path, metavar="FOLDER", help="default: content/directory")
    report = _verb(
        on_directory, "report", "directory_report:report", "say what stands out in the entries, without any connection",
        "voordeur directory report blijf-groep",
    )  # fmt: skip
    report.add_argument("organization", nargs="?", metavar="ID", help="only this organisation")
    export = _verb(
        on_directory, "export", "export:export", "print the whole directory as JSON, or write files",
        "voordeur directory export > directory.json",
    )  # fmt: skip
    shape = export.add_mutually_exclusive_group()
    shape.add_argument(
        "--files", type=Path, metavar="FOLDER", help="write what was published in the browser as files, in this folder"
    )
    shape.add_argument("--hsds", action="store_true", help="as HSDS 3.1, in JSON; can be imported again")
    shape.add_argument("--csv", action="store_true", help="as HSDS 3.1, in CSV, packed in a zip; can be imported again")
    bring = _verb(
        on_directory,
        "import",
        "importing:bring_in",
        "make directory files from an export with --hsds or --csv; loads nothing",
        "voordeur directory import directory.zip ./directory",
    )
    bring.add_argument("file", type=Path, metavar="FILE", help="the export, in JSON or a zip")
    bring.add_argument("folder", type=Path, metavar="FOLDER", help="a folder that is not there yet, or empty")

    library = verbs.add_parser("library", help="check the library of pages to read")
    check = _verb(
        library.add_subparsers(title="verbs", metavar="VERB", required=True),
        "check", "library_files:check", "check the pages and how they read; needs no database",
        "voordeur library check",
    )  # fmt: skip
    check.add_argument("folder", nargs="?", type=Path, metavar="FOLDER", help="default: content/library")
    check.add_argument("--strict", action="store_true", help="warnings fail too")
    check.add_argument("--quiet", action="store_true", help="do not print warnings")

    door = verbs.add_parser("door", help="check the doors and the tones in which they speak")
    check = _verb(
        door.add_subparsers(title="verbs", metavar="VERB", required=True),
        "check", "door_files:check", "say what each door lacks; needs no database", "voordeur door check",
    )  # fmt: skip
    check.add_argument("folder", nargs="?", type=Path, metavar="FOLDER", help="default: content/doors")
    check.add_argument("--strict", action="store_true", help="warnings fail too")
    check.add_argument("--quiet", action="store_true", help="do not print warnings")

    match = _verb(
        verbs, "match", "matching:match_file", "print the help that fits situations, as JSON", "voordeur match me.json"
    )
    match.add_argument("file", metavar="FILE", help="a situation or a list of them as JSON; - reads standard input")
    match.add_argument("--page", type=_number, default=1, metavar="N", help="which page of what fits; default: 1")
    match.add_argument("--per-page", type=_number, metavar="N", help="results on a page; default: 50")

    vignettes = _verb(
        verbs, "vignettes", "vignettes:check", "check example people against what they must find",
        "voordeur vignettes tests/vignettes/vignettes.json --show v012",
    )  # fmt: skip
    vignettes.add_argument("file", metavar="FILE", help="a list of vignettes as JSON; - reads standard input")
    vignettes.add_argument("--show", metavar="ID", help="check only this one and print its answer as JSON")
    vignettes.add_argument("--door", metavar="ID", help="only those whom this door is for, as they come in by it")

    places = verbs.add_parser("places", help="look up a place name or postcode")
    look_up = _verb(
        places.add_subparsers(title="verbs", metavar="VERB", required=True),
        "look-up", "places:look_up", "say which municipality a text means", "voordeur places look-up Sneek",
    )  # fmt: skip
    look_up.add_argument("text", metavar="TEXT", nargs="+")

    _gap_verbs(verbs)
    _staff_verbs(verbs)
    _hidden_verbs(verbs)
    _verb(verbs, "settings", "settings_list:show", "print the settings in force, without secrets", "voordeur settings")
    return parser


def _gap_verbs(verbs: argparse._SubParsersAction[_Parser]) -> None:
    gaps = verbs.add_parser("gaps", help="what there is and what is not, from the directory alone")
    on_gaps = gaps.add_subparsers(title="verbs", metavar="VERB", required=True)
    _verb(on_gaps, "csv", "gaps:csv", "print all figures as CSV", "voordeur gaps csv > gaps.csv")
    table = _verb(
        on_gaps, "table", "gaps:table", "print table 5.1 of the report beside what is counted now",
        "voordeur gaps table --why",
    )  # fmt: skip
    table.add_argument("--why", action="store_true", help="print also why numbers differ")
    table.add_argument("--csv", action="store_true", help="print as CSV, with the explanations")
    table.add_argument("--language", choices=("nl", "en"), default="en", help="default en")


def _staff_verbs(verbs: argparse._SubParsersAction[_Parser]) -> None:
    roles, recoveries = [one.value for one in StaffRole], [one.value for one in Recovery]
    staff = verbs.add_parser("staff", help="logins of professionals")
    on_staff = staff.add_subparsers(title="verbs", metavar="VERB", required=True)
    add = _verb(
        on_staff, "add", "staff:add", "make a login and print the passphrase for the first sign-in",
        "voordeur staff add noor --shown Noor --language nl --team central --role responder",
    )  # fmt: skip
    add.add_argument("name", metavar="NAME", help="small letters, digits, dots and hyphens; no mail address is needed")
    add.add_argument("--shown", metavar="NAME", required=True, help="the name that visitors see")
    add.add_argument("--language", metavar="CODE", action="append", help="such as nl; may be given more than once")
    add.add_argument("--team", metavar="SLUG", required=True)
    add.add_argument("--role", choices=roles, required=True)
    _verb(on_staff, "list", "staff:show_all", "list every login with its roles", "voordeur staff list")
    off = _verb(on_staff, "off", "staff:switch_off", "end a login and its sessions now", "voordeur staff off noor")
    reset = _verb(
        on_staff, "reset", "staff:reset", "print a new first passphrase and remove second factors",
        "voordeur staff reset noor",
    )  # fmt: skip
    role = _verb(
        on_staff, "role", "staff:role", "give a login a role in a team, or take it away",
        "voordeur staff role noor --team central --role coach",
    )  # fmt: skip
    for verb in (off, reset, role):
        verb.add_argument("name", metavar="NAME")
    role.add_argument("--team", metavar="SLUG", required=True)
    role.add_argument("--role", choices=roles, required=True)
    role.add_argument("--remove", action="store_true", help="take the role away")

    team = verbs.add_parser("team", help="teams of professionals")
    on_team = team.add_subparsers(title="verbs", metavar="VERB", required=True)
    add = _verb(on_team, "add", "staff:add_team", "make a team", "voordeur team add central --name 'Central team'")
    add.add_argument("slug", metavar="SLUG", help="small letters, digits and hyphens; doors name it")
    add.add_argument("--name", metavar="NAME", required=True)
    add.add_argument("--recovery", choices=recoveries, default=Recovery.NONE.value, help="when a key phrase is lost")
    add.add_argument("--organization", metavar="ID", help="a partner's team: whose people they are, in the directory")
    _verb(on_team, "list", "staff:show_teams", "list every team", "voordeur team list")

    audit = verbs.add_parser("audit", help="the trail of what professionals and the operator did")
    on_audit = audit.add_subparsers(title="verbs", metavar="VERB", required=True)
    _verb(on_audit, "verify", "staff:verify", "look for lines that were changed or are gone", "voordeur audit verify")
    show = _verb(on_audit, "show", "staff:show_trail", "print the newest lines", "voordeur audit show --last 20")
    show.add_argument("--last", type=_count, metavar="N", default=20, help="how many; default 20")


def _hidden_verbs(verbs: argparse._SubParsersAction[_Parser]) -> None:
    hidden = verbs.add_parser("hidden", help="the hidden part of the map: places that no visitor may find")
    on_hidden = hidden.add_subparsers(title="verbs", metavar="VERB", required=True)
    add = _verb(
        on_hidden, "add", "hidden:add", "seal one entry from a file and print its id", "voordeur hidden add house.toml"
    )
    add.add_argument("file", type=Path, metavar="FILE", help="one entry as TOML; delete it afterwards")
    _verb(on_hidden, "list", "hidden:show_all", "list ids and who may see them, no more", "voordeur hidden list")
    remove = _verb(
        on_hidden, "remove", "hidden:remove", "remove one entry", f"voordeur hidden remove {'0123456789abcdef' * 2}"
    )
    remove.add_argument("id", metavar="ID", help="32 letters, as the list shows them")
    looks = _verb(
        on_hidden, "looks", "hidden:show_looks", "print for which reasons entries were looked at",
        "voordeur hidden looks --last 20",
    )  # fmt: skip
    looks.add_argument("--last", type=_count, metavar="N", default=20, help="how many; default 20")


def _count(written: str) -> int:
    if not written.isascii() or not written.isdigit() or not 1 <= int(written) <= 100_000:
        raise argparse.ArgumentTypeError(f"“{written}” is not a number from 1 to 100000")
    return int(written)


def _version() -> str:
    try:
        return version("voordeur")
    except PackageNotFoundError:  # run from a clone that is not installed
        written = Path(__file__).resolve().parents[3] / "pyproject.toml"
        return str(tomllib.loads(written.read_text(encoding="utf-8"))["project"]["version"])


def main(arguments: Sequence[str] | None = None) -> int:
    """Carry out one command and give its exit code: 0 well, 1 found something wrong, 2 could not be done."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):  # a lone surrogate from a file becomes \udXXX, which is JSON too
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")
    try:
        given = make_parser().parse_args(arguments)
        code = _carry_out(given)
        sys.stdout.flush()
        return code
    except CannotGoOn as stop:
        print(f"voordeur: {stop}", file=sys.stderr)
        return stop.code
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        # Python flushes once more while it ends; that must not complain either.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return PIPE_CLOSED


def _carry_out(given: argparse.Namespace) -> int:
    for option, setting in (
        ("public_port", "VOORDEUR_PUBLIC_PORT"),
        ("desk_port", "VOORDEUR_DESK_PORT"),
        ("bind", "VOORDEUR_BIND"),
    ):
        if getattr(given, option, None):
            os.environ[setting] = getattr(given, option)
    if given.where == "demo:show" and not os.environ.get("VOORDEUR_DATA"):
        os.environ["VOORDEUR_DATA"] = str(DEMO_DATA)
    read_settings()
    from django.core.exceptions import ImproperlyConfigured
    from django.db import DatabaseError, InterfaceError

    if given.where not in WITHOUT_DATABASE:
        start_django()
    module, _, name = given.where.partition(":")
    verb: Callable[[argparse.Namespace], int] = getattr(import_module(f"voordeur.faces.terminal.{module}"), name)
    try:
        return verb(given)
    except (DatabaseError, InterfaceError, ImproperlyConfigured) as problem:
        reason = str(problem).strip().splitlines()[0] if str(problem).strip() else type(problem).__name__
        raise CannotGoOn(
            f"The database cannot be used ({reason}); see VOORDEUR_DATA and VOORDEUR_DATABASE_URL."
        ) from problem
