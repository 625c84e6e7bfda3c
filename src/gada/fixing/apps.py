from django.apps import AppConfig


class FixingConfig(AppConfig):
    name = "gada.fixing"
    label = "fixing"
