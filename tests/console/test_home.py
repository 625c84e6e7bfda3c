"""Home, the journal, health: figures that say what there is."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from gada import journal
from gada.agencies.rules import Role
from gada.console import queries, rules
from gada.console.rules import Hour
from gada.journal.models import LogEntry
from tests.console.builders import CHILD, HEAD, SPOUSE, a_file, amina, registered_by
from tests.world import a_browser, a_node, an_agency, an_operator

pytestmark = pytest.mark.django_db


def test_an_empty_home_teaches() -> None:
    page = a_browser(amina()).get("/").content.decode()
    assert "Personne n’est encore inscrit ici" in page and reverse("console:register") in page


def test_home_counts_today_and_names_only_for_those_who_register() -> None:
    clerk = amina()
    household = registered_by(clerk, HEAD, SPOUSE, CHILD, **{"members-0-finger_2": a_file(91)})
    registered_by(
        clerk,
        {**HEAD, "given": "Hadiza", "surname": "Maïga", "phone": "", "father": "Maïga Issa", "mother": "Rabi"},
        answer_prints="no",
    )
    page = a_browser(clerk).get("/").content.decode()
    assert household.number in page and "Zeinabou" in page and "unique parmi" in page
    assert "1 prise" in page and "1 refusée" in page
    day = queries.day_of(clerk, at=timezone.now())
    assert (day.families, day.people, day.children, day.refused) == (2, 4, 1, 1)
    assert LogEntry.objects.filter(action="person.read", purpose="registration").exists()
    distributor = a_browser(an_operator(Role.DISTRIBUTOR))
    assert "Zeinabou" not in distributor.get("/").content.decode()
    chen = an_operator(Role.CLERK, name="Chen", agency=an_agency())
    page = a_browser(chen).get("/").content.decode()
    assert household.number not in page and queries.day_of(chen, at=timezone.now()).families == 0


def test_home_costs_the_same_for_one_and_for_many(django_assert_max_num_queries) -> None:
    clerk = amina()
    for number in range(9):
        registered_by(
            clerk,
            {**HEAD, "given": f"Nom {number}", "surname": f"Autre{number}", "phone": "", "father": "", "mother": ""},
            CHILD,
        )
    browser = a_browser(clerk)
    browser.get("/")
    with django_assert_max_num_queries(38):
        page = browser.get("/").content.decode()
    assert page.count('<th scope="row">') >= 8


def test_the_title_of_the_chart_states_the_finding() -> None:
    now = timezone.localtime(timezone.now()).replace(hour=12, minute=30)
    hours = [Hour(8, 4), Hour(9, 10), Hour(10, 12), Hour(11, 4), Hour(12, 1)]
    assert rules.peak_of(hours) == Hour(10, 12)
    assert rules.hours_of([now.replace(hour=8), now.replace(hour=10)]) == [
        Hour(5, 0), Hour(6, 0), Hour(7, 0), Hour(8, 1), Hour(9, 0), Hour(10, 1)
    ]
    told = {
        rules.finding_of(hours, now=now),
        rules.finding_of(hours[:3], now=now),
        rules.finding_of(hours[:1], now=now),
    }
    assert len(told) == 3 and rules.peak_of([]) is None


def test_late_seals_are_to_watch() -> None:
    clerk = amina()
    later = timezone.now() + timedelta(minutes=5)
    assert [each.state for each in queries.things_to_watch(clerk, at=later)] == ["bad", "wait"]
    journal.seal(at=timezone.now())
    assert "scellées" not in a_browser(clerk).get("/").content.decode().lower()
    assert [each.state for each in queries.things_to_watch(clerk, at=later)] == ["wait"]


def test_the_journal_is_for_those_who_watch_over_it() -> None:
    clerk = amina()
    registered_by(clerk, HEAD)
    assert a_browser(clerk).get("/journal/").status_code == 403
    browser = a_browser(an_operator(Role.AUDITOR))
    journal.seal(at=timezone.now())
    page = browser.get("/journal/").content.decode()
    assert "person.enrolled" in page and "Zeinabou" not in page
    assert "Tout tient" in browser.post("/journal/").content.decode()


def test_a_tampered_journal_is_named() -> None:
    registered_by(amina(), HEAD)
    journal.seal(at=timezone.now())
    LogEntry.objects.filter(action="person.enrolled").update(purpose="other")
    page = a_browser(an_operator(Role.AUDITOR)).post("/journal/").content.decode()
    assert "columns-altered" in page and "Tout tient" not in page


def test_health_is_open_and_says_nothing_of_anybody() -> None:
    registered_by(amina(), HEAD)
    journal.seal(at=timezone.now())
    answer = a_browser().get("/health")
    assert (
        answer.status_code == 200
        and answer.json()["node"] == "open"
        and answer.json()["database"] in ("sqlite", "postgresql")
    )
    assert set(answer.json()) == {
        "status", "node", "database", "worker", "oldest_unsealed_seconds", "disk_free_bytes", "trouble",
    }
    page = a_browser().get("/health", headers={"accept": "text/html"})
    assert page.status_code == 200 and "Santé de ce nœud" in page.content.decode()


def test_health_names_a_worker_that_stands_still() -> None:
    a_node()
    LogEntry.objects.update(recorded_at=timezone.now() - timedelta(minutes=10))
    answer = a_browser().get("/health")
    assert answer.status_code == 503 and answer.json()["trouble"] == ["worker"]
