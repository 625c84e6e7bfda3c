from django.apps import AppConfig


class PeopleConfig(AppConfig):
    name = "gada.people"
    label = "people"
