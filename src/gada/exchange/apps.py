from django.apps import AppConfig


class ExchangeConfig(AppConfig):
    name = "gada.exchange"
    label = "exchange"
