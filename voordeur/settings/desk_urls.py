"""The addresses of the desk side. The two names are those that allauth asks for."""

from django.urls import include, path

from voordeur.faces.desk import account, overview, sign_in

urlpatterns = [
    path("", account.home),
    path("healthy", overview.healthy),
    path("directory", account.directory),
    path("sign-in", sign_in.sign_in, name="account_login"),
    path("sign-in/second", sign_in.second_factor, name="mfa_authenticate"),
    path("sign-in/second/options", sign_in.second_factor_options),
    path("sign-in/passkey", sign_in.passkey),
    path("sign-in/passkey/options", sign_in.passkey_options),
    path("sign-out", sign_in.sign_out),
    path("me", account.account),
    path("me/passphrase", account.passphrase),
    path("me/second-factor", account.choose_factor),
    path("me/app", account.factor_app),
    path("me/passkey", account.factor_passkey),
    path("me/passkey/options", account.factor_passkey_options),
    path("me/codes", account.codes),
    path("me/remove", account.remove_factor),
    path("upkeep", include("voordeur.settings.upkeep_urls")),
    path("api/", include("voordeur.settings.desk_api_urls")),
]
