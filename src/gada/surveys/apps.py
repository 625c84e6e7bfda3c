from django.apps import AppConfig


class SurveysConfig(AppConfig):
    name = "gada.surveys"
    label = "surveys"
