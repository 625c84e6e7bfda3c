"""Thirty cases of which the truth is known: registrations as clerks make them, and what makes each of them hard.

`seed_cases()` registers the people, takes the prints, runs the check and returns a case per story. Nothing on a page
says which is which; the names of two stories have nothing in common, so that no case arises between them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction

from gada import journal
from gada.agencies.models import Operator
from gada.biometrics.rules import CaptureDraft
from gada.biometrics.services import take_captures
from gada.engine.fingerprint.synthetic import minutiae_finger
from gada.engine.formats.fmr import FingerView, write_fmr
from gada.matching.models import Case
from gada.matching.queries.features import weigh_now, weighed_people
from gada.matching.rules import case_id_of, weighing_facts
from gada.matching.services import check_person
from gada.people.drafts import DocumentDraft
from gada.people.models import Person
from gada.people.rules import birth_of
from gada.people.services import scope_of
from tests.biometrics.builders import household
from tests.people.builders import a_member
from tests.world import AT, Role, a_site, an_operator

SAME, DIFFERENT = "same", "different"
Fields = Mapping[str, Any]
Finger = tuple[int, float, float]  # which finger it is, noise (0 to 1), contact (0.35 to 1)


@dataclass(frozen=True, slots=True)
class Told:
    """Two registrations: who, who else is in the household, and which finger is really under each position."""

    story: str
    truth: str
    left: Fields
    right: Fields
    left_home: Sequence[Fields] = ()
    right_home: Sequence[Fields] = ()
    left_fingers: Mapping[int, Finger] = field(default_factory=dict)
    right_fingers: Mapping[int, Finger] = field(default_factory=dict)


def seed_cases() -> list[tuple[Told, Case]]:
    """Register everybody, check the later of each two, and give the case of each story."""
    here, there = a_site("Diffa 1"), a_site("Maïné 2")
    clerk, found = an_operator(Role.CLERK, name="Amina"), []
    for told in STORIES:
        people = [
            _registered(clerk, fields, home, fingers, site=site, touch=touch)
            for fields, home, fingers, site, touch in (
                (told.left, told.left_home, told.left_fingers, here, 1),
                (told.right, told.right_home, told.right_fingers, there, 2),
            )
        ]
        check_person(person=people[1], at=AT)
        case = Case.objects.filter(left=people[0], right=people[1]).first()
        found.append((told, case or _open_between(*people)))
    return found


def _open_between(left: Person, right: Person) -> Case:
    """The check was sure that they are two people; somebody brings them up all the same."""
    weighed = weighed_people([left.id, right.id])
    mine, theirs = weighed[left.id], weighed[right.id]
    facts = {
        "case": str(case_id_of(left.id, right.id)), "left": str(left.id), "right": str(right.id),
        **weighing_facts(weigh_now(mine, theirs), left=mine.parts, right=theirs.parts),
    }
    with transaction.atomic():
        made: Case = journal.record(
            "case.opened", by=("node", right.site_id), about=("case", case_id_of(left.id, right.id)), facts=facts,
            mentions=(left.id, right.id), scope=scope_of(right.site), purpose="adjudication", at=AT,
        )
    return made


def _registered(
    clerk: Operator, fields: Fields, home: Sequence[Fields], fingers: Mapping[int, Finger], *, site: Any, touch: int
) -> Person:
    leads = fields.get("relationship", "head") == "head"
    others = [a_member(**{"relationship": "child", "phone": "", **other}) for other in home]
    person = a_member(head=leads, **fields)
    made = household(members=(person, *others), site=site)
    found: Person = made.memberships.get(person__given=fields["given"], person__mother=fields["mother"]).person
    drafts = [
        CaptureDraft(position=position, record=write_fmr([
            FingerView(position, minutiae_finger(which).impression(touch, noise=noise, contact=contact))
        ]))
        for position, (which, noise, contact) in fingers.items()
    ]
    if drafts:
        take_captures(operator=clerk, person=found, captures=drafts, at=AT)
    return found


def who(given: str, surname: str, father: str, mother: str, sex: str, born: str, **more: Any) -> dict[str, Any]:
    """`born`: 1971-03-05, or ~1971 for somebody who is about so old."""
    year, _, rest = born.lstrip("~").partition("-")
    month, _, day = rest.partition("-")
    birth = birth_of(
        year=int(year), month=int(month) if month else None, day=int(day) if day else None,
        estimated=born.startswith("~"),
    )
    return {
        "given": given, "surname": surname, "father": father, "mother": mother, "sex": sex, "birth": birth, **more
    }


def good(*fingers: int) -> dict[int, Finger]:
    """Right index, left index, taken well."""
    return {position: (finger, 0.1, 0.95) for position, finger in zip((2, 7), fingers, strict=False)}


def card(number: str) -> tuple[DocumentDraft, ...]:
    return (DocumentDraft("national-id", number),)


def child(given: str, surname: str, sex: str, born: str, **more: Any) -> dict[str, Any]:
    return who(given, surname, more.pop("father", surname), more.pop("mother", "Fatchima"), sex, born, **more)


BOUKAR = [child("Kellou", "Boukar", "F", "2011-04-02"), child("Abba", "Boukar", "M", "2014-08-19"),
          child("Yagana", "Boukar", "F", "2018-01-30")]
STORIES = (
    Told("spelled another way, fingers agree", SAME,
         who("Mahamadou", "Ag Alhousseini", "Alhousseini Ag Intalla", "Tin Hinan", "M", "~1971"),
         who("Mohamed", "Alhusseini", "Alhousseyni Intalla", "Tinhinane", "M", "~1973"),
         left_fingers=good(101, 102), right_fingers=good(101, 102)),
    Told("estimated ages five years apart, fingers agree", SAME,
         who("Hawa", "Tchari", "Tchari Modu", "Ya Gana", "F", "~1962"),
         who("Hawa", "Tchari", "Tchari Modou", "Yagana", "F", "~1957"),
         left_fingers=good(103, 104), right_fingers=good(103, 104)),
    Told("family and given name exchanged, fingers agree", SAME,
         who("Lawan", "Kiari", "Kiari Goni", "Falmata Ali", "M", "1984-06-11"),
         who("Kiari", "Lawan", "Kiari Goni", "Falmata Ali", "M", "1984-06-11"),
         left_fingers=good(105, 106), right_fingers=good(105, 106)),
    Told("family and given name exchanged, no fingers, the same card", SAME,
         who("Souradja", "Wakaso", "Wakaso Bermo", "Delou", "M", "1990-09-23", documents=card("NE44120987")),
         who("Wakaso", "Souradja", "Wakasso Bermo", "Dellou", "M", "1990-09-23", documents=card("NE44120987"))),
    Told("married, another surname, fingers agree", SAME,
         who("Zeinabou", "Adamou", "Adamou Djibo", "Hassana Sounna", "F", "1993-02-14"),
         who("Zeynabou", "Tondi", "Adamou Djibo", "Hassana", "F", "1993-02-14"),
         left_fingers=good(107, 108), right_fingers=good(107, 108)),
    Told("married, another surname, no fingers, same day, parents and telephone", SAME,
         who("Rékia", "Bonkano", "Bonkano Zibo", "Kadi Moumouni", "F", "1995-07-08", phone="+227 96 44 10 12"),
         who("Rakia", "Halidou", "Bonkano Zibo", "Kadi Moumouni", "F", "1995-07-08", phone="+227 96 44 10 12")),
    Told("the same family under another head, fingers agree", SAME,
         who("Fanna", "Boukar", "Boukar Lamine", "Zara Mele", "F", "~1980", relationship="spouse"),
         who("Fanna", "Bukar", "Boukar Lamine", "Zara Mélé", "F", "~1981"),
         left_home=[who("Malam", "Boukar", "Boukar Aji", "Aissa Kaka", "M", "~1970", relationship="head"), *BOUKAR],
         right_home=BOUKAR, left_fingers=good(109, 110), right_fingers=good(109, 110)),
    Told("the same family under another head, no fingers", SAME,
         who("Ramata", "Dicko", "Dicko Hamma", "Pendo Sidibé", "F", "1978-11-03", relationship="spouse"),
         who("Ramatou", "Dicko", "Hamma Dicko", "Penda Sidibé", "F", "~1978"),
         left_home=[who("Allaye", "Dicko", "Dicko Samba", "Kumba Ba", "M", "~1969", relationship="head"),
                    child("Nouhoum", "Dicko", "M", "2008-03-09"), child("Djeneba", "Dicko", "F", "2010-12-25"),
                    child("Amadoum", "Dicko", "M", "2015-05-17")],
         right_home=[child("Nouhoun", "Dicko", "M", "2008-03-09"), child("Zeneba", "Dicko", "F", "2010-12-25"),
                     child("Amadoum", "Dicko", "M", "2015-05-17")]),
    Told("one finger taken badly, the other agrees", SAME,
         who("Ousseini", "Karimoun", "Karimoun Gado", "Tani Boureima", "M", "1967-10-12"),
         who("Housseini", "Karimou", "Karimou Gado", "Tani Boureyma", "M", "~1967"),
         left_fingers=good(111, 112), right_fingers={2: (111, 0.1, 0.95), 7: (112, 0.95, 0.35)}),
    Told("no fingers, the same card, a slip in the day", SAME,
         who("Maïrama", "Zakou", "Zakou Seyni", "Bibata Oumarou", "F", "1988-04-21", documents=card("NE90017654")),
         who("Mairama", "Zakou", "Zaku Seyni", "Bibata Umaru", "F", "1988-04-12", documents=card("NE90017654"))),
    Told("a child counted by both grandmothers, fingers agree", SAME,
         who("Sadissou", "Nassirou", "Nassirou Elhadj Kané", "Sahoura Tanko", "M", "2012-09-01", relationship="child"),
         who("Sadissou", "Nassirou", "Nassirou Kané", "Sahura Tanko", "M", "2012-09-01", relationship="child"),
         left_home=[who("Hadjo", "Kané", "Kané Idi", "Rabi", "F", "~1950", relationship="head")],
         right_home=[who("Tanko", "Maman", "Maman Sani", "Goggo", "M", "~1948", relationship="head")],
         left_fingers=good(113, 114), right_fingers=good(113, 114)),
    Told("imported, then registered at the desk; the same in everything", SAME,
         who("Ganda", "Soumaïla", "Soumaïla Harouna", "Kambou Niandou", "M", "1981-01-19", phone="+227 93 20 71 55"),
         who("Ganda", "Soumaila", "Soumaila Harouna", "Kambou Niandou", "M", "1981-01-19", phone="+227 93 20 71 55")),
    Told("slips of the pen everywhere, fingers agree", SAME,
         who("Nafissatou", "Gandah", "Gandah Beido", "Safia Lompo", "F", "1976-12-05"),
         who("Nafisatu", "Ganda", "Gandah Baido", "Saphia Lompo", "F", "1976-05-12"),
         left_fingers=good(115, 116), right_fingers=good(115, 116)),
    Told("the wrong box for the sex, fingers agree", SAME,
         who("Djamila", "Yerima", "Yerima Fodé", "Kaltouma Brah", "F", "1999-08-30"),
         who("Djamila", "Yerima", "Yerima Fodé", "Kaltouma Brah", "M", "1999-08-30"),
         left_fingers=good(117, 118), right_fingers=good(117, 118)),
    Told("left and right hand exchanged", SAME,
         who("Bachirou", "Sountalma", "Sountalma Ide", "Haoua Kimba", "M", "1972-02-27"),
         who("Bashiru", "Sountalma", "Sountalma Idé", "Hawa Kimba", "M", "~1973"),
         left_fingers=good(119, 120), right_fingers=good(120, 119)),
    Told("twin brothers, fingers differ", DIFFERENT,
         who("Alassane", "Guéro", "Guéro Mayaki", "Biba Koda", "M", "1994-03-03", phone="+227 97 80 15 16"),
         who("Fousseyni", "Guéro", "Guéro Mayaki", "Biba Koda", "M", "1994-03-03", phone="+227 97 80 15 16"),
         left_fingers=good(201, 202), right_fingers=good(203, 204)),
    Told("twin sisters, no fingers, one telephone", DIFFERENT,
         who("Hassia", "Labaran", "Labaran Oubandoma", "Zouera Chékaraou", "F", "2001-05-16", phone="+227 94 11 76 20"),
         who("Ousseina", "Labaran", "Labaran Oubandoma", "Zouera Chékaraou", "F", "2001-05-16",
             phone="+227 94 11 76 20")),
    Told("brothers with names alike, fingers differ", DIFFERENT,
         who("Moussa", "Tahirou", "Tahirou Bandé", "Absatou Guimba", "M", "1986-10-10"),
         who("Mossi", "Tahirou", "Tahirou Bandé", "Absatou Guimba", "M", "1988-12-01"),
         left_fingers=good(205, 206), right_fingers=good(207, 208)),
    Told("sisters, no fingers, the mother's telephone", DIFFERENT,
         who("Nana Aïcha", "Chipkaou", "Chipkaou Dodo", "Talatou Gambo", "F", "2000-01-12", phone="+227 88 90 33 41"),
         who("Barira", "Chipkaou", "Chipkaou Dodo", "Talatou Gambo", "F", "2003-06-30", phone="+227 88 90 33 41")),
    Told("father and son of one name, fingers differ", DIFFERENT,
         who("Sidi", "Warzagane", "Warzagane Mohammed", "Tamoumout", "M", "~1952"),
         who("Sidi", "Warzagane", "Sidi Warzagane", "Assalama", "M", "1983-07-07"),
         left_fingers=good(209, 210), right_fingers=good(211, 212)),
    Told("father and son of one name, no fingers", DIFFERENT,
         who("Elhadji", "Bagalé", "Bagalé Wodi", "Mowa Jodi", "M", "~1948", phone="+227 90 62 13 08"),
         who("Elhadji", "Bagalé", "Elhadji Bagalé", "Dilli Mokao", "M", "~1979", phone="+227 90 62 13 08")),
    Told("strangers with one common name, fingers differ", DIFFERENT,
         who("Amina", "Diallo", "Boubacar Diallo", "Dienaba Barry", "F", "~1990"),
         who("Aminata", "Diallo", "Boubakar Diallo", "Djénéba Bari", "F", "~1991"),
         left_fingers=good(213, 214), right_fingers=good(215, 216)),
    Told("strangers with one common name, born the same year, no fingers", DIFFERENT,
         who("Ibrahim", "Maïga", "Seydou Maïga", "Mariam Touré", "M", "~1985"),
         who("Ibrahima", "Maiga", "Oumarou Maiga", "Fatoumata Cissé", "M", "~1985", phone="+227 89 73 52 44")),
    Told("a clerk's own finger taken for somebody else's", DIFFERENT,
         who("Koundia", "Lankoandé", "Yempabou Lankoandé", "Possi Tankoano", "F", "1959-03-28"),
         who("Halilou", "Bouzou", "Bouzou Tago", "Takassat", "M", "2004-11-14"),
         left_fingers=good(217, 218), right_fingers=good(217, 219)),
    Told("cousins named after one grandfather, fingers differ", DIFFERENT,
         who("Abdoulkader", "Zangina", "Zangina Illa", "Zali Manzo", "M", "1996-04-04"),
         who("Abdoulkader", "Zangina", "Illa Zangina", "Hinda Rabo", "M", "1998-09-19"),
         left_fingers=good(220, 221), right_fingers=good(222, 223)),
    Told("sons of co-wives, the same year, fingers differ", DIFFERENT,
         who("Salissou", "Mahaman", "Mahaman Kollo", "Ouma Daré", "M", "2002-02-02"),
         who("Salissou", "Mahaman", "Mahaman Kollo", "Hajara Bizo", "M", "2002-08-20"),
         left_fingers=good(224, 225), right_fingers=good(226, 227)),
    Told("mother and daughter of one name, fingers differ", DIFFERENT,
         who("Tchima", "Ousmane", "Ousmane Barké", "Rabi Tsahirou", "F", "~1966"),
         who("Tchima", "Ousmane", "Ousmane Laouel", "Tchima Ousmane", "F", "1987-05-25"),
         left_fingers=good(228, 229), right_fingers=good(230, 231)),
    Told("two neighbours with one telephone, no fingers", DIFFERENT,
         who("Hadizatou", "Kimba", "Kimba Soumana", "Fati Djimrao", "F", "~1982", phone="+227 91 05 48 29"),
         who("Hadjara", "Kimbal", "Garba Kimbal", "Ramatou Nouhou", "F", "~1985", phone="+227 91 05 48 29")),
    Told("twins, fingers taken badly, none agrees", DIFFERENT,
         who("Assane", "Bagna", "Bagna Soffo", "Kadidja Weyra", "M", "2005-10-29"),
         who("Ousseini", "Bagna", "Bagna Soffo", "Kadidja Weyra", "M", "2005-10-29"),
         left_fingers={2: (232, 0.5, 0.6), 7: (233, 0.5, 0.6)}, right_fingers={2: (234, 0.5, 0.6), 7: (235, 0.5, 0.6)}),
    Told("uncle and nephew named after him, in neighbouring compounds, fingers differ", DIFFERENT,
         who("Mamane", "Gonda", "Gonda Kassoum", "Saadé Arzika", "M", "~1961"),
         who("Mamane", "Gonda", "Issoufou Gonda", "Hadiza Mayaou", "M", "1989-01-27"),
         left_fingers=good(236, 237), right_fingers=good(238, 239)),
)
