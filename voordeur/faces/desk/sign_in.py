"""Signing in at the desk: a name and a passphrase, then a second factor; or a passkey, which is both at once.

The gate of every page is in `faces/gate`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from allauth.account.adapter import get_adapter
from allauth.account.forms import LoginForm
from allauth.account.models import Login
from allauth.account.stages import LoginStageController
from allauth.core.internal import ratelimit
from allauth.mfa.base.forms import AuthenticateForm
from allauth.mfa.stages import AuthenticateStage
from allauth.mfa.webauthn.forms import AuthenticateWebAuthnForm, LoginWebAuthnForm
from allauth.mfa.webauthn.internal.auth import begin_authentication
from allauth.mfa.webauthn.internal.flows import perform_passwordless_login
from django.conf import settings
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect, JsonResponse
from django.middleware.csrf import get_token

from voordeur.faces import sessions
from voordeur.faces.desk.sign_in_rules import note
from voordeur.faces.doorway import load_doors
from voordeur.faces.gate import LANGUAGES as LANGUAGES  # the pages of the desk ask for the gate here
from voordeur.faces.gate import SIGN_IN, logged_in
from voordeur.faces.gate import desk_language as desk_language
from voordeur.faces.gate import next_step as next_step
from voordeur.faces.gate import setting_up as setting_up
from voordeur.faces.gate import signed_in_with_second_factor as signed_in_with_second_factor
from voordeur.faces.headers import page_policy
from voordeur.faces.language import N_, translations
from voordeur.faces.rendering import environment, inline, page, smaller, smaller_style
from voordeur.records.staff import actions, queries
from voordeur.records.staff.queries import Staff

HERE = Path(__file__).parent
#: A code of the app is good for a minute and a half at most, and once.
CODE_LASTS = 180

FAULTS = {
    "username_password_mismatch": N_("This name and passphrase do not belong together, or the login is not in use."),
    "too_many_login_attempts": N_("There were too many tries. Wait five minutes and try again."),
    "rate_limited": N_("There were too many tries. Wait five minutes and try again."),
    "incorrect_code": N_("This code is not right, or was used already. Wait for the next code and try again."),
    "incorrect_passkey": N_("The passkey was not accepted. Try again, or use another way."),
    "required": N_("Something was not filled in."),
    "password_too_short": N_("Use at least 14 signs. Four words that have nothing to do with each other are good."),
    "password_too_similar": N_("This looks too much like your name."),
    "password_too_common": N_("This passphrase is too easy to guess. Think of another one."),
    "password_mismatch": N_("You did not type the same twice."),
    "password_same": N_("Choose another passphrase than the one before."),
    "incorrect_password": N_("This is not your passphrase."),
}
_OTHERWISE = N_("This did not work. Try again.")


@lru_cache(maxsize=1)
def _style() -> str:
    return smaller_style("\n".join((HERE / name).read_text(encoding="utf-8") for name in ("desk.css", "sign_in.css")))


@lru_cache(maxsize=1)
def _script() -> str:
    return smaller((HERE / "passkey.js").read_text(encoding="utf-8"))


@lru_cache(maxsize=1)
def _emergency_number() -> str:
    """Of the central door: this page too may be opened by somebody in danger."""
    return load_doors(Path(settings.CONTENT) / "doors").doors[0].emergency_number


def step_page(
    request: HttpRequest, template: str, *, fault: str = "", has_script: bool = False, status: int = 200, **values: Any
) -> HttpResponse:
    """A page of signing in. `fault` is a code of FAULTS; with one the answer is 400, unless another status is given."""
    language = desk_language(request)
    words = translations(language)
    html = (
        environment(HERE / "templates", language)
        .get_template(template)
        .render(
            style=inline(_style()),
            script=inline(_script()) if has_script else "",
            form_token=get_token(request),
            emergency_number=_emergency_number(),
            fault=words.gettext(FAULTS.get(fault, _OTHERWISE)) if fault else "",
            **values,
        )
    )
    policy = page_policy([_style()], [_script()] if has_script else [])
    return page(request, html, policy, 400 if fault and status == 200 else status)


def fault_of(codes: Iterable[str]) -> str:
    """The first of these codes that has a sentence; "other" when none has."""
    return next((code for code in codes if code in FAULTS), "other")


def codes_of(form: Any) -> list[str]:
    """The codes of everything that is wrong in a form."""
    return [str(one.code) for wrong in form.errors.as_data().values() for one in wrong]


def is_valid(form: Any) -> bool:
    """Whether what was sent holds. A passkey's answer of a form that the library trips over does not."""
    try:
        return bool(form.is_valid())
    except (AttributeError, LookupError, OverflowError, RecursionError, TypeError, ValueError):
        return False


def _only(*methods: str) -> Callable[[Callable[[HttpRequest], HttpResponse]], Callable[[HttpRequest], HttpResponse]]:
    def wrap(view: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
        def guarded(request: HttpRequest) -> HttpResponse:
            return view(request) if request.method in methods else HttpResponseNotAllowed(methods)

        return guarded

    return wrap


@_only("GET", "HEAD", "POST")
def sign_in(request: HttpRequest) -> HttpResponse:
    """Name and passphrase."""
    if logged_in(request) is not None:
        return HttpResponseRedirect("/")
    if request.method != "POST":
        return step_page(request, "sign_in.html", has_script=True, name="")
    form = LoginForm(request.POST, request=request)
    if not is_valid(form):
        typed = request.POST.get("login", "")[:40]
        return step_page(request, "sign_in.html", has_script=True, fault=fault_of(codes_of(form)), name=typed)
    response: HttpResponse = form.login(request, redirect_url="/")
    _entered(request, is_through=False)
    return response


@_only("GET", "HEAD", "POST")
def second_factor(request: HttpRequest) -> HttpResponse:
    """The code of an app, a code for when it is lost, or a passkey; after the passphrase only."""
    stage = LoginStageController.enter(request, AuthenticateStage.key)
    if stage is None or logged_in(request) is not None:
        return HttpResponseRedirect("/")
    staff = stage.login.user
    kinds = {one.kind for one in queries.second_factors(staff)}
    shown: dict[str, Any] = {"has_script": "webauthn" in kinds, "has_app": "totp" in kinds}
    if request.method != "POST":
        return step_page(request, "second_factor.html", **shown)
    is_passkey = "credential" in request.POST
    form = (AuthenticateWebAuthnForm if is_passkey else AuthenticateForm)(user=staff, data=request.POST)
    if not is_valid(form) or not (is_passkey or _is_first_use(staff, form.cleaned_data["code"])):
        note(staff.name, "second factor refused")
        fault = "incorrect_passkey" if is_passkey else fault_of([*codes_of(form), "incorrect_code"])
        return step_page(request, "second_factor.html", fault=fault, **shown)
    form.save()
    response: HttpResponse = stage.exit()
    _entered(request, is_through=True)
    return response


def _is_first_use(staff: Staff, code: str) -> bool:
    """allauth forgets a used code after half a minute, and with our tolerance it is good for longer."""
    return bool(cache.add(f"code-{staff.pk}-{''.join(code.split())}", 1, CODE_LASTS))


@_only("POST")
def second_factor_options(request: HttpRequest) -> HttpResponse:
    """What the browser needs to ask the passkey of the one who typed the passphrase; a JSON object."""
    stage = LoginStageController.enter(request, AuthenticateStage.key)
    if stage is None or logged_in(request) is not None:
        return JsonResponse({"error": "signed-out"}, status=401)
    return JsonResponse(begin_authentication(stage.login.user))


@_only("POST")
def passkey_options(request: HttpRequest) -> HttpResponse:
    """What the browser needs to ask for any passkey of this place; a JSON object."""
    if not ratelimit.consume(request, app="allauth.mfa", action="webauthn_login", key="all"):
        return JsonResponse({"error": "too-many"}, status=429)
    return JsonResponse(begin_authentication(None))


@_only("POST")
def passkey(request: HttpRequest) -> HttpResponse:
    """Signing in with a passkey alone: it is something one has, and it opens with a finger, a face or a PIN."""
    if logged_in(request) is not None:
        return HttpResponseRedirect("/")
    form = LoginWebAuthnForm(data=request.POST)
    authenticator = form.cleaned_data.get("credential") if is_valid(form) else None
    if authenticator is None or not authenticator.user.is_active or authenticator.user.once_until is not None:
        return step_page(request, "sign_in.html", has_script=True, fault="incorrect_passkey", name="")
    response: HttpResponse = perform_passwordless_login(request, authenticator, Login(user=authenticator.user))
    _entered(request, is_through=True)
    return response


def _entered(request: HttpRequest, *, is_through: bool) -> None:
    """What follows when the framework has let somebody in; nothing when it still waits for the second factor."""
    staff = logged_in(request)
    if staff is None:
        return
    if is_through:
        sessions.now_through(request.session)
    actions.forget_factor_use(staff=staff)
    actions.end_sessions(moment=datetime.now(UTC))
    note(staff.name, "signed in" if is_through else "signed in with the passphrase alone")


@_only("POST")
def sign_out(request: HttpRequest) -> HttpResponse:
    """Off duty, and the session is gone."""
    staff = logged_in(request)
    if staff is not None:
        actions.go_off_duty(staff=staff)
        note(staff.name, "signed out")
    get_adapter().logout(request)
    response = HttpResponseRedirect(SIGN_IN)
    response.headers["Clear-Site-Data"] = '"cache", "cookies", "storage"'
    return response


def form_too_old(request: HttpRequest, reason: str = "") -> HttpResponse:
    """The framework found that a form was not ours, or of another session."""
    return step_page(request, "form_too_old.html", status=403)


def is_own_passphrase(request: HttpRequest, staff: Staff) -> str:
    """The fault when the passphrase in the form is not this person's; empty when it is. Slowed like signing in."""
    try:
        is_own = get_adapter().reauthenticate(staff, request.POST.get("passphrase", "")[:400])
    except ValidationError as wrong:
        return fault_of([str(wrong.code)])
    return "" if is_own else "incorrect_password"
