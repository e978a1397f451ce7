"""The addresses of the desk's API, under /api/."""

from django.urls import path

from voordeur.faces.desk import at_hand, calls, conversation, entries, inbox, partners, team_keys

urlpatterns = [
    path("me", team_keys.me_answer),
    path("key", team_keys.key_answer),
    path("team_key", team_keys.team_key_answer),
    path("team_members", team_keys.team_members_answer),
    path("wrap_team_key", team_keys.wrap_team_key_answer),
    path("recovery", team_keys.recovery_answer),
    path("inbox", inbox.inbox_answer),
    path("duty", inbox.duty_answer),
    path("roster", inbox.roster_answer),
    path("pick", conversation.pick_answer),
    path("take_over", conversation.take_over_answer),
    path("open", conversation.open_answer),
    path("epoch", conversation.epoch_answer),
    path("read", conversation.read_answer),
    path("write", conversation.write_answer),
    path("draft", conversation.draft_answer),
    path("typing", conversation.typing_answer),
    path("pass_on_readers", conversation.pass_on_readers_answer),
    path("pass_on", conversation.pass_on_answer),
    path("close", conversation.close_answer),
    path("call", calls.call_answer),
    path("pages", at_hand.pages_answer),
    path("page", at_hand.page_answer),
    path("organizations", at_hand.organizations_answer),
    path("organization", at_hand.organization_answer),
    path("partners", partners.partners_answer),
    path("partner_team", partners.partner_team_answer),
    path("partner_invite", partners.partner_invite_answer),
    path("partner_off", partners.partner_off_answer),
    path("own_entry", entries.own_entry_answer),
    path("own_entry_propose", entries.propose_answer),
    path("own_entry_withdraw", entries.withdraw_answer),
    path("entry_proposals", entries.proposals_answer),
    path("entry_decide", entries.decide_answer),
]
