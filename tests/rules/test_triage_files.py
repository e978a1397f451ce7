"""The files of triage: the law of their content, their version, and files that cannot be used."""

from __future__ import annotations

import re
import shutil
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.records.library.test_page_files import REPORT
from voordeur import vocabulary as v
from voordeur.rules.triage import CODES, NOT_ASKED, NOT_KNOWN, Question, Step, open_questions
from voordeur.rules.triage_files import TriageError, load_triage

CONTENT = Path(__file__).resolve().parents[2] / "content"
FOLDER = CONTENT / "triage"
SETS = load_triage(FOLDER)
KINDS = {"violence": v.Violence, "context": v.Context, "groups": v.Group, "role": v.Role, "relation": v.Relation}
RESTING: list[Question | Step] = [*SETS.questions, *SETS.steps.values()]
BY_ID = {one.id: one for one in SETS.questions}


# ------------------------------------------------------------ the law of the content


def _texts() -> Iterator[tuple[str, str, str]]:
    """Where, language and text, of everything that can be read."""
    for one in SETS.questions:
        for language, text in one.text.items():
            yield one.id, language, text
        for choice in one.answers:
            for language, text in choice.text.items():
                yield f"{one.id}.{choice.id}", language, text
        for reason in one.reasons:
            for language, text in reason.text.items():
                yield f"{one.id} reason", language, text
    for step in SETS.steps.values():
        for language, text in step.text.items():
            yield step.id, language, text
    for path in SETS.paths:
        for language, text in path.title.items():
            yield path.id, language, text


def test_there_are_more_than_a_dozen_questions_for_everybody_and_further_ones_for_every_kind_that_asks_on() -> None:
    assert len([one for one in SETS.questions if not one.opens_when]) >= 12
    assert {one.about for one in SETS.questions} == {"acute", "structural", "need", "path"}


def test_every_question_can_be_answered_not_known_and_not_asked() -> None:
    for one in SETS.questions:
        assert [choice.id for choice in one.answers][-2:] == [NOT_KNOWN, NOT_ASKED], one.id


def test_every_question_and_step_has_a_source_and_every_section_of_the_report_exists() -> None:
    for one in RESTING:
        assert one.sources, one.id
        for name in one.sources:
            if name.startswith("report "):
                assert name.removeprefix("report ") in REPORT, (one.id, name)
            else:
                assert SETS.sources[name].url.startswith("http"), name


def test_no_source_and_no_step_stands_there_for_nothing() -> None:
    used = {name for one in RESTING for name in one.sources}
    assert set(SETS.sources) == used
    steps = {name for first in SETS.first for name in first.steps} | {name for one in SETS.paths for name in one.steps}
    assert steps == set(SETS.steps)


def test_every_question_is_reachable() -> None:
    codes = {term: frozenset(str(one) for one in kind) for term, kind in KINDS.items()}
    found: dict[str, str] = {}
    reached: set[str] = set()
    for where in [codes, *({**codes, "role": frozenset({str(role)})} for role in v.Role)]:
        for _ in SETS.questions:
            for one in open_questions(SETS, found, where):
                reached.add(one.id)
                grave = next((answer for reason in one.reasons for answer in sorted(reason.answers)), "yes")
                found[one.id] = grave
    assert reached == set(BY_ID)


def test_every_condition_speaks_of_codes_that_there_are() -> None:
    opening = [one.opens_when for one in SETS.questions] + [one.opens_when for one in SETS.paths]
    for condition in (condition for opens_when in opening for condition in opens_when):
        assert set(condition.codes) <= set(CODES)
        assert condition.codes or condition.answers


def test_no_word_charges_or_blames() -> None:
    avoid = tomllib.loads((CONTENT / "library" / "words-to-avoid.toml").read_text(encoding="utf-8"))
    found = []
    for where, language, text in _texts():
        said = text.replace("een “waarom” klinkt als een verwijt", "").replace("a “why” sounds like blame", "")
        for name in avoid["names"]:
            said = said.replace(name, "")
        for word in [*avoid[language], "waarom", "why", "je moet", "you must tell", "schuld van"]:
            end = "" if word.endswith("*") else r"(?!\w)"
            if re.search(rf"(?<!\w){re.escape(word.rstrip('*'))}{end}", said, re.IGNORECASE):
                found.append((where, word))
    assert found == []


def test_no_text_holds_a_number_of_a_telephone() -> None:
    assert [(where, text) for where, _, text in _texts() if re.search(r"\d", text)] == []


def test_every_organisation_of_a_step_stands_in_the_directory() -> None:
    named = {one.organization for one in SETS.steps.values() if one.organization}
    assert {"113-zelfmoordpreventie", "veilig-thuis", "centrum-seksueel-geweld"} <= named
    assert [name for name in named if not (CONTENT / "directory" / f"{name}.toml").is_file()] == []


def test_both_languages_say_something_of_their_own() -> None:
    for one in SETS.questions:
        assert one.text["nl"] != one.text["en"], one.id
        assert one.text["nl"].endswith("?") and one.text["en"].endswith("?"), one.id


def test_no_question_or_step_has_a_long_sentence() -> None:
    long = []
    for where, _, text in _texts():
        long += [(where, one) for one in re.split(r"[.!?:;]\s", text) if len(one.split()) > 22]
    assert long == []


# ------------------------------------------------------------ reading


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    return Path(shutil.copytree(FOLDER, tmp_path / "triage"))


def _change(folder: Path, name: str, old: str, new: str) -> None:
    text = (folder / name).read_text(encoding="utf-8")
    assert old in text
    (folder / name).write_text(text.replace(old, new, 1), encoding="utf-8")


def test_the_version_is_sixteen_signs_and_the_same_for_the_same_content(copy: Path) -> None:
    assert re.fullmatch(r"[0-9a-f]{16}", SETS.version)
    assert load_triage(copy).version == SETS.version


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("questions.toml", "# Questions that", "# All questions that"),
        ("further.toml", 'about = "acute"\nopens_when', 'about   =   "acute"\n\nopens_when'),
        ("sources.toml", 'url = "https://pmc.ncbi.nlm.nih.gov/articles/PMC1447915"', 'url = "https://example.org/a"'),
        ("questions.toml", 'not_for = ["perpetrator"]\nsource', 'not_for = ["perpetrator", "perpetrator"]\nsource'),
    ],
)
def test_the_version_stays_when_nothing_that_is_meant_changes(name: str, old: str, new: str, copy: Path) -> None:
    _change(copy, name, old, new)
    assert load_triage(copy).version == SETS.version


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("questions.toml", "Is er iemand bij je?", "Is er nu iemand bij je?"),
        ("questions.toml", 'acute = "possible"', 'acute = "present"'),
        ("questions.toml", 'acute = "present"\nstructural = "present"', 'acute = "present"'),
        ("questions.toml", 'need = "help_at_once" }', 'need = "help" }'),
        ("questions.toml", 'not_for = ["perpetrator"]\n', ""),
        ("questions.toml", 'source = ["report 2.6", "who-2014"]', 'source = ["report 2.6"]'),
        ("questions.toml", 'violence = ["partner_violence", ', 'violence = ['),
        ("further.toml", 'opens_when = ["partner", { groups = ["pregnant"] }]', 'opens_when = ["partner"]'),
        ("steps.toml", "Bel samen het alarmnummer", "Bel nu het alarmnummer"),
        ("steps.toml", '"call-together", "call-for"', '"call-for", "call-together"'),
        ("steps.toml", "Niet meer willen leven", "Niet willen leven"),
    ],
)  # fmt: skip
def test_the_version_changes_with_what_is_meant(name: str, old: str, new: str, copy: Path) -> None:
    _change(copy, name, old, new)
    assert load_triage(copy).version != SETS.version


@pytest.mark.parametrize(
    ("name", "old", "new", "told"),
    [
        ("questions.toml", 'about = "acute"', 'about = "now"', "“company”: “about” is one of acute, structural"),
        ("questions.toml", 'text.en = "Is anybody', 'text.fr = "Is anybody', "“company”, text: a text in nl"),
        ("questions.toml", 'source = ["report 2.6", "who-2014"]\n', "", "“company”: “source” is a list"),
        ("questions.toml", '"report 2.6", "who-2014"', '"hearsay"', "there is no source “hearsay”"),
        ("questions.toml", 'answer = ["the_other"]', 'answer = ["not_known"]', "“not_known” is no answer"),
        ("questions.toml", 'acute = "possible"', 'acute = "not_seen"', "possible, present is expected"),
        ("questions.toml", 'acute = "possible"\nnl', 'structural = "possible"\nnl', "how grave it is for acute"),
        ("questions.toml", 'id = "danger_now"', 'id = "company"', "“company” stands twice"),
        ("questions.toml", 'not_known = { nl', 'unknown = { nl', "yes, no, not_known, not_asked"),
        ("questions.toml", 'violence = ["stalking"]', 'violence = ["gossip"]', "“gossip”"),
        ("questions.toml", 'need = "help_at_once"', 'need = "hugs"', "listening, information, help"),
        ("questions.toml", 'not_for = ["perpetrator"]', 'not_for = ["offender"]', "“offender”"),
        ("further.toml", 'opens_when = ["thoughts_of_death"]', 'opens_when = ["thoughts"]', "no situation “thoughts”"),
        ("further.toml", 'strangled = ["yes"]', 'strangled = ["no"]', "only an answer that is a reason"),
        ("further.toml", 'strangled = ["yes"]', 'choked = ["yes"]', "opens by “choked”"),
        ("further.toml", 'opens_when = ["own"]', 'opens = ["own"]', "“opens” is not one of"),
        ("steps.toml", 'steps = ["call-together", ', 'steps = ["call-no-one", ', "no step “call-no-one”"),
        ("steps.toml", '{emergency}. Blijf', '{number}. Blijf', "are the only blanks"),
        ("steps.toml", 'organization = "veilig-thuis"\n', "", "are the only blanks"),
        ("steps.toml", 'level = "not_seen"', 'level = "possible"', "acute “not_seen” is missing"),
        ("steps.toml", 'opens_when = ["thoughts_of_death"]\n', "", "path “suicide”: “opens_when” is expected"),
        ("sources.toml", 'date = "2003-07"', 'date = "July 2003"', "2003, 2003-07"),
        ("sources.toml", 'url = "https://pmc', 'url = "pmc', "https://"),
        ("sources.toml", "[report]", "[[[report]", "sources.toml"),
    ],
)  # fmt: skip
def test_a_file_that_cannot_be_used_is_refused_with_where_and_what_is_expected(
    name: str, old: str, new: str, told: str, copy: Path
) -> None:
    _change(copy, name, old, new)
    with pytest.raises(TriageError) as refused:
        load_triage(copy)
    assert told in str(refused.value)
    assert str(refused.value).startswith(name)


def test_a_folder_without_its_files_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TriageError, match=r"sources\.toml"):
        load_triage(tmp_path)
