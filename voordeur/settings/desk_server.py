"""The desk process: a server of its own, with its own addresses, hosts and (later) cookies."""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "voordeur.settings.desk")

from a2wsgi import WSGIMiddleware  # noqa: E402
from django.core.wsgi import get_wsgi_application  # noqa: E402

app = WSGIMiddleware(get_wsgi_application(), workers=4)
