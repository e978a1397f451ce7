"""The public process: Django's WSGI handler for pages, carried by one ASGI server."""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "voordeur.settings.public")

from datetime import UTC, datetime  # noqa: E402

from a2wsgi import WSGIMiddleware  # noqa: E402
from django.core.wsgi import get_wsgi_application  # noqa: E402

wsgi = get_wsgi_application()

from voordeur.faces.visit.results import warm  # noqa: E402

warm(datetime.now(UTC))
app = WSGIMiddleware(wsgi, workers=8)
