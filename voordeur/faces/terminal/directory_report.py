"""`voordeur directory report`: what stands out in the entries as they stand, without any connection outward."""

from __future__ import annotations

import argparse

from voordeur.faces.entry_words import remark_in_words
from voordeur.faces.terminal.ground import CannotGoOn, content_folder, directory_at_hand, moment_now
from voordeur.rules.place_files import PlacesFileError, load_places


def report(given: argparse.Namespace) -> int:
    """Print what stands out, one line each, and how many; 1 when something contradicts or cannot be."""
    from django.conf import settings

    from voordeur.records.directory.history import standing_entries
    from voordeur.records.directory.report import AGES, remarks

    directory_at_hand()
    entries = standing_entries()
    if given.organization and given.organization not in entries:
        raise CannotGoOn(f"“{given.organization}” is not in the directory.")
    try:
        places = load_places(content_folder() / "places")
    except PlacesFileError as problem:
        raise CannotGoOn(f"The place files cannot be read: {problem}.") from problem
    count, wrong, areas = 0, 0, places.areas()
    for name, entry in sorted(entries.items()):
        if given.organization and name != given.organization:
            continue
        for one in remarks(entry, places, areas, moment_now().date(), settings.ENV.old_after_days):
            print(f"{name}: {one.path}: {remark_in_words(one.rule, one.values, 'en')}")
            count, wrong = count + 1, wrong + (one.rule not in AGES)
    print(f"{count} things stand out, {wrong} of them are not a matter of age")
    return 1 if wrong else 0
