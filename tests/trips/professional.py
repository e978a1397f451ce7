"""Somebody of the desk over plain HTTP: signs in with passphrase and code, opens their keys, reads, writes, hands on.

What their browser would do with keys is done here: the key phrase opens the own key, that one opens the key of the
team, and these open the keys of each epoch. A line that breaks is tried again with the same id of the message.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
import secrets
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from typing import Any
from urllib.parse import urlencode

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from tests.trips.cast import SignIn
from tests.trips.visitor import PATIENCE_SECONDS, NoAnswer, as_bytes, as_text
from voordeur.secrecy.envelope import Context, seal, unseal
from voordeur.secrecy.keyring import grant_context, new_key, pair_of, plan_key, team_context, unwrap, wrap

_AGAIN_SECONDS = 0.3
_TRIES = 5
_LATER = (429, 500, 502, 503)


def code_of_now(secret: str) -> str:
    """The six digits of an app with this secret (RFC 6238)."""
    counter = int(time.time()) // 30
    digest = hmac.new(base64.b32decode(secret), counter.to_bytes(8), hashlib.sha1).digest()
    at = digest[-1] & 15
    return f"{(int.from_bytes(digest[at : at + 4]) & 0x7FFFFFFF) % 1_000_000:06}"


@dataclass
class Professional:
    """One browser at the desk."""

    port: int
    sign_in: SignIn
    own_key: bytes = b""
    team_keys: dict[str, bytes] = field(default_factory=dict)
    seconds: set[int] = field(default_factory=set)
    cookies: dict[str, str] = field(default_factory=dict)

    def signs_in(self) -> None:
        """Passphrase, second factor, key phrase; then at work."""
        assert (
            self._fills_in("/sign-in", login=self.sign_in.name, password=self.sign_in.passphrase) == "/sign-in/second"
        )
        assert self._fills_in("/sign-in/second", code=code_of_now(self.sign_in.totp_secret)) == "/"
        me = self.gets("me")
        kept = me["key"]
        phrase, sealed = self.sign_in.key_phrase.encode(), as_bytes(kept["sealed"])
        opener = hashlib.pbkdf2_hmac("sha512", phrase, as_bytes(kept["salt"]), kept["rounds"], dklen=32)
        self.own_key = AESGCM(opener).decrypt(sealed[:12], sealed[12:], b"voordeur own key 1")
        assert pair_of(self.own_key).public == as_bytes(kept["public"])
        for team in me["teams"]:
            sealed_team_key = as_bytes(team["sealed_team_key"])
            self.team_keys[team["slug"]] = unwrap(self.own_key, sealed_team_key, team_context(team["slug"]))
        self.is_at_work()

    def is_at_work(self) -> None:
        """What the page says every half minute."""
        self.gets("duty", team=self.sign_in.team, is_on=True)

    def ask(self, what: str, **body: object) -> tuple[int, dict[str, Any]]:
        """Status and answer of one question; asked again while nobody answers."""
        headers = {"Content-Type": "application/json", "X-Voordeur": "1", "Sec-Fetch-Site": "same-origin"}
        until = time.monotonic() + PATIENCE_SECONDS
        while True:
            status, text, _ = self._asked("POST", f"/api/{what}", json.dumps(body), headers)
            if status not in _LATER:
                return status, json.loads(text)
            if time.monotonic() > until:
                raise NoAnswer(what)
            time.sleep(_AGAIN_SECONDS)

    def gets(self, what: str, **body: object) -> dict[str, Any]:
        """The answer to a question that must be answered."""
        status, answer = self.ask(what, **body)
        assert status == 200, (what, status, answer)
        return answer

    def waiting(self) -> list[dict[str, Any]]:
        """What this person may take up, in the order of the inbox."""
        return [one for one in self.gets("inbox")["waiting"] if one["may_take"]]

    def picks_up(self, conversation_id: str) -> Held:
        """Take it up, and make new keys for who must read what follows."""
        status, answer = self.ask("pick", id=conversation_id)
        if status != 200:  # taken, and the answer was lost on the way
            answer = self.gets("open", id=conversation_id)
        held = Held(self, answer)
        for _ in range(_TRIES):
            if held.renews_keys():
                return held
            held = self.opens(conversation_id)  # somebody came or went meanwhile: the page, too, looks again
        raise AssertionError("who reads next changed each time")

    def opens(self, conversation_id: str) -> Held:
        """One that is theirs, or that they coach."""
        return Held(self, self.gets("open", id=conversation_id))

    def calls(self) -> tuple[Held, str]:
        """A conversation by telephone, and the digits of its code."""
        called = self.gets("call", team=self.sign_in.team, language="nl")
        held = self.opens(called["id"])
        held.words = " ".join(called["code_words"])
        return held, " ".join(called["code_digits"])

    def _fills_in(self, path: str, **fields: str) -> str:
        """Send the form of a page; where that leads."""
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', self._asked("GET", path)[1])
        assert token
        body = urlencode({"csrfmiddlewaretoken": token[1], **fields})
        headers = {"Content-Type": "application/x-www-form-urlencoded", "Origin": f"http://localhost:{self.port}"}
        status, text, where = self._asked("POST", path, body, headers)
        assert status == 302, (status, text[-2000:])
        return where

    def _asked(
        self, method: str, path: str, body: str | None = None, headers: Mapping[str, str] | None = None
    ) -> tuple[int, str, str]:
        until = time.monotonic() + PATIENCE_SECONDS
        while True:
            connection = HTTPConnection("127.0.0.1", self.port, timeout=30)
            began = int(time.time())
            try:
                cookies = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
                sent = {"Host": f"localhost:{self.port}", "Accept-Language": "en", "Cookie": cookies, **(headers or {})}
                connection.request(method, path, body, sent)
                answer = connection.getresponse()
                for cookie in answer.headers.get_all("Set-Cookie") or ():
                    name, _, value = cookie.partition(";")[0].partition("=")
                    self.cookies[name] = value
                return answer.status, answer.read().decode(), answer.headers["Location"] or ""
            except (OSError, HTTPException) as broken:
                if time.monotonic() > until:
                    raise NoAnswer(path) from broken
                time.sleep(_AGAIN_SECONDS)
            finally:
                connection.close()
                self.seconds.update(range(began, int(time.time()) + 1))


def _key_of(direction: str, keys: bytes) -> bytes:
    if direction == "p":
        return plan_key(keys[:32])
    return keys[:32] if direction in "vdh" else keys[32:]


def _payload(who: str, keys: bytes) -> bytes:
    if who == "buddy":
        return plan_key(keys[:32])
    return keys[:32] if who in ("visitor", "guest", "buddy_talk") else keys


class Held:
    """A conversation in the hands of somebody of the desk: what was read of it so far, and its keys by epoch."""

    def __init__(self, by: Professional, material: Mapping[str, Any]) -> None:
        self.by, self.id, self.raw_id = by, str(material["id"]), bytes.fromhex(material["id"])
        self.material = material
        self.words = ""
        self.epoch = self.read_to = 0
        self.keys: dict[int, bytes] = {}
        self.messages: dict[int, Mapping[str, Any]] = {}
        self._learns(material)

    def _learns(self, told: Mapping[str, Any]) -> None:
        self.epoch = told["epoch"]
        for one in told["grants"]:
            kind, _, team = one["reader"].partition(":")
            private = {"me": self.by.own_key, "team": self.by.team_keys.get(team)}.get(kind)
            if private is not None:
                context = grant_context(self.raw_id, one["epoch"])
                self.keys[one["epoch"]] = unwrap(private, as_bytes(one["wrapped"]), context)
        self.messages |= {one["place"]: one for one in told["messages"]}

    def renews_keys(self, readers: Sequence[Mapping[str, Any]] | None = None) -> bool:
        """New keys for the readers that the desk names, when other people read now; no when those changed meanwhile."""
        material = self.material
        if readers is None and not material["needs_epoch"]:
            return True
        keys, epoch = new_key() + new_key(), self.epoch + 1
        context = grant_context(self.raw_id, epoch)
        grants = [
            {
                "tag": one["tag"],
                "wrapped": as_text(wrap(as_bytes(one["public"]), _payload(str(one["who"]), keys), context)),
            }
            for one in (material["readers"] if readers is None else readers)
        ]
        status, answer = self.by.ask("epoch", id=self.id, epoch=epoch, grants=grants)
        if status == 400 and str(answer.get("error", "")).endswith("open it again"):
            return False
        assert status in (200, 409), answer  # 409: it was done, and the answer was lost
        if readers is None:
            self.material = self.by.gets("open", id=self.id)
            self._learns(self.material)
        else:
            self.epoch, self.keys[epoch] = epoch, keys
        return True

    def reads(self) -> list[Mapping[str, Any]]:
        """Everything that is new, opened: place and direction beside what the envelope holds."""
        # Not after the last place that is known here: what the visitor wrote just before an own message is new too.
        after = self.read_to
        self._learns(self.by.gets("read", id=self.id, after=after))
        self.read_to = max(self.messages, default=0)
        return [self.opened(place) for place in sorted(self.messages) if place > after]

    def everything(self) -> list[Mapping[str, Any]]:
        """All of it, opened, in order."""
        return [self.opened(place) for place in sorted(self.messages)]

    def opened(self, place: int) -> Mapping[str, Any]:
        """One message, opened."""
        one = self.messages[place]
        keys, context = self.keys[one["epoch"]], Context(self.raw_id, one["direction"], one["sequence"])
        key = _key_of(one["direction"], keys)
        said: dict[str, Any] = json.loads(unseal(key, context, as_bytes(one["envelope"])))
        return {**said, "place": place, "direction": one["direction"]}

    def says(self, text: str, direction: str = "d", **more: object) -> int:
        """Seal and send a text until it has a place; the place. `more` is beside the text in the envelope."""
        message_id = as_text(secrets.token_bytes(16))
        numbers = [one["sequence"] for one in self.messages.values() if one["direction"] == direction]
        following, until = max(numbers, default=0) + 1, time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < until:
            sealed = {"id": self.id, "message_id": message_id, "direction": direction, "sequence": following,
                      "epoch": self.epoch}  # fmt: skip
            sealed["envelope"] = as_text(self._sealed(text, direction, following, more))
            status, answer = self.by.ask("write", **sealed)
            if status == 200:
                self.messages[answer["place"]] = sealed | {"place": answer["place"]}
                return int(answer["place"])
            assert status == 409, (status, answer)
            following = answer.get("next", following)
            self._learns(self.by.gets("open", id=self.id))
        raise NoAnswer(direction)

    def _sealed(self, text: str, direction: str, sequence: int, more: Mapping[str, object] | None = None) -> bytes:
        at = time.strftime("%Y-%m-%dT%H:%MZ", time.gmtime())
        said = {"t": text, "at": at, "by": self.by.sign_in.shown, "role": "responder", "kind": "text", "ref": ""}
        keys = self.keys[self.epoch]
        whole = {**said, "lang": "nl", **(more or {})}
        return seal(_key_of(direction, keys), Context(self.raw_id, direction, sequence), json.dumps(whole).encode())

    def drafts(self, text: str) -> None:
        """Type something and not send it."""
        self.by.gets("draft", id=self.id, epoch=self.epoch, envelope=as_text(self._sealed(text, "f", 1)))

    def types(self) -> None:
        """Something is typed."""
        self.by.gets("typing", id=self.id)

    def passes_on(self, team: str) -> None:
        """To the queue of a team, with new keys for it."""
        assert self.renews_keys(self.by.gets("pass_on_readers", id=self.id, team=team)["readers"])
        self.by.gets("pass_on", id=self.id, team=team)

    def closes(self) -> None:
        """It is finished."""
        self.by.gets("close", id=self.id, because="finished", shut_out=False)
