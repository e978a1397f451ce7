"""The people of an installation under test: two teams and two of partners with keys, and what opens each login.

Run as a program it makes them in the database that the environment names, and prints what opens them as JSON. The rows
are those that the terminal and the pages of the desk make; nothing of them is for anything but a test.
"""

from __future__ import annotations

import json
import secrets
from base64 import b32encode
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from voordeur.faces.terminal.demo import NONCE_BYTES, ROUNDS, SALT_BYTES, sealed_own_key
from voordeur.secrecy.keyring import Pair, new_pair, team_context, wrap
from voordeur.vocabulary import Recovery, StaffRole

#: Login, shown name, door of the team, role, languages.
PEOPLE = (
    ("noor", "Noor Roodborst", "central", StaffRole.RESPONDER, ("nl", "en")),
    ("sam", "Sam Winterkoning", "central", StaffRole.PEER, ("nl", "en")),
    ("ilse", "Ilse Putter", "central", StaffRole.COACH, ("nl", "en")),
    ("yara", "Yara Wielewaal", "sport", StaffRole.RESPONDER, ("nl", "en")),
    ("fenna", "Fenna IJsvogel", "fier-team", StaffRole.RESPONDER, ("nl", "en")),
    ("gijs", "Gijs Boomklever", "veilig-team", StaffRole.RESPONDER, ("nl", "en")),
)
#: Teams of partners, and which organisation of the directory they are of.
PARTNERS = {"fier-team": "fier", "veilig-team": "veilig-thuis"}
#: So many conversations at a time: more than a test has.
CAPACITY = 60
_PHRASE_WORDS = 8


@dataclass(frozen=True, slots=True)
class SignIn:
    """What opens one login: typed at signing in, and (the key phrase) never sent."""

    name: str
    shown: str
    team: str
    passphrase: str
    totp_secret: str
    key_phrase: str


@dataclass(frozen=True, slots=True)
class Cast:
    """Everybody by login name, and every private key that was made for them, in hexadecimal, by what it is."""

    people: Mapping[str, SignIn]
    private_keys: Mapping[str, str]


def read_cast(printed: str) -> Cast:
    """The cast that this program printed."""
    read = json.loads(printed)
    return Cast({name: SignIn(**one) for name, one in read["people"].items()}, read["private_keys"])


def _make() -> Cast:
    from django.contrib.auth.hashers import ScryptPasswordHasher

    from voordeur.faces.terminal.ground import content_folder, moment_now
    from voordeur.records.staff import actions
    from voordeur.secrecy.return_code import load_word_list

    ScryptPasswordHasher.work_factor = 16  # a third of a second less for each of them
    words = load_word_list(content_folder() / "words" / "nl.txt").words
    teams: dict[str, tuple[Any, Pair]] = {}
    people: dict[str, SignIn] = {}
    escrow, private_keys = new_pair(), {}
    private_keys["escrow of sport"] = escrow.private.hex()
    for name, shown, slug, role, languages in PEOPLE:
        if slug not in teams:
            made = actions.add_team(slug=slug, name=f"Team {slug}", organization=PARTNERS.get(slug, ""))
            teams[slug] = made, new_pair()
            private_keys[f"team {slug}"] = teams[slug][1].private.hex()
            actions.set_team_key(
                team=teams[slug][0],
                public_key=teams[slug][1].public,
                recovery=Recovery.ESCROW if slug == "sport" else Recovery.TEAM,
                escrow_public_key=escrow.public if slug == "sport" else None,
            )
        sign_in = SignIn(
            name=name,
            shown=shown,
            team=slug,
            passphrase="-".join(secrets.choice(words) for _ in range(5)),
            totp_secret=b32encode(secrets.token_bytes(20)).decode(),
            key_phrase=" ".join(secrets.choice(words) for _ in range(_PHRASE_WORDS)),
        )
        staff = actions.add_staff(name=name, shown_name=shown, languages=languages, moment=moment_now()).staff
        own = _open_to(staff, sign_in)
        private_keys[f"own key of {name}"] = own.private.hex()
        team, pair = teams[slug]
        actions.add_member(staff=staff, team=team, role=role, moment=moment_now(), capacity=CAPACITY)
        actions.give_team_key(
            staff=staff, team=team, sealed_team_key=wrap(own.public, pair.private, team_context(slug))
        )
        people[name] = sign_in
    return Cast(people, private_keys)


def _open_to(staff: Any, sign_in: SignIn) -> Pair:
    """Passphrase, second factor and own key of a login; the key's pair."""
    from allauth.mfa.totp.internal.auth import TOTP

    from voordeur.records.staff import actions

    actions.set_passphrase(staff=staff, passphrase=sign_in.passphrase)
    TOTP.activate(staff, sign_in.totp_secret)
    own, salt = new_pair(), secrets.token_bytes(SALT_BYTES)
    actions.set_key(
        staff=staff,
        public_key=own.public,
        sealed_private_key=sealed_own_key(own.private, sign_in.key_phrase, salt, secrets.token_bytes(NONCE_BYTES)),
        phrase_salt=salt,
        phrase_rounds=ROUNDS,
    )
    return own


def main() -> None:
    """Make the tables, the server's key and the people; print the cast."""
    import django

    django.setup()

    from voordeur.faces.terminal.ground import migrate
    from voordeur.faces.terminal.running import make_key

    migrate()
    make_key()
    print(json.dumps(asdict(_make())))


if __name__ == "__main__":
    main()
