from django.apps import AppConfig


class CredentialsConfig(AppConfig):
    name = "gada.credentials"
    label = "credentials"
