from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec

from django.apps import AppConfig, apps


class ProjectConfig(AppConfig):
    name = "gada.project"
    label = "project"

    def ready(self) -> None:
        """Let every room say what it applies and who may do what; then install the consequences."""
        for room in apps.get_app_configs():
            if not room.name.startswith("gada."):
                continue
            for furniture in ("apply", "actions", "messages"):
                if find_spec(f"{room.name}.{furniture}"):
                    import_module(f"{room.name}.{furniture}")
        from gada.agencies.services.known_actions import all_actions
        from gada.journal import registry
        from gada.project import reactions

        registry.ROWLESS.update(action.entry for action in all_actions())
        reactions.install()
