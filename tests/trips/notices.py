"""An address for the notices of a team, as who leads it sets it on a server that sends mail: a program."""

from __future__ import annotations

import sys


def main(slug: str, address: str) -> None:
    """Keep this address for this team."""
    import django

    django.setup()

    from voordeur.faces.server_key import server_key
    from voordeur.records.outbox.actions import set_notice_address
    from voordeur.records.staff.queries import team_by_slug

    team = team_by_slug(slug)
    assert team is not None
    set_notice_address(team=team, address=address, server_key=server_key())


if __name__ == "__main__":
    main(*sys.argv[1:])
