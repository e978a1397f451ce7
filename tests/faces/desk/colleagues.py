"""People of the desk as their browsers act: signed in, with own keys, asking the API and opening what it gives."""

from __future__ import annotations

import base64
import json
import secrets
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

from django.test import Client

from tests.records.conversations.people import Visitor, written
from voordeur.secrecy.envelope import Context, seal, unseal
from voordeur.secrecy.keyring import (
    Pair,
    ServerKey,
    grant_context,
    new_key,
    new_pair,
    pair_of,
    team_context,
    unwrap,
    wrap,
)  # fmt: skip
from voordeur.vocabulary import GrantReason, Recovery, StaffRole, TalkWay, Wish

if TYPE_CHECKING:
    from voordeur.records.staff.models import Staff, Team

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
NOT_HERE = (404, {"error": "not-here"})


def b64(raw: bytes) -> str:
    """Bytes as the API writes them."""
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def raw(text: str) -> bytes:
    """Bytes that the API wrote."""
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


class Group:
    """A team with a key pair whose private half only tests hold beside its members."""

    def __init__(self, slug: str, recovery: Recovery = Recovery.TEAM, escrow: Pair | None = None) -> None:
        from voordeur.records.staff import actions

        self.slug, self.pair = slug, new_pair()
        self.team: Team = actions.add_team(slug=slug, name=slug.title())
        actions.set_team_key(
            team=self.team,
            public_key=self.pair.public,
            recovery=recovery,
            escrow_public_key=escrow.public if escrow else None,
        )


class Colleague:
    """Somebody of the desk in their browser."""

    def __init__(
        self,
        name: str,
        group: Group | None,
        *roles: StaffRole,
        languages: Sequence[str] = ("nl", "en"),
        has_keys: bool = True,
        is_on: bool = True,
    ) -> None:
        from voordeur.records.staff import actions

        now = datetime.now(UTC)
        self.pair, self.group = new_pair(), group
        self.staff: Staff = actions.add_staff(
            name=name, shown_name=name.title(), languages=list(languages), moment=now
        ).staff
        actions.set_passphrase(staff=self.staff, passphrase="four words of nothing")
        for role in roles:
            assert group is not None
            actions.add_member(staff=self.staff, team=group.team, role=role, moment=now)
        if has_keys:
            actions.set_key(
                staff=self.staff,
                public_key=self.pair.public,
                sealed_private_key=bytes(60),
                phrase_salt=bytes(16),
                phrase_rounds=600_000,
            )
            if group is not None:
                wrapped = wrap(self.pair.public, group.pair.private, team_context(group.slug))
                actions.give_team_key(staff=self.staff, team=group.team, sealed_team_key=wrapped)
        if is_on and group is not None:
            actions.go_on_duty(staff=self.staff, team=group.team, moment=now)
        self.client = Client(headers={"accept-language": "en", "x-voordeur": "1"})
        sign_in(self.client, self.staff)

    def ask(self, what: str, **body: object) -> tuple[int, dict[str, Any]]:
        """Status and answer of one question to the API."""
        return answered(self.client.post(f"/api/{what}", json.dumps(body), content_type="application/json"))

    def gets(self, what: str, **body: object) -> dict[str, Any]:
        """The answer to a question that must be answered."""
        status, answer = self.ask(what, **body)
        assert status == 200, (status, answer)
        return answer

    def keys(self, material: Mapping[str, Any]) -> dict[int, bytes]:
        """The keys of each epoch that this person can open: with the own key, or with that of the team."""
        conversation, found = bytes.fromhex(material["id"]), {}
        for one in material["grants"]:
            if one["reader"] == "me":
                private = self.pair.private
            elif self.group is not None and one["reader"] == f"team:{self.group.slug}":
                private = self.group.pair.private
            else:
                continue
            context = grant_context(conversation, one["epoch"])
            found[one["epoch"]] = unwrap(private, raw(one["wrapped"]), context)
        return found

    def reads(self, material: Mapping[str, Any]) -> list[str]:
        """The texts of what was given. Raises KeyError where this person holds no key."""
        keys, texts = self.keys(material), []
        for one in material["messages"]:
            key = keys[one["epoch"]][:32] if one["direction"] in "vd" else keys[one["epoch"]][32:]
            context = Context(bytes.fromhex(material["id"]), one["direction"], one["sequence"])
            texts.append(json.loads(unseal(key, context, raw(one["envelope"])))["t"])
        return texts

    def picks_up(self, someone: Visitor) -> dict[str, Any]:
        """Take it up and make new keys, as the page does."""
        material = self.gets("pick", id=someone.id)
        self.gets("epoch", **epoch_for(material))
        return self.gets("open", id=someone.id)

    def says(
        self, material: Mapping[str, Any], text: str, direction: str = "d", **other: object
    ) -> tuple[int, dict[str, Any]]:
        """Write a message under the newest epoch of this material, with the next number."""
        return self.ask("write", **self.sealed(material, text, direction), **other)

    def sealed(self, material: Mapping[str, Any], text: str, direction: str = "d") -> dict[str, object]:
        """A message as the page makes it."""
        sequence = 1 + max(
            (one["sequence"] for one in material["messages"] if one["direction"] == direction), default=0
        )
        keys = self.keys(material)[material["epoch"]]
        key = keys[:32] if direction == "d" else keys[32:]
        envelope = seal(key, Context(bytes.fromhex(material["id"]), direction, sequence), written(text))
        return {
            "id": material["id"],
            "message_id": b64(secrets.token_bytes(16)),
            "direction": direction,
            "sequence": sequence,
            "epoch": material["epoch"],
            "envelope": b64(envelope),
        }


def answered(response: Any) -> tuple[int, dict[str, Any]]:
    """Status and JSON of a response."""
    return response.status_code, json.loads(response.content)


def sign_in(client: Client, staff: Staff, *, is_through: bool = True) -> None:
    """A session as signing in leaves it, with the second factor shown or not."""
    from allauth.mfa.totp.internal.auth import TOTP

    from voordeur.faces import sessions
    from voordeur.records.staff.queries import has_second_factor

    if not has_second_factor(staff):
        TOTP.activate(staff, "JBSWY3DPEHPK3PXP")
    client.force_login(staff, backend=BACKEND)
    if is_through:
        session = client.session
        sessions.now_through(session)
        session.save()


def epoch_for(material: Mapping[str, Any], readers: Sequence[Mapping[str, Any]] | None = None) -> dict[str, object]:
    """New keys for the readers that the API names, as the page makes them."""
    keys, epoch = new_key() + new_key(), material["epoch"] + 1
    context = grant_context(bytes.fromhex(material["id"]), epoch)
    return {
        "id": material["id"],
        "epoch": epoch,
        "grants": [
            {
                "tag": one["tag"],
                "wrapped": b64(
                    wrap(raw(one["public"]), keys[:32] if one["who"] in ("visitor", "guest") else keys, context)
                ),
            }
            for one in (material["readers"] if readers is None else readers)
        ],
    }


def older_for(
    who: Colleague, material: Mapping[str, Any], readers: Sequence[Mapping[str, Any]] | None = None
) -> list[dict[str, object]]:
    """Keys of before that readers lack and this colleague has, as the page makes them."""
    keys, conversation = who.keys(material), bytes.fromhex(material["id"])
    return [
        {
            "tag": one["tag"],
            "epoch": epoch,
            "wrapped": b64(wrap(raw(one["public"]), keys[epoch], grant_context(conversation, epoch))),
        }
        for one in (material["readers"] if readers is None else readers)
        if one["who"] != "visitor"
        for epoch in one["lacks"]
        if epoch in keys
    ]


def server() -> ServerKey:
    """The server's key of the test."""
    from voordeur.faces.server_key import server_key

    return server_key()


def at_the_door(group: Group, text: str = "hello", **said: object) -> Visitor:
    """Somebody who opens a conversation at this team's door, now."""
    from voordeur.records.conversations import actions, queries
    from voordeur.records.conversations.actions import NewGrant, NewMessage
    from voordeur.records.conversations.label import Label

    conversation_id, pair, keys = secrets.token_hex(16), new_pair(), new_key() + new_key()
    context, key = grant_context(bytes.fromhex(conversation_id), 0), server()
    someone = Visitor(queries.visitor_tag(key, conversation_id), pair, id=conversation_id)
    envelope = seal(keys[:32], Context(bytes.fromhex(conversation_id), "v", 1), written(text))
    label = Label(**{  # type: ignore[arg-type]
        "door": group.slug, "team": group.slug, "language": "nl", "wish": Wish.ANYONE, "way": TalkWay.CHAT, **said
    })  # fmt: skip
    from voordeur.vocabulary import Direction

    actions.open_conversation(
        conversation_id=conversation_id,
        visitor_key=pair.public,
        label=label,
        grants=[
            NewGrant(someone.tag, wrap(pair.public, keys[:32], context), GrantReason.VISITOR),
            NewGrant(queries.team_tag(key, group.slug), wrap(group.pair.public, keys, context), GrantReason.QUEUE),
        ],
        message=NewMessage(Direction.VISITOR, secrets.token_bytes(16), 1, 0, envelope),
        kept_until=date(2099, 1, 1),
        moment=datetime.now(UTC),
        server_key=key,
    )
    return someone


def writes(someone: Visitor, text: str) -> None:
    """The visitor writes under the epoch that is current."""
    from voordeur.records.conversations import actions, queries
    from voordeur.records.conversations.actions import NewMessage
    from voordeur.vocabulary import Direction

    found = queries.conversation(someone.id, server())
    assert found is not None
    sequence = queries.next_sequence(someone.id, Direction.VISITOR)
    key = someone.keys(someone.id)[found.epoch]
    envelope = seal(key, Context(bytes.fromhex(someone.id), "v", sequence), written(text))
    actions.write(
        conversation_id=someone.id,
        message=NewMessage(Direction.VISITOR, secrets.token_bytes(16), sequence, found.epoch, envelope),
        kept_until=date(2026, 1, 1),
        moment=datetime.now(UTC),
        server_key=server(),
    )


def private_of_code(digits: Sequence[str], salt: bytes) -> bytes:
    """The private key that a return code opens, from its groups of digits."""
    from voordeur.secrecy import return_code

    return return_code.opening_key(return_code.read_code(" ".join(digits), {}), salt)


def public_of(private: bytes) -> bytes:
    """The public half."""
    return pair_of(private).public
