"""Professionals as rows: logins, teams, roles, duty, desk sessions, and the trail of what was done.

No mail address, no phone number, no moment of a sign-in. A private key is made and sealed in the browser with a key
phrase that never comes here; these tables keep only what the browser sealed.
"""

from __future__ import annotations

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models

from voordeur import vocabulary as v

RECOVERIES = [one.value for one in v.Recovery]
ROLES = [one.value for one in v.StaffRole]


class StaffRows(BaseUserManager["Staff"]):
    """Rows of logins, found by name as the framework's sign-in asks for it."""

    def get_by_natural_key(self, username: str | None) -> Staff:
        """The login with this name, without regard for capitals. Raises Staff.DoesNotExist."""
        return self.get(name=(username or "").strip().lower())


class Staff(AbstractBaseUser):
    """One professional. `name` is typed at sign-in; `shown_name` is what visitors see."""

    last_login = None  # when somebody signed in stands on the sealed trail, not in a column
    name = models.CharField(max_length=40, unique=True)
    shown_name = models.CharField(max_length=60)
    is_active = models.BooleanField(default=True)
    languages = models.JSONField(default=list)
    public_key = models.BinaryField(max_length=32, null=True)
    sealed_private_key = models.BinaryField(max_length=4096, null=True)
    phrase_salt = models.BinaryField(max_length=64, null=True)
    phrase_rounds = models.PositiveIntegerField(null=True)
    made_on = models.DateField()
    off_on = models.DateField(null=True)
    # A passphrase that the operator gave is good until here, and only to choose one's own.
    once_until = models.DateTimeField(null=True)

    objects = StaffRows()

    USERNAME_FIELD = "name"
    REQUIRED_FIELDS = ["shown_name"]

    class Meta:
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name


class Team(models.Model):
    """People who answer at one or more doors, with a key pair of their own.

    `organization` is the id of the organisation of the directory whose people they are: a partner's team, to which
    somebody may be handed over; empty for a team of the door itself.
    """

    slug = models.SlugField(max_length=40, unique=True)
    name = models.CharField(max_length=80)
    organization = models.SlugField(max_length=80, default="")
    public_key = models.BinaryField(max_length=32, null=True)
    recovery = models.CharField(max_length=10, default=v.Recovery.NONE.value)
    escrow_public_key = models.BinaryField(max_length=32, null=True)

    class Meta:
        ordering = ("slug",)
        constraints = [models.CheckConstraint(condition=models.Q(recovery__in=RECOVERIES), name="team_recovery_known")]

    def __str__(self) -> str:
        return self.slug


class Membership(models.Model):
    """One role of one professional in one team; `sealed_team_key` is the team's private key, sealed to this person."""

    staff = models.ForeignKey(Staff, on_delete=models.CASCADE, related_name="memberships")
    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=10)
    sealed_team_key = models.BinaryField(max_length=4096, null=True)
    capacity = models.PositiveSmallIntegerField(default=3)
    added_on = models.DateField()

    class Meta:
        ordering = ("team_id", "staff_id", "role")
        constraints = [
            models.UniqueConstraint(fields=("staff", "team", "role"), name="membership_unique"),
            models.CheckConstraint(condition=models.Q(role__in=ROLES), name="membership_role_known"),
        ]


class Duty(models.Model):
    """Who is at work for a team now. A row that was not seen for a while counts as gone."""

    staff = models.ForeignKey(Staff, on_delete=models.CASCADE, related_name="duties")
    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="duties")
    seen_at = models.DateTimeField()

    class Meta:
        ordering = ("team_id", "staff_id")
        constraints = [models.UniqueConstraint(fields=("staff", "team"), name="duty_unique")]


class DeskSession(models.Model):
    """A sign-in that lasts: under the hash of its cookie, so that a reader of the table cannot use it."""

    key_hash = models.CharField(max_length=64, primary_key=True)
    staff = models.ForeignKey(Staff, on_delete=models.CASCADE, null=True, related_name="sessions")
    sealed = models.BinaryField()
    ends_at = models.DateTimeField(db_index=True)


class AuditLine(models.Model):
    """One thing that was done. Who, what and when are inside `sealed`; the table itself says no more than the day.

    `chain` is SHA-256 over the previous chain, the number as 8 bytes, the day as ISO text, and `sealed`.
    """

    number = models.PositiveBigIntegerField(unique=True)
    day = models.DateField()
    sealed = models.BinaryField()
    chain = models.BinaryField(max_length=32)

    class Meta:
        ordering = ("number",)


class AuditHead(models.Model):
    """The one row that knows where the trail ends, and where it begins since its oldest lines were forgotten.

    `mark` is made with the server's key: who has the table alone cannot write another head.
    """

    number = models.PositiveBigIntegerField(default=0)
    chain = models.BinaryField(max_length=32)
    before_number = models.PositiveBigIntegerField(default=0)
    before_chain = models.BinaryField(max_length=32)
    mark = models.BinaryField(max_length=32)
