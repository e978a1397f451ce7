"""Django settings of the desk process: the professionals' side."""

from voordeur.settings.base import *  # noqa: F403
from voordeur.settings.base import ENV

ROOT_URLCONF = "voordeur.settings.desk_urls"
ALLOWED_HOSTS = list(ENV.desk_hosts)
MIDDLEWARE = [
    "voordeur.faces.headers.desk_headers",
    "django.middleware.security.SecurityMiddleware",  # Referrer-Policy same-origin: a form's own origin must be seen
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "allauth.account.middleware.AccountMiddleware",
]
IS_HTTPS = ENV.is_https
CONTENT = ENV.content

LOGIN_URL = "/sign-in"
LOGIN_REDIRECT_URL = "/"
_HOST = "__Host-" if IS_HTTPS else ""
SESSION_ENGINE = "voordeur.faces.sessions"
SESSION_COOKIE_NAME = f"{_HOST}desk"
SESSION_COOKIE_AGE = 12 * 60 * 60
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SECURE = IS_HTTPS
SESSION_COOKIE_SAMESITE = "Strict"
CSRF_COOKIE_NAME = f"{_HOST}form"
CSRF_COOKIE_AGE = None  # with the browser
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_SECURE = IS_HTTPS
CSRF_COOKIE_SAMESITE = "Strict"
CSRF_FAILURE_VIEW = "voordeur.faces.desk.sign_in.form_too_old"
# A proxy ends HTTPS in front of us, so what we see is HTTP; the browser's word for its own origin is then another.
CSRF_TRUSTED_ORIGINS = [f"https://{host}" for host in ENV.desk_hosts] if IS_HTTPS else []
# In the memory of this process, nothing on disk: how often a name was tried, and which codes were used just now.
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
        "LOCATION": "desk",
        "OPTIONS": {"MAX_ENTRIES": 50_000},
    }
}
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 14},
    },
    {
        "NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ("name", "shown_name")},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
