"""How long a steward waits for the list of entries: `python -m tests.bench.upkeep`, in the desk's own settings."""

from __future__ import annotations


def main() -> None:
    """Print the milliseconds of the page, once what stays the same until the directory changes stands there."""
    import django

    django.setup()
    from django.conf import settings
    from django.contrib.auth.hashers import ScryptPasswordHasher
    from django.test.utils import setup_test_environment

    from tests.bench.opendata import times
    from tests.faces.desk.colleagues import Colleague, Group
    from voordeur.records.staff.models import Staff
    from voordeur.vocabulary import StaffRole

    setup_test_environment()
    ScryptPasswordHasher.work_factor = 16
    settings.SERVER_SECRET = lambda: b"k" * 32
    number = Staff.objects.count()
    steward = Colleague(f"stella{number}", Group(f"stewards{number}"), StaffRole.STEWARD, is_on=False)

    def ask() -> None:
        answer = steward.client.get("/upkeep")
        assert answer.status_code == 200, answer.status_code
        assert answer.content.count(b"/upkeep/o/") > 50

    ask()
    print(times(ask))


if __name__ == "__main__":
    main()
