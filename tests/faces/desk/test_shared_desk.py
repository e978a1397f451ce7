"""One team behind two doors: who came by which, in one queue, at one desk; through the real pages and records."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.faces.desk.colleagues import Colleague, Group
from tests.records.conversations.people import written  # noqa: F401  (the desk opens what these wrote)
from voordeur.faces.clock.alarms import Alarms
from voordeur.faces.desk import material
from voordeur.faces.doorway import Door, Doorway, load_doors
from voordeur.faces.server_key import server_key
from voordeur.faces.visit import conversing
from voordeur.faces.visit.passes import Pass, first_pass
from voordeur.records.conversations import queries
from voordeur.records.conversations.models import Conversation
from voordeur.rules.roster import talk_status
from voordeur.vocabulary import StaffRole, TalkOpen, TalkWay, Wish

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 11, 25, 11, 0, tzinfo=UTC)
