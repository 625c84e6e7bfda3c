from django.apps import AppConfig


class ConsoleConfig(AppConfig):
    name = "gada.console"
    label = "console"
