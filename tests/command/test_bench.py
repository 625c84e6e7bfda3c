"""`gada bench identify`: keys that others read, refusals that say what to give."""

from __future__ import annotations

import json

import pytest

from gada.command import main

KEYS = {
    "people", "fingers", "threads", "seconds_per_probe_median", "seconds_per_probe_p95", "comparisons_per_second",
    "resident_bytes", "shelf_bytes_per_finger", "retention", "strangers", "numpy_baseline", "build_seconds",
    "conventions",
}  # fmt: skip


def run(*arguments: object) -> int:
    with pytest.raises(SystemExit) as ended:
        main([str(argument) for argument in arguments])
    return int(ended.value.code or 0)


def test_a_small_gallery_is_searched_and_reported(capsys):
    assert run("bench", "identify", "--people", 300, "--probes", 3, "--json") == 0
    out, err = capsys.readouterr()
    report = json.loads(out)
    assert set(report) >= KEYS
    assert report["retention"]["synthetic"]["probes"] == 3
    assert "searching" in err
    assert run("bench", "identify", "--people", 300, "--fingers", 1, "--probes", 3) == 0
    said = capsys.readouterr().out
    assert "finger pairs a second" in said and "synthetic mates" in said


def test_impossible_requests_are_refused(tmp_path, capsys):
    assert run("bench", "identify", "--fingers", 11) == 2
    assert run("bench", "identify", "--prints", tmp_path / "gone") == 2
    assert run("bench", "identify", "--prints", tmp_path) == 1
    assert "no prints" in capsys.readouterr().err
