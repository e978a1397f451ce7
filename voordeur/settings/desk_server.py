"""The desk process: a server of its own, with its own addresses, hosts and (later) cookies."""

import os
from typing import Any, cast

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "voordeur.settings.desk")

from a2wsgi import WSGIMiddleware
from django.core.wsgi import get_wsgi_application

app = WSGIMiddleware(cast(Any, get_wsgi_application()), workers=4)  # Django's handler is WSGI; the stubs say it wider
