from django.apps import AppConfig


class JournalConfig(AppConfig):
    name = "gada.journal"
    label = "journal"
