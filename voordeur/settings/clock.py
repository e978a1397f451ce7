"""Django settings of the clock process: the timers, which answer nobody."""

from voordeur.settings.base import *  # noqa: F403
from voordeur.settings.base import ENV
from voordeur.settings.env import database

# The next turn tries again, so this process holds up no other for long, nor waits for long itself.
DATABASES = {"default": database(ENV, wait_seconds=3)}
CONTENT = ENV.content
