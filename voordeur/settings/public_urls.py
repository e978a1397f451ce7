"""The addresses of the public side. Those with words in them lead into a visit; the rest mean nothing."""

from typing import Any

from django.urls import URLPattern, path, register_converter

from voordeur.faces.opendata.urls import api
from voordeur.faces.visit import entrance, gap_sheets, plain_files


class Token:
    """The address of one visit."""

    regex = "[A-Za-z0-9_-]{28}"

    @staticmethod
    def to_python(value: str) -> str:
        """As it is."""
        return value

    to_url = to_python


class Code(Token):
    """A page of a visit: one or six small signs."""

    regex = "[a-z1-9][a-z0-9]{0,5}"


class Language(Token):
    """A code of a language."""

    regex = "[a-z]{2,3}"


register_converter(Token, "token")
register_converter(Code, "code")
register_converter(Language, "language")

#: First page, danger now, protection, to read, the guide, and how to link to us.
STARTS = ("", "a", "p", "l", "g", "i")
FOR_EMBEDDING: dict[str, Any] = {"is_embedded": True}


def _ways_in(prefix: str, given: dict[str, Any]) -> list[URLPattern]:
    """The fixed addresses: of each start, and of a page by its code."""
    return [
        *(path(f"{prefix}/{one}".strip("/"), entrance.enter, {**given, "page_code": one}) for one in STARTS),
        path(f"{prefix}/o/<code:page_code>".strip("/"), entrance.enter, given),
    ]


urlpatterns = [
    *_ways_in("", {}),
    *_ways_in("in/<language:language>", {}),
    *_ways_in("e", FOR_EMBEDDING),
    *_ways_in("e/in/<language:language>", FOR_EMBEDDING),
    path("gaten", entrance.enter, {"page_code": "w"}),
    path("gaps", entrance.enter, {"page_code": "w"}),
    path("gaps.csv", gap_sheets.gaps_sheet),
    path("table-5-1-nl.csv", gap_sheets.table_5_1, {"language": "nl"}),
    path("table-5-1-en.csv", gap_sheets.table_5_1, {"language": "en"}),
    path("robots.txt", plain_files.robots),
    path("favicon.ico", plain_files.nothing),
    path(".well-known/security.txt", plain_files.security),
    *api,
    path("<token:token>", entrance.visit),
    path("<token:token>/0", entrance.leave),
    path("<token:token>/j", entrance.talk_answer),
    path("<token:token>/<code:page_code>", entrance.visit),
    path("<token:token>/in/<language:language>", entrance.visit),
    path("<token:token>/in/<language:language>/<code:page_code>", entrance.visit),
    path("e/<token:token>", entrance.visit, FOR_EMBEDDING),
    path("e/<token:token>/0", entrance.leave, FOR_EMBEDDING),
    path("e/<token:token>/<code:page_code>", entrance.visit, FOR_EMBEDDING),
    path("e/<token:token>/in/<language:language>", entrance.visit, FOR_EMBEDDING),
    path("e/<token:token>/in/<language:language>/<code:page_code>", entrance.visit, FOR_EMBEDDING),
]
handler404 = entrance.not_found
handler500 = entrance.broken
