from django.apps import AppConfig


class VaultConfig(AppConfig):
    name = "gada.vault"
    label = "vault"
