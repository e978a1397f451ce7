"""Django settings of the desk process: the professionals' side."""

from voordeur.settings.base import *  # noqa: F403
from voordeur.settings.base import ENV

ROOT_URLCONF = "voordeur.settings.desk_urls"
ALLOWED_HOSTS = list(ENV.desk_hosts)
MIDDLEWARE = ["voordeur.faces.headers.desk_headers"]
IS_HTTPS = ENV.is_https
CONTENT = ENV.content
