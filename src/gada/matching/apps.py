from django.apps import AppConfig


class MatchingConfig(AppConfig):
    name = "gada.matching"
    label = "matching"
