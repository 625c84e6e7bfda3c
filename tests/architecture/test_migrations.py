"""The migrations make exactly the tables that the models describe."""

from __future__ import annotations

from django.apps import apps
from django.db.migrations.autodetector import MigrationAutodetector
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.state import ProjectState
from django.utils.translation import override

from tests.architecture.source import rung_of, say


def test_no_migration_is_missing() -> None:
    loader = MigrationLoader(None)
    # Migrations hold labels untranslated, as `makemigrations` writes them.
    with override(None):
        now = ProjectState.from_apps(apps)
        changes = MigrationAutodetector(loader.project_state(), now).changes(graph=loader.graph)
    problems = [
        f"{room}: {operation.describe()}"
        for room, migrations in changes.items()
        if room in rung_of()
        for migration in migrations
        for operation in migration.operations
    ]
    say(problems, "make migrations")


def test_no_room_has_two_newest_migrations() -> None:
    loader = MigrationLoader(None)
    problems = [f"{room}: {', '.join(sorted(names))}" for room, names in loader.detect_conflicts().items()]
    say(problems, "make one follow the other.")
