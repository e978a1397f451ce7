"""The addresses of HSDS 3.1: what they give is valid, filters filter, and what cannot be honoured is refused."""

from __future__ import annotations

import gzip
import json
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

import pytest
from django.test import Client

from tests.faces.opendata.conftest import HOST, Ask, official, wrong
from voordeur import vocabulary as v
from voordeur.faces.hsds import identifier
from voordeur.faces.opendata import answering
from voordeur.faces.opendata.records import LISTS
from voordeur.records.directory.models import Edition, Organization
from voordeur.records.directory.queries import Directory

RECORD = {
    "services": "service", "organizations": "organization", "service_at_locations": "service_at_location",
    "taxonomies": "taxonomy", "taxonomy_terms": "taxonomy_term",
}  # fmt: skip


def everything(ask: Ask, path: str) -> list[dict[str, Any]]:
    """All records of a list, page by page."""
    found: list[dict[str, Any]] = []
    number, sign = 1, "&" if "?" in path else "?"
    while True:
        page = ask(f"{path}{sign}per_page=20&page={number}").data
        found += page["contents"]
        if page["last_page"]:
            assert page["total_items"] == len(found)
            return found
        number += 1


def test_the_schemas_would_refuse_what_is_not_of_hsds() -> None:
    good = {"id": identifier("service", "x"), "name": "X", "status": "active"}
    assert wrong("service", good) == []
    for bad in (
        {**good, "violence": []},
        {**good, "id": "x"},
        {**good, "url": "not an address"},
        {**good, "email": "nobody"},
        {**good, "status": "uncertain"},
        {**good, "phones": [{"id": good["id"], "number": "1", "kind": "phone"}]},
        {"id": good["id"], "name": "X"},
    ):
        assert wrong("service", bad), bad


def test_the_base_says_what_this_is(ask: Ask) -> None:
    for path in ("/api", "/api/"):
        assert ask(path).data == {
            "version": "3.1",
            "profile": f"http://{HOST}/api/docs/en",
            "openapi_url": f"http://{HOST}/api/openapi.json",
        }


@pytest.mark.parametrize("kind", LISTS)
def test_every_record_of_a_list_is_valid_and_every_page_has_its_numbers(ask: Ask, kind: str) -> None:
    first = ask(f"/{kind}?per_page=3").data
    assert wrong("page", {name: value for name, value in first.items() if name != "contents"}) == []
    assert set(first) == {*official()["page.json"]["properties"], "contents"}
    records = everything(ask, f"/{kind}")
    assert [fault for one in records for fault in wrong(RECORD[kind], one)] == []
    assert len({one["id"] for one in records}) == len(records) > 0
    assert first["contents"] == records[:3]
    total = len(records)
    assert (first["total_items"], first["total_pages"], first["size"]) == (total, -(-total // 3), min(3, total))
    assert (first["first_page"], first["last_page"], first["empty"]) == (True, total <= 3, False)
    beyond = ask(f"/{kind}?page=9999").data
    assert (beyond["contents"], beyond["empty"], beyond["last_page"], beyond["first_page"]) == ([], True, True, False)


@pytest.mark.parametrize("kind", LISTS)
def test_every_record_in_full_is_valid(ask: Ask, kind: str) -> None:
    records = everything(ask, f"/{kind}")
    for one in records[::4]:
        full = ask(f"/{kind}/{one['id']}").data
        assert wrong(RECORD[kind], full) == []
        if kind != "service_at_locations":
            assert {name: full[name] for name in one} == one
    assert ask(f"/{kind}/{records[0]['id'].upper()}").data["id"] == records[0]["id"]
    for nothing in ("x", identifier("service", "nothing"), "%00"):
        assert ask(f"/{kind}/{nothing}").status_code == 404


@pytest.mark.parametrize(
    "asked", ["/services?full=true", "/organizations?full=true", "/organizations?full_service=true"]
)
def test_lists_in_full_are_the_records_in_full(ask: Ask, asked: str) -> None:
    kind = asked[1:].partition("?")[0]
    more = "?full_service=true" if "full_service" in asked else ""
    records = everything(ask, asked)
    assert [fault for one in records for fault in wrong(RECORD[kind], one)] == []
    assert records[5] == ask(f"/{kind}/{records[5]['id']}{more}").data


def test_minimal_is_the_identifier_alone(ask: Ask) -> None:
    assert everything(ask, "/services?minimal=true") == [{"id": one["id"]} for one in everything(ask, "/services")]


def test_a_term_gives_the_services_that_carry_it_and_no_others(ask: Ask, directory: Directory) -> None:
    for code in ("stalking", "elder_abuse", "fgm"):
        term = identifier("taxonomy_term", f"violence/{code}")
        found = {one["id"] for one in everything(ask, f"/services?taxonomy_term_id={term}")}
        told = {
            identifier("service", f"{one.id}/{service.key}")
            for one in directory.organizations.values()
            for service in one.services
            if code in service.violence
        }
        assert found == told != set()
        carried = [one for one in everything(ask, "/services?full=true") if term in
                   [attribute["taxonomy_term_id"] for attribute in one["attributes"]]]  # fmt: skip
        assert {one["id"] for one in carried} == found
        organizations = {one["id"] for one in everything(ask, f"/organizations?taxonomy_term_id={term}")}
        assert organizations == {one["organization_id"] for one in carried}


def test_filters_add_up(ask: Ask) -> None:
    term = identifier("taxonomy_term", f"function/{v.Function.HELPLINE}")
    by_term = {one["id"] for one in everything(ask, f"/services?taxonomy_term_id={term}")}
    by_word = {one["id"] for one in everything(ask, "/services?search=chat")}
    both = {one["id"] for one in everything(ask, f"/services?search=chat&taxonomy_term_id={term}")}
    assert both == by_term & by_word != set()
    assert both != by_term
    assert both != by_word
    assert everything(ask, f"/services?taxonomy_term_id={identifier('taxonomy_term', 'none')}") == []


def test_an_organisation_gives_its_own_services(ask: Ask, directory: Directory) -> None:
    own = everything(ask, f"/services?organization_id={identifier('organization', 'fier')}")
    assert [one["name"] for one in own] == [service.name["nl"] for service in directory.organizations["fier"].services]
    taxonomy = identifier("taxonomy", "group")
    some = everything(ask, f"/services?taxonomy_id={taxonomy}")
    assert 0 < len(some) < len(everything(ask, "/services"))


@pytest.mark.parametrize(
    ("written", "name"),
    [("Fier", "fier"), ("FIÉR", "fier"), ("lovers chat", None), ("zelfmoord", "113-zelfmoordpreventie"), ("\0", None)],
)
def test_search_finds_by_the_beginning_of_words(ask: Ask, written: str, name: str | None) -> None:
    found = [one["id"] for one in everything(ask, f"/organizations?search={quote(written)}")]
    assert (identifier("organization", name) in found) if name else found == []
    assert len(found) < 12


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ("/services?colour=red", "unknown_parameter"),
        ("/services?full_service=true", "unknown_parameter"),
        ("/services?modified_after=2026-01-01", "not_honoured"),
        ("/service_at_locations?postcode=1011", "not_honoured"),
        ("/taxonomy_terms?top_only=true", "not_honoured"),
        ("/services?page=1&page=2", "twice"),
        ("/services?page=0", "wrong_value"),
        ("/services?page=1.0", "wrong_value"),
        ("/services?page=%D9%A3", "wrong_value"),
        ("/services?per_page=101", "wrong_value"),
        ("/services?full=yes", "wrong_value"),
        ("/services?full", "wrong_value"),
        ("/services?format=ndjson", "wrong_value"),
        ("/services?taxonomy_term_id=1", "wrong_value"),
        ("/services?search=", "wrong_value"),
        (f"/services?search={'x' * 101}", "wrong_value"),
        ("/services?search=%ff", "unreadable"),
        ("/services?" + "&".join(f"a{number}=1" for number in range(30)), "unreadable"),
        ("/?x=1", "unknown_parameter"),
        ("/dumps/directory.json?x=1", "unknown_parameter"),
        ("/openapi.json?x=1", "unknown_parameter"),
    ],
)
def test_what_cannot_be_honoured_is_refused_in_a_sentence_in_the_readers_language(
    ask: Ask, asked: str, code: str
) -> None:
    english, dutch = ask(asked), ask(asked, Accept_Language="nl-NL,nl;q=0.9")
    for answer in (english, dutch):
        assert (answer.status_code, answer.data["error"]) == (400, code)
        assert answer.headers["Cache-Control"] == "no-store"
    assert english.data["message"] != dutch.data["message"]
    assert (english.headers["Content-Language"], dutch.headers["Content-Language"]) == ("en", "nl")


def test_who_has_an_answer_already_does_not_get_it_again(ask: Ask) -> None:
    answer = ask("/services")
    tag, day = answer.headers["ETag"], answer.headers["Last-Modified"]
    assert answer.headers["Cache-Control"] == "public, max-age=60"
    again = ask("/services", If_None_Match=f'"other", {tag}')
    assert (again.status_code, again.content, again.headers["ETag"]) == (304, b"", tag)
    assert ask("/services", If_None_Match="*").status_code == 304
    assert ask("/services", If_None_Match='"other"', If_Modified_Since=day).status_code == 200
    assert ask("/services", If_Modified_Since=day).status_code == 304
    assert ask("/services", If_Modified_Since="Mon, 01 Jan 2024 00:00:00 GMT").status_code == 200
    assert ask("/services", If_Modified_Since="yesterday").status_code == 200
    assert ask("/services?page=2").headers["ETag"] != tag


def test_another_state_of_the_directory_has_another_tag(ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    from voordeur.faces.opendata import store

    monkeypatch.setattr(store, "_LOOK_AGAIN", timedelta(minutes=10))  # however slow this machine is
    before = ask("/services")
    Edition.objects.all().delete()
    Edition.objects.create(content_hash="other", loaded_at=datetime.now(UTC))
    Organization.objects.filter(pk="fier").update(name="Vier")
    assert ask("/services").headers["ETag"] == before.headers["ETag"]  # not looked at again yet
    monkeypatch.setattr(store._kept, "_looked_at", None)
    assert ask("/services").headers["ETag"] != before.headers["ETag"]
    assert ask("/services", If_None_Match=before.headers["ETag"]).status_code == 200
    assert ask(f"/organizations/{identifier('organization', 'fier')}").data["name"] == "Vier"


def test_an_answer_is_packed_for_who_can_unpack_it(ask: Ask) -> None:
    plain, packed = ask("/services"), Client(HTTP_HOST=HOST).get("/api/services", headers={"Accept-Encoding": "gzip"})
    assert packed.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.content) == plain.content
    assert packed.headers["ETag"] == plain.headers["ETag"]
    assert "Accept-Encoding" in packed.headers["Vary"]


@pytest.mark.parametrize(
    "path", ["/", "/services", "/services?x=1", "/nowhere", "/docs/en", "/dumps/directory.zip", "/openapi.json"]
)
def test_every_site_may_read_it_and_no_cookie_is_set(ask: Ask, path: str) -> None:
    answer = ask(path, Origin="https://elsewhere.example", Cookie="a=b")
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert answer.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert 'rel="license"' in answer.headers["Link"]
    assert not answer.cookies
    assert "Access-Control-Allow-Credentials" not in answer.headers


def test_other_methods_are_refused_and_head_has_no_body(ask: Ask) -> None:
    client = Client(HTTP_HOST=HOST)
    for method in ("post", "put", "patch", "delete", "options", "trace"):
        answer = getattr(client, method)("/api/services")
        assert (answer.status_code, answer.headers["Allow"]) == (405, "GET, HEAD")
    head = client.head("/api/services")
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["Content-Length"] == str(len(ask("/services").content))


def test_another_host_is_no_door(ask: Ask) -> None:
    assert Client(HTTP_HOST="elsewhere.example").get("/api/services").status_code == 421


def test_who_asks_too_often_waits_and_others_do_not(ask: Ask) -> None:
    client = Client(HTTP_HOST=HOST)
    most = answering.WORK.at_once
    said = [client.get("/api/dumps/directory.zip", REMOTE_ADDR="10.0.0.1").status_code for _ in range(most + 5)]
    assert said[:most] == [200] * most
    assert 429 in said[most:]
    answer = client.get("/api/dumps/directory.zip", REMOTE_ADDR="10.0.0.1")
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "60")
    assert client.get("/api/dumps/directory.zip", REMOTE_ADDR="10.0.0.2").status_code == 200


def test_a_fact_names_its_source_and_an_organisation_its_licence(ask: Ask) -> None:
    fier = ask(f"/organizations/{identifier('organization', 'fier')}?full_service=true").data
    own = {(one["link_type"], one["label"]): one.get("value") for one in fier["attributes"]}
    assert own["license", "license"] == "EUPL-1.2"
    assert own["source", "summary"] == "report"
    assert own["date", "sources.report.date"] == "2022"
    [chat] = [one for one in fier["services"] if one["name"] == "Chat met Fier"]
    of = {(one["link_type"], one["label"]): one.get("value") for one in chat["attributes"]}
    assert of["source", "channels.0.value"] == "contacts"
    assert of["source", "channels.0.hours"] == "report"
    assert {one["last_action_date"] for one in fier["metadata"]} == {"2022", "2025-05"}


def test_hours_stand_there_as_they_are_written_and_what_is_not_certain_does_not(ask: Ask) -> None:
    services = {one["name"]: one for one in everything(ask, "/services?full=true")}
    chat = services["Chat met Fier"]
    assert [(one["byday"], one["opens_at"], one["closes_at"]) for one in chat["schedules"]] == [
        ("MO,TU,WE,TH,FR", "16:00", "06:00"),
        ("SA,SU", "20:00", "06:00"),
    ]
    texts = [one["description"] for service in services.values() for one in service.get("schedules", ())]
    assert texts
    assert all(text.endswith("(Europe/Amsterdam)") for text in texts)


def test_every_term_of_an_attribute_can_be_asked_for(ask: Ask) -> None:
    known = {one["id"]: one for one in everything(ask, "/taxonomy_terms")}
    taxonomies = {one["id"] for one in everything(ask, "/taxonomies")}
    used = [
        attribute["taxonomy_term"]
        for one in everything(ask, "/organizations?full_service=true")
        for record in (one, *one["services"])
        for attribute in record["attributes"]
    ]
    assert len(used) > 5000
    assert all(known.get(one["id"]) == one for one in used)
    assert {one["taxonomy_id"] for one in known.values()} == taxonomies


@pytest.mark.parametrize(
    ("problem", "status", "error"), [("DatabaseError", 503, "not_now"), ("KeyError", 500, "our_fault")]
)
def test_an_error_of_ours_is_said_without_what_was_asked(
    ask: Ask,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
    problem: str,
    status: int,
    error: str,
) -> None:
    from django.db import DatabaseError

    from voordeur.faces.opendata import store

    def gone(*_: object) -> Directory:
        raise {"DatabaseError": DatabaseError, "KeyError": KeyError}[problem]("no such table: canary")

    monkeypatch.setattr(store, "current_directory", gone)
    answer = ask("/services?search=canary")
    assert (answer.status_code, answer.data["error"]) == (status, error)
    assert "canary" not in json.dumps(answer.data) + caplog.text + "".join(capsys.readouterr())


def test_organisations_in_the_words_of_schema_org(ask: Ask) -> None:
    address = f"/organizations/{identifier('organization', 'fier')}/schema.org"
    answer = ask(address)
    assert answer.headers["Content-Type"] == "application/ld+json"
    data = answer.data
    assert (data["@context"], data["@type"], data["name"]) == ("https://schema.org", "Organization", "Fier")
    [chat] = [one for one in data["contactPoint"] if one["contactType"] == "chat"]
    assert chat["url"] == "https://www.fier.nl/chat"
    assert chat["hoursAvailable"][0]["dayOfWeek"][0] == "https://schema.org/Monday"
    assert (chat["hoursAvailable"][0]["opens"], chat["hoursAvailable"][0]["closes"]) == ("16:00", "06:00")
    assert "telephone" not in json.dumps(data)  # none is known of it
