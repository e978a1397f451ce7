"""The addresses of the public side. Those with words in them lead into a visit; the rest mean nothing."""

from django.urls import path, register_converter

from voordeur.faces.opendata.urls import api
from voordeur.faces.visit import entrance, plain_files


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


register_converter(Token, "token")
register_converter(Code, "code")

urlpatterns = [
    path("", entrance.enter),
    path("a", entrance.enter, {"page_code": "a"}),
    path("p", entrance.enter, {"page_code": "p"}),
    path("l", entrance.enter, {"page_code": "l"}),
    path("o/<code:page_code>", entrance.enter),
    path("robots.txt", plain_files.robots),
    path("favicon.ico", plain_files.nothing),
    path(".well-known/security.txt", plain_files.security),
    *api,
    path("<token:token>", entrance.visit),
    path("<token:token>/0", entrance.leave),
    path("<token:token>/j", entrance.talk_answer),
    path("<token:token>/<code:page_code>", entrance.visit),
]
handler404 = entrance.not_found
handler500 = entrance.broken
