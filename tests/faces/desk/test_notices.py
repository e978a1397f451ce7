"""Where a partner's team wants its notices: who leads sets it, colleagues see that it is there, others see nothing."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from django.conf import settings as now

from tests.faces.desk.colleagues import NOT_HERE, Colleague, Group
from voordeur.records.outbox.models import TeamAddress
from voordeur.records.staff.models import Team
from voordeur.records.staff.queries import audit_lines
from voordeur.settings.env import MailServer
from voordeur.vocabulary import StaffRole

pytestmark = pytest.mark.django_db
ADDRESS = "wacht@partner.example"
SHOWN = {"is_offered": True, "is_set": True, "may_set": True, "address": ADDRESS}


@pytest.fixture
def mail(settings: Any) -> None:
    settings.ENV = replace(now.ENV, smtp=MailServer("mail.example", 587))


@pytest.fixture
def group(mail: None) -> Group:
    one = Group("partner")
    Team.objects.filter(pk=one.team.pk).update(organization="de-partner")
    return one


@pytest.fixture
def lead(group: Group) -> Colleague:
    return Colleague("lea", group, StaffRole.LEAD)


def test_who_leads_sets_sees_changes_and_removes_it(lead: Colleague) -> None:
    assert lead.gets("notice_address", team="partner") == {**SHOWN, "is_set": False, "address": None}
    assert lead.gets("notice_address", team="partner", address=f" {ADDRESS} ") == SHOWN
    assert lead.gets("notice_address", team="partner") == SHOWN
    assert lead.gets("notice_address", team="partner", address="b@partner.example")["address"] == "b@partner.example"
    gone = lead.gets("notice_address", team="partner", address=None)
    assert gone == {**SHOWN, "is_set": False, "address": None}
    assert TeamAddress.objects.count() == 0


@pytest.mark.parametrize("role", [StaffRole.RESPONDER, StaffRole.PEER, StaffRole.COACH, StaffRole.STEWARD])
def test_others_of_the_team_see_that_there_is_one_and_change_nothing(
    role: StaffRole, lead: Colleague, group: Group
) -> None:
    lead.gets("notice_address", team="partner", address=ADDRESS)
    other = Colleague("otto", group, role)
    assert other.gets("notice_address", team="partner") == {**SHOWN, "may_set": False, "address": None}
    assert other.ask("notice_address", team="partner", address="b@partner.example") == NOT_HERE
    assert other.ask("notice_address", team="partner", address=None) == NOT_HERE
    assert lead.gets("notice_address", team="partner") == SHOWN


def test_for_another_team_it_is_not_there(lead: Colleague) -> None:
    stranger = Colleague("stan", Group("sport"), StaffRole.LEAD)
    for asked in ({}, {"address": "b@partner.example"}, {"address": None}):
        assert stranger.ask("notice_address", team="partner", **asked) == NOT_HERE
    assert stranger.ask("notice_address", team="nowhere") == NOT_HERE


@pytest.mark.parametrize(
    "address", ["", "nobody", "a@b", "a@b.nl, c@d.nl", "a@b.nl\nBcc: c@d.nl", "a" * 201, 5, ["a@b.nl"]]
)
def test_what_is_no_address_is_refused(address: object, lead: Colleague) -> None:
    status, answer = lead.ask("notice_address", team="partner", address=address)
    assert status == 400 and answer["error"]
    assert TeamAddress.objects.count() == 0


def test_a_wrong_address_is_a_sentence_in_the_language_of_who_asks(lead: Colleague) -> None:
    assert lead.ask("notice_address", team="partner", address="nobody")[1]["error"].startswith("This is not one mail")
    lead.client.defaults["HTTP_ACCEPT_LANGUAGE"] = "nl"
    assert lead.ask("notice_address", team="partner", address="nobody")[1]["error"].startswith("Dit is niet één mail")


def test_a_team_of_the_door_itself_is_offered_none() -> None:
    own = Colleague("ada", Group("central"), StaffRole.LEAD)
    assert not own.gets("notice_address", team="central")["is_offered"]
    assert own.ask("notice_address", team="central", address=ADDRESS)[0] == 400


def test_on_a_server_without_mail_none_is_offered_and_one_that_stands_can_be_removed(
    lead: Colleague, settings: Any
) -> None:
    lead.gets("notice_address", team="partner", address=ADDRESS)
    settings.ENV = replace(now.ENV, smtp=None)
    assert lead.gets("notice_address", team="partner") == {**SHOWN, "is_offered": False}
    assert lead.ask("notice_address", team="partner", address=ADDRESS)[0] == 400
    assert lead.gets("notice_address", team="partner", address=None)["is_set"] is False


def test_each_change_is_on_the_trail_without_the_address(lead: Colleague) -> None:
    from voordeur.faces.server_key import server_key

    lead.gets("notice_address", team="partner", address=ADDRESS)
    lead.gets("notice_address", team="partner")
    lead.gets("notice_address", team="partner", address=None)
    lines = audit_lines(server_key(), last=10)
    said = [(one.who, one.what, one.about) for one in lines if not isinstance(one, int) and "notice" in one.what]
    assert said == [("lea", "notice address set", ""), ("lea", "notice address removed", "")]
