"""Project: settings, urls, reactions, errors, system checks — where the rooms are put together."""
