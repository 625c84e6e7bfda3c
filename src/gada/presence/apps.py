from django.apps import AppConfig


class PresenceConfig(AppConfig):
    name = "gada.presence"
    label = "presence"
