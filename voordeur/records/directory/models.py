"""The directory (social map) as rows. HSDS names for HSDS things; lists of codes are those of `vocabulary`.

What is not known is NULL. Public data only: the hidden part of the map is a table of its own, later.
"""

from __future__ import annotations

from django.db import models

from voordeur import vocabulary as v
from voordeur.records.directory.versions import CorrectionState, VersionState

WORD_STATES = [one.value for one in v.WordState]
VERSION_STATES = [one.value for one in VersionState]
CORRECTION_STATES = [one.value for one in CorrectionState]


class Organization(models.Model):
    """HSDS organization: one file of `content/directory`. Texts are {language: text}."""

    id = models.SlugField(primary_key=True, max_length=80)
    name = models.CharField(max_length=120)
    alternate_name = models.JSONField(default=list)
    kind = models.CharField(max_length=20)
    status = models.CharField(max_length=20)
    website = models.URLField(max_length=300, null=True)
    summary = models.JSONField()
    description = models.JSONField()
    what_happens = models.JSONField(null=True)
    not_for = models.JSONField(null=True)
    knowledge = models.JSONField(default=list)
    what_if = models.JSONField(default=dict)
    content_hash = models.CharField(max_length=64)

    class Meta:
        ordering = ("id",)


class Service(models.Model):
    """HSDS service: one thing that an organisation does, for whom, about what, where."""

    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="services")
    key = models.SlugField(max_length=80)
    position = models.PositiveSmallIntegerField()
    name = models.JSONField()
    function = models.CharField(max_length=20)
    roles = models.JSONField(default=list)
    primary_roles = models.JSONField(default=list)
    violence = models.JSONField(default=list)
    violence_focus = models.JSONField(default=list)
    contexts = models.JSONField(default=list)
    contexts_only = models.JSONField(default=list)
    relations_only = models.JSONField(default=list)
    groups_focus = models.JSONField(default=list)
    groups_only = models.JSONField(default=list)
    faiths = models.JSONField(default=list)
    when_only = models.JSONField(default=list)
    not_when = models.JSONField(default=list)
    help = models.JSONField(default=list)
    minimum_age = models.PositiveSmallIntegerField(null=True)
    maximum_age = models.PositiveSmallIntegerField(null=True)
    service_area = models.JSONField(null=True)
    anonymous = models.BooleanField(null=True)
    comes_to_you = models.BooleanField(null=True)
    answered_by = models.JSONField(null=True)
    languages = models.JSONField(null=True)
    languages_read = models.JSONField(null=True)
    many_languages = models.BooleanField(null=True)
    wait_time = models.JSONField(null=True)

    class Meta:
        ordering = ("organization_id", "position")
        constraints = [models.UniqueConstraint(fields=("organization", "key"), name="service_key_unique")]


class Channel(models.Model):
    """One contact point of a service (HSDS phone, url, location), with its schedule as an hours text."""

    service = models.ForeignKey(Service, on_delete=models.CASCADE, related_name="channels")
    position = models.PositiveSmallIntegerField()
    kind = models.CharField(max_length=20)
    value = models.CharField(max_length=300, null=True)
    cost = models.CharField(max_length=20, null=True)
    hours = models.CharField(max_length=300, null=True)
    hours_note = models.JSONField(null=True)
    languages = models.JSONField(null=True)
    anonymous = models.BooleanField(null=True)

    class Meta:
        ordering = ("service_id", "position")


class Source(models.Model):
    """Where facts of an organisation come from. `date` may be partial ("2022"); NULL when it has none."""

    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="sources")
    key = models.CharField(max_length=40)
    title = models.CharField(max_length=200)
    locator = models.CharField(max_length=200, null=True)
    url = models.URLField(max_length=300, null=True)
    date = models.CharField(max_length=10, null=True)
    confidence = models.CharField(max_length=10)

    class Meta:
        ordering = ("organization_id", "key")
        constraints = [models.UniqueConstraint(fields=("organization", "key"), name="source_key_unique")]


class Fact(models.Model):
    """One fact and its source: `path` is the key in the entry, such as `services.0.channels.1.hours`."""

    source = models.ForeignKey(Source, on_delete=models.CASCADE, related_name="facts")
    path = models.CharField(max_length=120)

    class Meta:
        ordering = ("source_id", "path")
        constraints = [models.UniqueConstraint(fields=("source", "path"), name="fact_path_unique")]


class OwnWord(models.Model):
    """What an organisation says itself about one of its services; a steward checks it before it counts.

    It names organisation and service by id and key, not by a row of theirs: a load of the files makes those anew, and
    drops no word. NULL: nothing was said about it. `hours` is a list of {kind, value, hours}. No person stands here;
    the trail says who did what.
    """

    organization = models.SlugField(max_length=80)
    service = models.SlugField(max_length=80)
    state = models.CharField(max_length=10, default=v.WordState.WAITING.value)
    summary = models.JSONField(null=True)
    wait_time = models.JSONField(null=True)
    takes_people = models.BooleanField(null=True)
    hours = models.JSONField(default=list)
    proposed_on = models.DateField()
    decided_on = models.DateField(null=True)
    reason = models.CharField(max_length=200, default="")

    class Meta:
        ordering = ("organization", "service", "-proposed_on", "-id")
        constraints = [
            models.CheckConstraint(condition=models.Q(state__in=WORD_STATES), name="own_word_state_known"),
            models.UniqueConstraint(
                fields=("organization", "service"),
                condition=models.Q(state=v.WordState.WAITING.value),
                name="own_word_one_waiting",
            ),
        ]


class FileEntry(models.Model):
    """What the files said of an organisation at the last load: what the next load is compared with."""

    organization = models.SlugField(primary_key=True, max_length=80)
    entry = models.JSONField()


class EntryVersion(models.Model):
    """One state of an entry as it was written in the browser, in the structure of the files (versions.py).

    `base` is what it was begun from, as long as it is not decided. No person stands here; the trail says who did what.
    """

    organization = models.SlugField(max_length=80)
    number = models.PositiveIntegerField()
    state = models.CharField(max_length=10, default=VersionState.DRAFT.value)
    is_own = models.BooleanField(default=False)
    entry = models.JSONField()
    base = models.JSONField(null=True)
    base_hash = models.CharField(max_length=64, default="")
    made_on = models.DateField()
    reason = models.CharField(max_length=200, default="")

    class Meta:
        ordering = ("organization", "-number")
        constraints = [
            models.CheckConstraint(condition=models.Q(state__in=VERSION_STATES), name="version_state_known"),
            models.UniqueConstraint(fields=("organization", "number"), name="version_number_unique"),
            models.UniqueConstraint(
                fields=("organization",),
                condition=models.Q(state=VersionState.PUBLISHED.value),
                name="version_one_published",
            ),
            models.UniqueConstraint(
                fields=("organization", "is_own"),
                condition=models.Q(state=VersionState.DRAFT.value),
                name="version_one_draft",
            ),
            models.UniqueConstraint(
                fields=("organization", "is_own"),
                condition=models.Q(state=VersionState.PROPOSED.value),
                name="version_one_proposed",
            ),
        ]


class Correction(models.Model):
    """What somebody of the public says is not right: no name, no address, only the day."""

    organization = models.SlugField(max_length=80)
    path = models.CharField(max_length=120, default="")
    said = models.CharField(max_length=500)
    source_told = models.CharField(max_length=300, default="")
    state = models.CharField(max_length=10, default=CorrectionState.WAITING.value)
    proposed_on = models.DateField()
    decided_on = models.DateField(null=True)
    reason = models.CharField(max_length=200, default="")

    class Meta:
        ordering = ("proposed_on", "id")
        constraints = [
            models.CheckConstraint(condition=models.Q(state__in=CORRECTION_STATES), name="correction_state_known"),
        ]


class Clash(models.Model):
    """Fields that the files changed and the browser too, and it is not certain which is newer: a steward chooses."""

    organization = models.SlugField(max_length=80)
    path = models.CharField(max_length=120)
    base = models.JSONField()
    file = models.JSONField()
    published = models.JSONField()
    found_on = models.DateField()

    class Meta:
        ordering = ("organization", "path")
        constraints = [models.UniqueConstraint(fields=("organization", "path"), name="clash_path_unique")]


class Asking(models.Model):
    """An organisation was asked to look at its entry, and whether it stayed silent."""

    organization = models.SlugField(primary_key=True, max_length=80)
    asked_on = models.DateField()
    is_silent = models.BooleanField(default=False)


class Remark(models.Model):
    """What the clock found in an entry: a rule of report.py, the field, and since which day it stands out."""

    organization = models.SlugField(max_length=80)
    path = models.CharField(max_length=120)
    rule = models.CharField(max_length=20)
    values = models.JSONField(default=dict)
    found_on = models.DateField()

    class Meta:
        ordering = ("organization", "id")


class Edition(models.Model):
    """The one row that says which state of the directory is loaded; readers compare `content_hash`."""

    content_hash = models.CharField(max_length=64)
    loaded_at = models.DateTimeField()
