"""The throw-away server answers, forgets everything, and leaves nothing behind."""

from __future__ import annotations

from pathlib import Path

import psycopg
import pytest

from gada.command._throwaway import throwaway_postgres


def test_it_answers_and_is_gone_afterwards() -> None:
    with throwaway_postgres() as url, psycopg.connect(url) as connection:
        assert connection.execute("select 40 + 2").fetchone() == (42,)
        folder = connection.execute("show data_directory").fetchone()
    assert folder
    assert not Path(folder[0]).exists()
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(url, connect_timeout=2)


def test_a_failed_test_does_not_keep_it_alive() -> None:
    with pytest.raises(ZeroDivisionError), throwaway_postgres() as url:
        psycopg.connect(url)  # left open, as a failed test does
        _ = 1 / 0
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(url, connect_timeout=2)
