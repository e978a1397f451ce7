"""Django settings of the public process: the visitors' side."""

from voordeur.settings.base import *  # noqa: F403
from voordeur.settings.base import ENV

ROOT_URLCONF = "voordeur.settings.public_urls"
# Which host is a door is decided by faces/doorway, which knows the doors; Django's own list stays open.
ALLOWED_HOSTS = ["*"]
MIDDLEWARE = ["voordeur.faces.headers.visitor_headers"]
NEUTRAL_URL = ENV.neutral_url
IS_HTTPS = ENV.is_https
CONTENT = ENV.content
EXTRA_HOSTS = ENV.hosts
