"""The ladder of every page of keeping up: the right person, a colleague, others, a wrong verb, a bad id."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.db import connection
from django.test import Client

from tests.faces.desk.colleagues import Colleague, Group, sign_in
from tests.faces.editorial.conftest import ENTRY, PHONE, Keeper, of_partner
from voordeur.faces.editorial.keeper import HOME
from voordeur.records.directory import corrections, history, publishing
from voordeur.records.directory.models import Clash
from voordeur.settings.upkeep_urls import urlpatterns
from voordeur.vocabulary import StaffRole

pytestmark = pytest.mark.django_db
#: Address, who may open or send it, and by which verbs: “own” is a steward and the organisation's own people.
LADDER = {
    "": ("own", "get"),
    "/page/<int:number>": ("own", "get"),
    "/o/<slug:organization>": ("own", "get"),
    "/o/<slug:organization>/field/<str:path>": ("own", "get post"),
    "/o/<slug:organization>/service": ("own", "get post"),
    "/o/<slug:organization>/service/<slug:service>/out": ("own", "get post"),
    "/o/<slug:organization>/service/<slug:service>/way": ("own", "get post"),
    "/o/<slug:organization>/service/<slug:service>/way/<slug:way>/out": ("own", "get post"),
    "/o/<slug:organization>/text": ("own", "get post"),
    "/o/<slug:organization>/asked": ("steward", "post"),
    "/o/<slug:organization>/undo": ("steward", "post"),
    "/version/<int:version>": ("steward", "get"),
    "/version/<int:version>/decide": ("steward", "post"),
    "/correction/<int:correction>": ("steward", "get post"),
    "/clash/<int:clash>": ("steward", "get post"),
}


@pytest.fixture
def filled(stella: Keeper) -> dict[str, str]:
    """What stands in the gaps of the addresses: everything is there."""
    stella.changes()
    draft = history.draft_of(ENTRY, is_own=False)
    said = corrections.suggest(
        organization=ENTRY, path=PHONE, said="x", source_told="", moment=datetime.now(UTC)
    )  # fmt: skip
    clash = Clash.objects.create(
        organization=ENTRY, path="name", base=[], file=[], published=[], found_on="2026-11-30"
    )  # fmt: skip
    assert draft is not None
    return {
        "<slug:organization>": ENTRY, "<slug:service>": "shelter", "<slug:way>": "phone", "<str:path>": PHONE,
        "<int:version>": str(draft.id), "<int:number>": "1",
        "<int:correction>": str(said), "<int:clash>": str(clash.pk),
    }  # fmt: skip


def _address(pattern: str, filled: dict[str, str], **other: str) -> str:
    for gap, value in (filled | other).items():
        pattern = pattern.replace(gap, value)
    return f"{HOME}{pattern}"


def _statuses(who: Keeper, filled: dict[str, str], verb: str, kinds: tuple[str, ...]) -> dict[str, int]:
    who.client.handler.enforce_csrf_checks = False
    return {
        pattern: getattr(who.client, verb)(_address(pattern, filled)).status_code
        for pattern, (kind, verbs) in LADDER.items()
        if kind in kinds and verb in verbs.split()
    }


def test_every_address_stands_in_the_ladder() -> None:
    assert set(LADDER) == {str(one.pattern) for one in urlpatterns}


def test_a_steward_and_a_colleague_open_every_page(stella: Keeper, filled: dict[str, str]) -> None:
    other = Keeper(Colleague("steve", stella.colleague.group, StaffRole.STEWARD, is_on=False))
    for who in (stella, other):
        assert set(_statuses(who, filled, "get", ("own", "steward")).values()) == {200}


@pytest.mark.parametrize("role", [StaffRole.RESPONDER, StaffRole.COACH, StaffRole.LEAD])
def test_people_of_the_organisation_open_their_own_entry_and_nothing_of_the_steward(
    role: StaffRole, filled: dict[str, str]
) -> None:
    pia = of_partner("pia", ENTRY, role)
    assert set(_statuses(pia, filled, "get", ("own",)).values()) == {200}
    assert set(_statuses(pia, filled, "get", ("steward",)).values()) == {404}
    assert set(_statuses(pia, filled, "post", ("steward",)).values()) == {404}


def test_people_of_another_organisation_open_only_their_own_list(filled: dict[str, str]) -> None:
    olga = of_partner("olga", "fier")
    for verb in ("get", "post"):
        found = _statuses(olga, filled, verb, ("own", "steward"))
        for own in ("", "/page/<int:number>"):
            found.pop(own, None)
        assert set(found.values()) == {404}
    assert "Fier" in olga.opens() and "Blijf Groep" not in olga.text


@pytest.mark.parametrize("role", [one for one in StaffRole if one is not StaffRole.STEWARD])
def test_who_keeps_up_no_entry_gets_not_here_everywhere(
    role: StaffRole, stella: Keeper, filled: dict[str, str]
) -> None:
    ada = Keeper(Colleague("ada", Group("central"), role))
    for verb in ("get", "post"):
        assert set(_statuses(ada, filled, verb, ("own", "steward")).values()) == {404}


@pytest.mark.parametrize("role", [StaffRole.PEER, StaffRole.STEWARD])
def test_who_has_another_task_at_the_organisation_keeps_up_nothing(role: StaffRole, filled: dict[str, str]) -> None:
    assert set(_statuses(of_partner("pia", ENTRY, role), filled, "get", ("own", "steward")).values()) == {404}


def test_who_is_not_through_the_gate_is_sent_to_sign_in(stella: Keeper, filled: dict[str, str]) -> None:
    half = Client()
    sign_in(half, stella.colleague.staff, is_through=False)
    for client in (Client(), half):
        for pattern in LADDER:
            for verb in ("get", "post"):
                answer = getattr(client, verb)(_address(pattern, filled))
                assert (answer.status_code, answer.headers["Location"]) == (302, "/sign-in"), pattern


def test_a_wrong_verb_is_refused(stella: Keeper, filled: dict[str, str]) -> None:
    stella.client.handler.enforce_csrf_checks = False
    for pattern, (_, verbs) in LADDER.items():
        for verb in {"get", "post", "put", "delete", "patch"} - set(verbs.split()):
            answer = getattr(stella.client, verb)(_address(pattern, filled))
            assert answer.status_code == 405, (pattern, verb)


@pytest.mark.parametrize("number", ["0", "999999", "9" * 40])
def test_a_number_of_nothing_is_not_here(stella: Keeper, filled: dict[str, str], number: str) -> None:
    gaps = {gap: number for gap in filled if gap.startswith("<int")}
    for pattern, (_, verbs) in LADDER.items():
        if "<int" in pattern and "get" in verbs:
            assert stella.client.get(_address(pattern, filled, **gaps)).status_code == 404, pattern


@pytest.mark.parametrize(
    "path",
    [
        "nothing",
        "kind",
        "services.shelter.phone.kind",
        "id",
        "sources",
        "services.other.name",
        "services.shelter.chat.value",
        "..",
        "name.x",
    ],
)
def test_a_field_that_an_entry_cannot_have_is_not_here(stella: Keeper, path: str) -> None:
    stella.opens(f"/o/{ENTRY}/field/{path}", 404)


def test_an_organisation_that_is_not_there_is_not_here(stella: Keeper) -> None:
    for page in ("", "/text", f"/field/{PHONE}"):
        stella.opens(f"/o/nobody{page}", 404)


def test_a_form_without_the_token_of_its_page_changes_nothing(stella: Keeper, filled: dict[str, str]) -> None:
    stella.client.handler.enforce_csrf_checks = True
    for pattern, (_, verbs) in LADDER.items():
        if "post" in verbs:
            assert stella.client.post(_address(pattern, filled), {"decision": "discard"}).status_code == 403, pattern


def test_nothing_is_fetched_from_elsewhere_and_nothing_is_kept(stella: Keeper, filled: dict[str, str]) -> None:
    for pattern, (_, verbs) in LADDER.items():
        if "get" in verbs:
            answer = stella.client.get(_address(pattern, filled))
            assert answer.headers["Cache-Control"] == "no-store"
            policy = answer.headers["Content-Security-Policy"]
            assert "script-src 'none'" in policy and "unsafe" not in policy and "http" not in policy
            assert "<script" not in answer.content.decode()


def _all_rows() -> dict[str, list[str]]:
    """Every row of every table but that of sign-ins, which keeps when somebody was last seen."""
    found = {}
    with connection.cursor() as cursor:
        for table in sorted(connection.introspection.table_names(cursor)):
            if table != "staff_desksession":
                cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")  # noqa: S608  (our own names)
                found[table] = sorted(map(repr, cursor.fetchall()))
    return found


def test_looking_writes_nothing_anywhere_also_when_something_was_published_meanwhile(
    stella: Keeper, pia: Keeper, filled: dict[str, str]
) -> None:
    proposed = pia.changes("website", value="https://own.example/")
    pia.sends(f"{proposed}/decide", seen_at=proposed, decision="propose", reason="Ours.")
    mine = pia.changes("not_for", value_nl="Kort.", value_en="Short.")
    stella.publishes(f"/version/{filled['<int:version>']}")
    begun = stella.changes("summary", value_nl="Kort.", value_en="Short.")
    publishing.publish(
        version=int(proposed.rpartition("/")[2]), seen=_followed(proposed), reason="So.", moment=datetime.now(UTC)
    )
    said = filled["<int:correction>"]
    more = [begun, mine, proposed, f"/o/{ENTRY}/field/{PHONE}?correction={said}", f"/o/{ENTRY}/field/knowledge"]
    before = _all_rows()
    assert before["directory_entryversion"] and before["staff_auditline"]
    for who in (stella, pia):
        for address in (*(_address(pattern, filled) for pattern in LADDER), *(f"{HOME}{one}" for one in more)):
            for verb in ("get", "head"):
                getattr(who.client, verb)(address)
                assert _all_rows() == before, (who.colleague.staff.name, verb, address)
    assert "Something was published meanwhile" in stella.opens(begun) and "Take it along" in stella.text


def _followed(version: str) -> str:
    publishing.follow(version=int(version.rpartition("/")[2]))
    return publishing.fingerprint(ENTRY)
