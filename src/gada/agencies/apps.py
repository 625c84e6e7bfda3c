from django.apps import AppConfig


class AgenciesConfig(AppConfig):
    name = "gada.agencies"
    label = "agencies"
