from django.apps import AppConfig


class AssistanceConfig(AppConfig):
    name = "gada.assistance"
    label = "assistance"
