from django.apps import AppConfig


class BiometricsConfig(AppConfig):
    name = "gada.biometrics"
    label = "biometrics"
