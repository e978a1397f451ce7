"""The clock's timer of conversations at a moment that is told: a program that runs beside an installation."""

from __future__ import annotations

import sys
from datetime import datetime


def main(moment: str) -> None:
    """Forget what is past its day at this moment (ISO); print what the timer says."""
    import django

    django.setup()

    from voordeur.faces.clock.forget import forget_conversations

    print(forget_conversations(datetime.fromisoformat(moment)))


if __name__ == "__main__":
    main(sys.argv[1])
