"""Every kind of record has its end written down (rules/retention.py, safety rule 11)."""

from __future__ import annotations

from django.apps import apps

from voordeur.rules.retention import RETENTIONS, table


def _tables() -> set[str]:
    return {
        f"{model._meta.app_label}.{model.__name__}"
        for model in apps.get_models(include_auto_created=True)
        if model.__module__.startswith("voordeur.") or model._meta.auto_created
    }


def test_every_model_has_a_row() -> None:
    assert _tables() - {one.model for one in RETENTIONS} == set()


def test_no_row_stands_for_a_model_that_is_gone() -> None:
    assert {one.model for one in RETENTIONS} - _tables() == set()


def test_no_model_has_two_rows() -> None:
    assert len({one.model for one in RETENTIONS}) == len(RETENTIONS)


def test_what_is_personal_has_an_end() -> None:
    assert [one.model for one in RETENTIONS if one.personal and one.keep_for is None] == []


def test_the_table_has_one_line_for_each_row_and_two_for_its_head() -> None:
    assert len(table().splitlines()) == len(RETENTIONS) + 2
