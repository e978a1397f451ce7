"""`voordeur demo`: an installation to try out, with a cast that can sign in at once; `voordeur demo codes` for them.

Seven people in four teams, one of them a partner's, each with a passphrase, a second factor, a key of their own and
the key of the team, all at work; and one example conversation with a hand-over that waits for the visitor's yes
(`demo_example.py`). Everything that opens these logins and this conversation stands in one file of the demo's own data
folder and on the screen, so this is for trying out on one's own machine and for nothing else: it listens nowhere else,
it never touches a folder that is in use, and `voordeur run` refuses the folder that it made.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import secrets
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from voordeur.faces.terminal import demo_example, running
from voordeur.faces.terminal.demo_example import Codes
from voordeur.faces.terminal.ground import CannotGoOn, content_folder, migrate, moment_now
from voordeur.secrecy.keyring import Pair, ServerKey, new_pair, team_context, wrap
from voordeur.secrecy.return_code import WordListBroken, load_word_list
from voordeur.vocabulary import Recovery, StaffRole

LOUD = "FOR TRYING OUT ONLY: whoever sees this screen can sign in. Nobody in need must ever be led here."
#: Stands in the folder that a demo made; it holds what opens its logins.
FILE = running.DEMO_FILE
#: Nobody has a page open yet that says "still there"; so they are at work for a working day from the start.
AT_WORK = timedelta(hours=8)
ROUNDS, SALT_BYTES, NONCE_BYTES, PHRASE_WORDS = 600_000, 16, 12, 8
_OWN_KEY = b"voordeur own key 1"
#: Login, shown name, team (of a door, or of those below), role, languages.
CAST = (
    ("responder", "Noor", "central", StaffRole.RESPONDER, ("nl", "en")),
    ("peer", "Sam", "central", StaffRole.PEER, ("nl",)),
    ("coach", "Ilse", "central", StaffRole.COACH, ("nl", "en")),
    ("lead", "Bram", "central", StaffRole.LEAD, ("nl",)),
    ("outsider", "Yara", "sport", StaffRole.RESPONDER, ("nl", "en")),
    ("partner", "Fenna", "partner", StaffRole.RESPONDER, ("nl", "en")),
    ("steward", "Wim", "stewards", StaffRole.STEWARD, ("nl", "en")),
)
#: Teams without a door, each with the organisation of the directory whose part it plays.
BESIDE = {"partner": demo_example.ORGANIZATION, "stewards": ""}
_HOLDER, _DOOR, _PARTNER = "responder", "central", "partner"


@dataclass(frozen=True, slots=True)
class SignIn:
    """What opens one login of the demo. `totp_secret` is base32, as an app with codes takes it."""

    name: str
    passphrase: str
    totp_secret: str
    key_phrase: str


@dataclass(frozen=True, slots=True)
class Made:
    """All that the demo's file holds: who can sign in, and the codes of the example."""

    people: Sequence[SignIn]
    codes: Codes


def show(given: argparse.Namespace) -> int:
    """Make the cast where it is not there yet, say how to sign in, and run; or, with “codes”, print the codes of now.

    Raises CannotGoOn when the folder is in use for something else, and for another database or address.
    """
    from django.conf import settings

    env = settings.ENV
    if given.what == "codes":
        return _show_codes(_read(env.data / FILE).people)
    if env.database_url:
        raise CannotGoOn("The demo makes its own SQLite database; leave VOORDEUR_DATABASE_URL out.")
    if not _is_this_machine(env.bind):
        raise CannotGoOn("The demo listens on this machine only; leave VOORDEUR_BIND out.")
    made = _made(env.data)
    migrate()
    running.make_key()
    _load(made)
    print(f"\n{LOUD}\n", flush=True)
    _show_cast(made.people)
    _show_example(made.codes)
    return running.run_all()


def _is_this_machine(bind: str) -> bool:
    try:
        return bind == "localhost" or ip_address(bind).is_loopback
    except ValueError:
        return False


def _made(data: Path) -> Made:
    """What opens the demo of this folder, made when it is new. Raises CannotGoOn when it is in use for other things."""
    if (data / FILE).exists():
        return _read(data / FILE)
    if _is_in_use():
        raise CannotGoOn(
            f"“{data}” is in use: there are logins or conversations in it. Name an empty folder with VOORDEUR_DATA."
        )
    words = _words()
    people = tuple(
        SignIn(
            name=name,
            passphrase="-".join(secrets.choice(words) for _ in range(5)),
            totp_secret=_base32(secrets.token_bytes(20)),
            key_phrase=" ".join(secrets.choice(words) for _ in range(PHRASE_WORDS)),
        )
        for name, *_ in CAST
    )
    made = Made(people, demo_example.new_codes())
    try:
        data.mkdir(mode=0o700, parents=True, exist_ok=True)
        (data / ".gitignore").write_text("*\n", encoding="utf-8")  # also where the folder stands in a clone
        with os.fdopen(os.open(data / FILE, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            json.dump(asdict(made), file, indent=1)
    except OSError as problem:
        raise CannotGoOn(
            f"“{data}” cannot be written ({problem.strerror}); name another with VOORDEUR_DATA."
        ) from problem
    return made


def _is_in_use() -> bool:
    """Whether the database that the settings name holds logins, teams, or conversations; it is not made by asking."""
    from django.db import DatabaseError, connection

    from voordeur.records.conversations.queries import all_open, newest_number
    from voordeur.records.staff.queries import all_staff, all_teams, audit_end

    if not Path(str(connection.settings_dict["NAME"])).exists():
        return False
    nobodys = ServerKey(bytes(32))  # they are only counted
    try:
        return bool(all_staff() or all_teams() or audit_end()[0] or newest_number() or all_open(nobodys))
    except DatabaseError:  # a database of before there were such tables holds none, and one that is broken is refused
        migrate()
        return bool(all_staff() or all_teams() or audit_end()[0] or newest_number() or all_open(nobodys))


def _read(path: Path) -> Made:
    try:
        said = json.loads(path.read_text(encoding="utf-8"))
        return Made(tuple(SignIn(**one) for one in said["people"]), Codes(**said["codes"]))
    except FileNotFoundError:
        raise CannotGoOn(f"There is no demo in “{path.parent}”; “voordeur demo” makes one.") from None
    except (OSError, ValueError, TypeError, KeyError) as problem:
        raise CannotGoOn(f"“{path}” cannot be read; delete the folder and begin again.") from problem


def _words() -> Sequence[str]:
    try:
        return load_word_list(content_folder() / "words" / "nl.txt").words
    except WordListBroken as broken:
        raise CannotGoOn(f"The list of words has an error: {broken}.", 1) from broken


def _base32(raw: bytes) -> str:
    from base64 import b32encode

    return b32encode(raw).decode()


def sealed_own_key(private: bytes, phrase: str, salt: bytes, nonce: bytes) -> bytes:
    """A private key under a key phrase, byte for byte as the desk's page in the browser seals and opens it.

    PBKDF2 (RFC 8018) with HMAC-SHA-512 and `ROUNDS` rounds, then AES-256-GCM; the nonce stands in front.
    """
    key = hashlib.pbkdf2_hmac("sha512", phrase.encode(), salt, ROUNDS, dklen=32)
    return nonce + AESGCM(key).encrypt(nonce, private, _OWN_KEY)


def _load(made: Made) -> None:
    """Teams, logins, second factors, keys and the example, all or nothing; where they are already: back to work."""
    from django.db import transaction

    from voordeur.faces.server_key import server_key
    from voordeur.records.staff import actions, queries

    moment = moment_now()
    with transaction.atomic():
        if not queries.all_staff():
            _make(made, moment)
            actions.note_audit(server_key=server_key(), moment=moment, who="(operator)", what="demo loaded")
        for staff in queries.all_staff():
            for one in queries.memberships_of(staff):
                actions.go_on_duty(staff=staff, team=one.team, moment=moment + AT_WORK)


def _make(made: Made, moment: datetime) -> None:
    from allauth.mfa.totp.internal.auth import TOTP

    from voordeur.faces.doorway import load_doors
    from voordeur.records.staff import actions

    doors = {door.id: door for door in load_doors(content_folder() / "doors").doors if door.talk}
    teams, keys, people = {}, {}, {}
    for sign_in, (name, shown, place, role, languages) in zip(made.people, CAST, strict=True):
        door = doors.get(place)
        if place not in BESIDE and (door is None or door.talk is None):
            raise CannotGoOn(f"The door “{place}” has no [talk]; the demo needs it (content/doors).", 1)
        slug = door.talk.team if door is not None and door.talk is not None else place
        if slug not in teams:
            teams[slug] = actions.add_team(slug=slug, name=f"Demo {place}", organization=BESIDE.get(place, ""))
            keys[slug] = new_pair()
            actions.set_team_key(team=teams[slug], public_key=keys[slug].public, recovery=Recovery.TEAM)
        staff = actions.add_staff(name=name, shown_name=shown, languages=languages, moment=moment).staff
        actions.set_passphrase(staff=staff, passphrase=sign_in.passphrase)
        TOTP.activate(staff, sign_in.totp_secret)
        own, salt = new_pair(), secrets.token_bytes(SALT_BYTES)
        actions.set_key(
            staff=staff,
            public_key=own.public,
            sealed_private_key=_sealed(own, sign_in.key_phrase, salt),
            phrase_salt=salt,
            phrase_rounds=ROUNDS,
        )
        actions.add_member(staff=staff, team=teams[slug], role=role, moment=moment)
        wrapped = wrap(own.public, keys[slug].private, team_context(slug))
        actions.give_team_key(staff=staff, team=teams[slug], sealed_team_key=wrapped)
        people[name] = staff
    demo_example.make(made.codes, door=doors[_DOOR], staff=people[_HOLDER], partner=_PARTNER, moment=moment)


def _sealed(own: Pair, phrase: str, salt: bytes) -> bytes:
    return sealed_own_key(own.private, phrase, salt, secrets.token_bytes(NONCE_BYTES))


def _show_cast(cast: Sequence[SignIn]) -> None:
    for sign_in, (_, shown, place, role, _) in zip(cast, CAST, strict=True):
        plays = f" (plays the part of “{BESIDE[place]}”, which knows nothing of this)" if BESIDE.get(place) else ""
        print(f"{shown}, {role} of “{place}”{plays}")
        print(f"  login name    {sign_in.name}")
        print(f"  passphrase    {sign_in.passphrase}")
        print(f"  second step   {sign_in.totp_secret}   (“voordeur demo codes” prints the six digits of now)")
        print(f"  key phrase    {sign_in.key_phrase}")
    print(
        "The side for professionals asks for the passphrase, the six digits, and then for the key phrase.\n", flush=True
    )


def _show_example(codes: Codes) -> None:
    if not demo_example.is_there(codes):
        print("The example conversation is gone: deleted, or past its last day. Delete the folder to begin again.\n")
        return
    print("An example conversation waits, with a hand-over that the visitor is asked about. Codes to come back:")
    print(f"  the visitor   {codes.visitor}")
    print(f"  a buddy       {codes.buddy}   (sees the plan and where things stand, not the conversation)")
    print("1. Visitors' side: “Talk to someone”, “I have a code”, the visitor's code.")
    print("2. “Where things stand, and my plan”, “Look and decide”: change the text, take parts out, and say yes.")
    print("3. Side for professionals, in a private window: sign in as partner, read exactly that, and accept.")
    print("4. “Where things stand” again: who has it, until when, and “Take it back”.\n", flush=True)


def _show_codes(cast: Sequence[SignIn]) -> int:
    from allauth.mfa import app_settings
    from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value

    counter, gone = divmod(int(time.time()), app_settings.TOTP_PERIOD)
    for one in cast:
        print(f"{one.name:<12} {format_hotp_value(hotp_value(one.totp_secret, counter))}")
    print(f"Good for {app_settings.TOTP_PERIOD - gone} seconds more, each of them once. {LOUD}")
    return 0
