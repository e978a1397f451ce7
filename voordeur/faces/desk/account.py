"""The first page, and the pages of one's own login: passphrase, second factors, codes for when they are lost.

Whoever is in for the first time goes through them in order; later each change asks the passphrase once more, so that
a desk left open is not enough to take a login over.
"""

from __future__ import annotations

from typing import Any

import segno
from allauth.mfa.adapter import get_adapter as second_factor_rules
from allauth.mfa.recovery_codes.internal.flows import generate_recovery_codes, view_recovery_codes
from allauth.mfa.totp.forms import ActivateTOTPForm
from allauth.mfa.totp.internal.flows import activate_totp
from allauth.mfa.webauthn.forms import AddWebAuthnForm
from allauth.mfa.webauthn.internal.auth import begin_registration
from allauth.mfa.webauthn.internal.flows import add_authenticator
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect, JsonResponse

from voordeur.faces import sessions
from voordeur.faces.desk.desk import desk
from voordeur.faces.desk.overview import overview
from voordeur.faces.desk.sign_in import (
    codes_of,
    fault_of,
    is_own_passphrase,
    is_valid,
    next_step,
    setting_up,
    signed_in_with_second_factor,
    step_page,
)
from voordeur.faces.desk.sign_in_rules import note
from voordeur.records.staff import actions, queries
from voordeur.records.staff.queries import Staff

READ, BOTH = ("GET", "HEAD"), ("GET", "HEAD", "POST")
FEWEST_SIGNS, MOST_SIGNS = 14, 400


def home(request: HttpRequest) -> HttpResponse:
    """The first page: the desk for who may use it, the next step of signing in for everybody else."""
    return next_step(request) if signed_in_with_second_factor(request) is None else desk(request)


def directory(request: HttpRequest) -> HttpResponse:
    """The state of the directory, for who is signed in."""
    return next_step(request) if signed_in_with_second_factor(request) is None else overview(request)


def account(request: HttpRequest) -> HttpResponse:
    """What one's own login has, and what can be changed."""
    staff = signed_in_with_second_factor(request)
    if staff is None:
        return next_step(request)
    if request.method not in READ:
        return HttpResponseNotAllowed(READ)
    return _account(request, staff)


def _account(request: HttpRequest, staff: Staff, fault: str = "") -> HttpResponse:
    factors = queries.second_factors(staff)
    return step_page(
        request,
        "account.html",
        fault=fault,
        staff=staff,
        factors=factors,
        has_app=any(one.kind == "totp" for one in factors),
    )


def passphrase(request: HttpRequest) -> HttpResponse:
    """A passphrase of one's own, instead of the one that the operator gave or the one before."""
    staff = setting_up(request)
    if staff is None:
        return next_step(request)
    if request.method not in BOTH:
        return HttpResponseNotAllowed(BOTH)
    is_first = staff.once_until is not None
    if request.method != "POST":
        return step_page(request, "passphrase.html", is_first=is_first)
    new, again = (request.POST.get(name, "")[:MOST_SIGNS] for name in ("new", "again"))
    fault = "" if is_first else is_own_passphrase(request, staff)
    if not fault:
        fault = _weak(staff, new, again)
    if fault:
        return step_page(request, "passphrase.html", fault=fault, is_first=is_first)
    actions.set_passphrase(staff=staff, passphrase=new)
    update_session_auth_hash(request, staff)  # a new key for this session; the others are gone
    note(staff.name, "passphrase changed")
    return HttpResponseRedirect("/me/second-factor" if is_first else "/me")


def _weak(staff: Staff, new: str, again: str) -> str:
    """Why this passphrase will not do; empty when it will."""
    if new != again:
        return "password_mismatch"
    if staff.check_password(new):
        return "password_same"
    try:
        validate_password(new, staff)
    except ValidationError as wrong:
        return fault_of([str(one.code) for one in wrong.error_list])
    # The framework lets a name pass that is repeated until it is long, and a row of digits.
    rest = new.casefold()
    for name in (staff.name, staff.shown_name.casefold()):
        rest = rest.replace(name, "") if len(name) > 2 else rest
    if len(rest) < FEWEST_SIGNS:
        return "password_too_similar"
    return "password_too_common" if len(set(rest)) < 8 or new.isdigit() or new in (new + new)[1:-1] else ""


def _adding(request: HttpRequest) -> Staff | None:
    """Who may add a second factor: with a passphrase of their own already."""
    staff = setting_up(request)
    return None if staff is None or staff.once_until is not None else staff


def choose_factor(request: HttpRequest) -> HttpResponse:
    """Which second factor: an app with codes, or a passkey."""
    if _adding(request) is None:
        return next_step(request)
    if request.method not in READ:
        return HttpResponseNotAllowed(READ)
    return step_page(request, "choose_factor.html")


def _app_page(request: HttpRequest, staff: Staff, form: Any, fault: str = "") -> HttpResponse:
    address = second_factor_rules().build_totp_url(staff, form.secret)
    secret = [form.secret[place : place + 4] for place in range(0, len(form.secret), 4)]
    return step_page(
        request,
        "factor_app.html",
        fault=fault,
        picture=segno.make(address, error="m").png_data_uri(scale=5, border=4),
        secret=" ".join(secret),
        asks_passphrase=queries.has_second_factor(staff),
    )


def factor_app(request: HttpRequest) -> HttpResponse:
    """An app with codes: a picture to scan, or its letters to type, and the first code as proof."""
    staff = _adding(request)
    if staff is None:
        return next_step(request)
    if request.method not in BOTH:
        return HttpResponseNotAllowed(BOTH)
    has_factor = queries.has_second_factor(staff)
    if any(one.kind == "totp" for one in queries.second_factors(staff)):
        return HttpResponseRedirect("/me")
    if request.method != "POST":
        return _app_page(request, staff, ActivateTOTPForm(user=staff))
    form = ActivateTOTPForm(user=staff, data=request.POST)
    fault = is_own_passphrase(request, staff) if has_factor else ""
    if fault or not is_valid(form):
        return _app_page(request, staff, form, fault or fault_of(codes_of(form)))
    activate_totp(request, form)
    return _added(request, staff, has_factor=has_factor)


def factor_passkey(request: HttpRequest) -> HttpResponse:
    """A passkey of this device, a phone or a security key. Needs script, and says so."""
    staff = _adding(request)
    if staff is None:
        return next_step(request)
    if request.method not in BOTH:
        return HttpResponseNotAllowed(BOTH)
    has_factor = queries.has_second_factor(staff)
    shown: dict[str, Any] = {"has_script": True, "asks_passphrase": has_factor}
    if request.method != "POST":
        return step_page(request, "factor_passkey.html", **shown)
    fault = is_own_passphrase(request, staff) if has_factor else ""
    name = " ".join(request.POST.get("name", "").split())[:40] or "Passkey"
    form = AddWebAuthnForm(user=staff, data={"name": name, "credential": request.POST.get("credential", "")})
    if not fault and not is_valid(form):
        fault = "incorrect_passkey"
    if fault:
        return step_page(request, "factor_passkey.html", fault=fault, **shown)
    add_authenticator(request, name=name, credential=form.cleaned_data["credential"])
    return _added(request, staff, has_factor=has_factor)


def factor_passkey_options(request: HttpRequest) -> HttpResponse:
    """What the browser needs to make a passkey that opens with a finger, a face or a PIN; a JSON object."""
    staff = _adding(request)
    if staff is None:
        return JsonResponse({"error": "signed-out"}, status=401)
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    return JsonResponse(begin_registration(staff, True))


def _added(request: HttpRequest, staff: Staff, *, has_factor: bool) -> HttpResponse:
    """Every other session ends: one that was opened with the passphrase alone must not come in behind this one."""
    actions.end_sessions_of(staff=staff)
    request.session.cycle_key()
    sessions.now_through(request.session)
    note(staff.name, "second factor added")
    return HttpResponseRedirect("/me" if has_factor else "/me/codes")


def remove_factor(request: HttpRequest) -> HttpResponse:
    """One second factor less; never the last."""
    staff = signed_in_with_second_factor(request)
    if staff is None:
        return next_step(request)
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    if fault := is_own_passphrase(request, staff):
        return _account(request, staff, fault)
    written = request.POST.get("factor", "")
    factor = int(written) if written.isascii() and written.isdigit() and len(written) < 18 else 0
    if not actions.remove_factor(staff=staff, factor_id=factor):
        return _account(request, staff, "other")
    request.session.cycle_key()
    note(staff.name, "second factor removed")
    return HttpResponseRedirect("/me")


def codes(request: HttpRequest) -> HttpResponse:
    """Codes for when the phone is lost: seen once; new ones for who types the passphrase."""
    staff = signed_in_with_second_factor(request)
    if staff is None:
        return next_step(request)
    if request.method not in BOTH:
        return HttpResponseNotAllowed(BOTH)
    if request.method == "POST":
        if fault := is_own_passphrase(request, staff):
            return step_page(request, "codes.html", fault=fault, codes=())
        generate_recovery_codes(request)
        note(staff.name, "codes renewed")
    kept, may_see = view_recovery_codes(request)
    shown = kept.get_unused_codes() if kept is not None and may_see else []
    return step_page(request, "codes.html", codes=[f"{code[:5]} {code[5:]}" for code in shown])
