"""The words of the field: every enumerated value, each with its source. No labels, no logic.

Sources in short: *report* is "Laagdrempelige hulpverlening voor slachtoffers en plegers van geweld in
afhankelijkheidsrelaties" (Verwey-Jonker Instituut, 2022) with its section; *HSDS* is Human Services Data
Specification 3.x; *OSM* is the opening_hours syntax of OpenStreetMap.
"""

from enum import StrEnum


class Role(StrEnum):
    """Who asks (report 4.1, 2.3.2, 3.2.2)."""

    VICTIM = "victim"
    PERPETRATOR = "perpetrator"
    BYSTANDER = "bystander"
    PROFESSIONAL = "professional"


class Violence(StrEnum):
    """Kinds of violence and of crossing a line (report ch. 3, table 5.1, Bijlage 2)."""

    UNKNOWN = "unknown"
    PARTNER_VIOLENCE = "partner_violence"
    FAMILY_VIOLENCE = "family_violence"
    PSYCHOLOGICAL_VIOLENCE = "psychological_violence"
    COERCIVE_CONTROL = "coercive_control"
    STALKING = "stalking"
    CHILD_ABUSE = "child_abuse"
    NEGLECT = "neglect"
    CHILD_TO_PARENT_VIOLENCE = "child_to_parent_violence"
    ELDER_ABUSE = "elder_abuse"
    FINANCIAL_ABUSE = "financial_abuse"
    WITHHOLDING_CARE = "withholding_care"
    SEXUAL_VIOLENCE = "sexual_violence"
    INCEST = "incest"
    SEXUAL_HARASSMENT = "sexual_harassment"
    ONLINE_SEXUAL_ABUSE = "online_sexual_abuse"
    SEXTORTION = "sextortion"
    CSAM_OR_ATTRACTION = "csam_or_attraction"
    SEXUAL_EXPLOITATION = "sexual_exploitation"
    LOVERBOY = "loverboy"
    LABOUR_EXPLOITATION = "labour_exploitation"
    CRIMINAL_EXPLOITATION = "criminal_exploitation"
    HONOUR_VIOLENCE = "honour_violence"
    FORCED_MARRIAGE = "forced_marriage"
    ABANDONMENT = "abandonment"
    FGM = "fgm"
    TRANSGRESSIVE_BEHAVIOUR = "transgressive_behaviour"
    FALSE_ACCUSATION = "false_accusation"


class Context(StrEnum):
    """Where it happens (report 3.7, 3.11, 5.3.8)."""

    HOME = "home"
    CARE_INSTITUTION = "care_institution"
    HEALTH_CARE = "health_care"
    SPORT = "sport"
    HOBBY_CLUB = "hobby_club"
    CHURCH = "church"
    RELIGIOUS_OTHER = "religious_other"
    WORK = "work"
    CULTURE_SECTOR = "culture_sector"
    ONLINE = "online"
    STUDENT_ASSOCIATION = "student_association"
    SCHOOL = "school"
    ASYLUM_CENTRE = "asylum_centre"
    GOING_OUT = "going_out"


class Relation(StrEnum):
    """Who the other is, seen from the one who asks (report ch. 3)."""

    PARTNER = "partner"
    EX_PARTNER = "ex_partner"
    PARENT = "parent"
    CHILD = "child"
    SIBLING = "sibling"
    GRANDCHILD = "grandchild"
    GRANDPARENT = "grandparent"
    FAMILY_OTHER = "family_other"
    FAMILY_OF_PARTNER = "family_of_partner"
    FRIEND = "friend"
    ACQUAINTANCE = "acquaintance"
    NEIGHBOUR = "neighbour"
    CARER = "carer"
    CARE_WORKER = "care_worker"
    CO_RESIDENT = "co_resident"
    COACH = "coach"
    EMPLOYER = "employer"
    COLLEAGUE = "colleague"
    DIRECTOR = "director"
    TEACHER = "teacher"
    FELLOW_STUDENT = "fellow_student"
    BOARD_MEMBER = "board_member"
    TRAFFICKER = "trafficker"
    CLERGY = "clergy"
    ONLINE_CONTACT = "online_contact"
    STRANGER = "stranger"
    CLIENT = "client"
    ATHLETE = "athlete"


class Group(StrEnum):
    """Traits of a person that matter for help (report 2.2, 3.8-3.14, 5.3.8)."""

    CHILD = "child"
    YOUTH = "youth"
    ADULT = "adult"
    OLDER = "older"
    MALE = "male"
    FEMALE = "female"
    NONBINARY = "nonbinary"
    TRANSGENDER = "transgender"
    LGBTIQ = "lgbtiq"
    MIGRANT = "migrant"
    NEWCOMER = "newcomer"
    ASYLUM_SEEKER = "asylum_seeker"
    NO_RESIDENCE_PERMIT = "no_residence_permit"
    DEPENDENT_PERMIT = "dependent_permit"
    LABOUR_MIGRANT = "labour_migrant"
    SOMALI_BACKGROUND = "somali_background"
    CHRISTIAN_REFORMED = "christian_reformed"
    PROTESTANT = "protestant"
    EVANGELICAL = "evangelical"
    ROMAN_CATHOLIC = "roman_catholic"
    MUSLIM = "muslim"
    BUDDHIST = "buddhist"
    FAITH_BASED_WISH = "faith_based_wish"
    OUTSIDE_OWN_CIRCLE = "outside_own_circle"
    PHYSICAL_DISABILITY = "physical_disability"
    WHEELCHAIR_USER = "wheelchair_user"
    VISUAL_IMPAIRMENT = "visual_impairment"
    INTELLECTUAL_DISABILITY = "intellectual_disability"
    DEMENTIA = "dementia"
    DEPENDENT_ON_CARE = "dependent_on_care"
    INFORMAL_CARER = "informal_carer"
    ATHLETE = "athlete"
    ARTIST = "artist"
    STUDENT = "student"
    PARENT_OF_MINOR = "parent_of_minor"
    PREGNANT = "pregnant"
    ABUSED_AS_CHILD = "abused_as_child"
    LOW_DIGITAL_SKILLS = "low_digital_skills"
    SUICIDAL = "suicidal"
    ACCUSED_DENIES = "accused_denies"


class Need(StrEnum):
    """What is needed now; also what a service offers (report 2.7, table 5.1 'type hulp')."""

    DANGER_NOW = "danger_now"
    SAFE_PLACE = "safe_place"
    LISTENING = "listening"
    INFORMATION = "information"
    ADVICE = "advice"
    CARE = "care"
    LEGAL = "legal"
    REPORT = "report"
    PEER_CONTACT = "peer_contact"
    PERPETRATOR_HELP = "perpetrator_help"
    PRACTICAL = "practical"
    REFERRAL = "referral"
    OUTREACH = "outreach"


class When(StrEnum):
    """How long ago it happened (report 5.1.1: seven days for the Centrum Seksueel Geweld)."""

    NOW = "now"
    TODAY = "today"
    WITHIN_7_DAYS = "within_7_days"
    WITHIN_3_MONTHS = "within_3_months"
    WITHIN_A_YEAR = "within_a_year"
    YEARS_AGO = "years_ago"
    IN_CHILDHOOD = "in_childhood"
    ONGOING = "ongoing"
    PLANNED = "planned"


class Phase(StrEnum):
    """The three phases of help-seeking (report 2.3), numbered as in the report."""

    RECOGNISE = "1"
    UNDERSTAND = "2"
    SEEK_HELP = "3"


class Way(StrEnum):
    """The ways in which a visitor can be in touch (report 5.3.2, table 5.1)."""

    PHONE = "phone"
    CHAT = "chat"
    WHATSAPP = "whatsapp"
    MAIL = "mail"
    WEBSITE = "website"
    VISIT = "visit"
    HOME_VISIT = "home_visit"


class ChannelKind(StrEnum):
    """Kinds of contact point in the directory (Bijlage 2 'contactmogelijkheden')."""

    PHONE = "phone"
    CHAT = "chat"
    WHATSAPP = "whatsapp"
    MAIL = "mail"
    FORM = "form"
    LETTER = "letter"
    WEBSITE = "website"
    APP = "app"
    FORUM = "forum"
    VISIT = "visit"
    HOME_VISIT = "home_visit"


class Cost(StrEnum):
    """What one contact costs (Bijlage 2: gratis, regulier tarief)."""

    FREE = "free"
    CALL_CHARGES = "call_charges"


class AnsweredBy(StrEnum):
    """Who answers (Bijlage 2 'hulpverlening door')."""

    PROFESSIONAL = "professional"
    VOLUNTEER = "volunteer"
    PEER = "peer"


class Function(StrEnum):
    """The part a service plays in the whole of the help (report 5.1.1, table 5.1)."""

    EMERGENCY = "emergency"
    ADVICE_POINT = "advice_point"
    MEDICAL = "medical"
    SHELTER = "shelter"
    SOCIAL_TEAM = "social_team"
    SPECIALIST = "specialist"
    HELPLINE = "helpline"
    LEGAL = "legal"
    REPORTING_POINT = "reporting_point"
    TIP_LINE = "tip_line"
    CONFIDANT = "confidant"
    PEERS = "peers"
    SIGNPOST = "signpost"
    INFORMATION_SITE = "information_site"
    SELF_HELP = "self_help"


class Status(StrEnum):
    """What is known of an organisation today (facts register, `status`)."""

    ACTIVE = "active"
    UNCHECKED = "unchecked"
    UNCERTAIN = "uncertain"


class Confidence(StrEnum):
    """How far a fact may be trusted."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


class OpenState(StrEnum):
    """Open, closed, or not known (OSM: open, off, unknown)."""

    OPEN = "open"
    CLOSED = "closed"
    UNKNOWN = "unknown"


class Gap(StrEnum):
    """What is honestly not there (report 5.3.8, 6.7)."""

    NO_PERPETRATOR_HELP_NOW = "no_perpetrator_help_now"
    NO_PERPETRATOR_HELP_FOR_THIS_KIND = "no_perpetrator_help_for_this_kind"
    NO_SPECIFIC_FAITH_ORGANISATION = "no_specific_faith_organisation"
    NO_SPECIFIC_SETTING_ORGANISATION = "no_specific_setting_organisation"
    NO_SPECIFIC_PHYSICAL_DISABILITY = "no_specific_physical_disability"
    SHELTER_ACCESS = "shelter_access"
    LITTLE_IN_THIS_LANGUAGE = "little_in_this_language"
    BEST_FIT_NOT_REACHABLE_NOW = "best_fit_not_reachable_now"


class StaffRole(StrEnum):
    """What somebody does in a team at the desk (report 5.3.6, 6.9: trained people and people who went through it)."""

    RESPONDER = "responder"
    PEER = "peer"
    COACH = "coach"
    LEAD = "lead"
    STEWARD = "steward"


class Wish(StrEnum):
    """Whom a visitor wants to talk to (report 5.3.6)."""

    ANYONE = "anyone"
    PROFESSIONAL = "professional"
    PEER = "peer"


class TalkState(StrEnum):
    """Where a conversation is: in a queue, with one person, or over (report 2.6: nobody may be left at the door)."""

    WAITING = "waiting"
    HELD = "held"
    CLOSED = "closed"


class TalkWay(StrEnum):
    """Ways to talk with somebody of the desk (report 2.3.2: some want to type, others to speak)."""

    CHAT = "chat"
    PHONE = "phone"


class Direction(StrEnum):
    """From whom a sealed message comes, and so who may read it; short, for it is part of every message (our own).

    A plan is what visitor and desk make together (a buddy may read it too); a paper is about a hand-over: what is
    proposed, agreed and withdrawn.
    """

    VISITOR = "v"
    DESK = "d"
    WHISPER = "w"
    NOTE = "n"
    PLAN = "p"
    PAPER = "h"


class ClosedBecause(StrEnum):
    """Why a conversation is over (our own; deleted is the visitor's right at every moment)."""

    FINISHED = "finished"
    LEFT = "left"
    MISUSE = "misuse"
    DELETED = "deleted"


class Recovery(StrEnum):
    """How a reader who lost the key phrase gets the conversations back; each team chooses (our own)."""

    TEAM = "team"
    ESCROW = "escrow"
    NONE = "none"


class TakeReason(StrEnum):
    """Why somebody may take up a conversation that waits, or not yet, or not at all (report 2.6, 5.3.3, 5.3.6)."""

    SAME_AS_BEFORE = "same_as_before"
    FITS = "fits"
    IN_DANGER = "in_danger"
    WIDENED = "widened"
    KEPT_FOR_ANOTHER = "kept_for_another"
    OTHER_LANGUAGE = "other_language"
    WISHES_PEER = "wishes_peer"
    WISHES_PROFESSIONAL = "wishes_professional"
    HANDS_FULL = "hands_full"
    NO_COACH_THERE = "no_coach_there"
    NOT_ON_DUTY = "not_on_duty"
    DOES_NOT_ANSWER = "does_not_answer"
    OTHER_TEAM = "other_team"


class TalkOpen(StrEnum):
    """Whether somebody can answer at this moment: hours and people together (report 5.3.2)."""

    ANSWERING = "answering"
    EXPECTED = "expected"
    CLOSED = "closed"


class GrantReason(StrEnum):
    """Why somebody holds the key of a conversation; every key that is given carries one (our own)."""

    VISITOR = "visitor"
    QUEUE = "queue"
    PICKED_UP = "picked_up"
    COACH = "coach"
    TAKEN_OVER = "taken_over"
    ESCROW = "escrow"
    CALL = "call"
    GUEST = "guest"
    BUDDY = "buddy"
    BUDDY_TALK = "buddy_talk"


class NeedNow(StrEnum):
    """What triage finds that somebody needs (report 2.7: someone to listen, information, help, help at once)."""

    LISTENING = "listening"
    INFORMATION = "information"
    HELP = "help"
    HELP_AT_ONCE = "help_at_once"


class Danger(StrEnum):
    """One judgement of danger; there are two, acute and structural, never one number (report 6.8)."""

    NOT_KNOWN = "not_known"
    NOT_SEEN = "not_seen"
    POSSIBLE = "possible"
    PRESENT = "present"


class HandoverState(StrEnum):
    """Where a warm hand-over stands (report 6.8, 2.4: nobody may fall between two)."""

    DRAFTED = "drafted"
    ASKED = "asked"
    CONSENTED = "consented"
    OFFERED = "offered"
    ACCEPTED = "accepted"
    IN_CONTACT = "in_contact"
    COMPLETED = "completed"
    DECLINED = "declined"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"


class DeclineReason(StrEnum):
    """Why a partner cannot take somebody (report 2.4, 2.6: no place, too complex, another field, another region)."""

    NO_PLACE = "no_place"
    OTHER_FIELD = "other_field"
    OTHER_REGION = "other_region"
    LANGUAGE = "language"
    SOMETHING_FIRST = "something_first"
    OTHER = "other"


class ContactWay(StrEnum):
    """How a partner first gets in touch (report 2.5, 2.6: a telephone that rings, or a mail that another reads)."""

    HERE = "here"
    PHONE = "phone"
    MESSAGE = "message"
    MAIL = "mail"
    LETTER = "letter"
    VISIT = "visit"
    HOME_VISIT = "home_visit"


class ContactRefusal(StrEnum):
    """Why a contact is not permitted (report 2.6: never call back, somebody else may answer)."""

    NOT_PERMITTED = "not_permitted"
    NEVER = "never"
    OUTSIDE_TIMES = "outside_times"
    CODE_WORD_NEEDED = "code_word_needed"
    ONLY_TO_HER_SELF = "only_to_her_self"
    PAST = "past"


class BuddyKind(StrEnum):
    """Who goes along from beginning to end (report 2.4, 6.5.2: peer, own circle, professional, intermediary)."""

    PEER = "peer"
    VOLUNTEER = "volunteer"
    PROFESSIONAL = "professional"
    INTERMEDIARY = "intermediary"
    OWN_CIRCLE = "own_circle"


class Audience(StrEnum):
    """Who may see an entry of the directory (report 6.8: an overview of partners for who works at the door)."""

    PUBLIC = "public"
    PARTNERS = "partners"
    ROLES = "roles"


class WordState(StrEnum):
    """Where the own word of an organisation about its entry stands: a steward checks first (report 6.8)."""

    WAITING = "waiting"
    IN_FORCE = "in_force"
    REFUSED = "refused"


CHRISTIAN = (Group.CHRISTIAN_REFORMED, Group.PROTESTANT, Group.EVANGELICAL, Group.ROMAN_CATHOLIC)
FAITHS = (*CHRISTIAN, Group.MUSLIM, Group.BUDDHIST)

#: Ways in which a person answers at once (the rest is read, written to, or gone to).
LIVE_WAYS = (Way.PHONE, Way.CHAT, Way.WHATSAPP)

#: Which way of the visitor each kind of channel asks for.
WAY_OF_CHANNEL = {
    ChannelKind.PHONE: Way.PHONE, ChannelKind.CHAT: Way.CHAT, ChannelKind.WHATSAPP: Way.WHATSAPP,
    ChannelKind.MAIL: Way.MAIL, ChannelKind.FORM: Way.MAIL, ChannelKind.LETTER: Way.MAIL,
    ChannelKind.WEBSITE: Way.WEBSITE, ChannelKind.APP: Way.WEBSITE, ChannelKind.FORUM: Way.WEBSITE,
    ChannelKind.VISIT: Way.VISIT, ChannelKind.HOME_VISIT: Way.HOME_VISIT,
}  # fmt: skip

#: Languages named in the directory or by visitors, ISO 639-1 (the report's and its annex's).
LANGUAGES = (
    "nl", "en", "tr", "ar", "pl", "es", "ro", "bg", "fr", "ru", "so", "fa", "zh", "uk", "hu", "de", "ur", "am", "ti",
    "pt", "it", "ku", "ps", "vi", "th", "id", "tl", "hi", "el", "cs", "sk", "hr", "sr", "sq",
)  # fmt: skip
