"""The noes we expect. Anything else is a bug and raises as itself."""

from __future__ import annotations

from typing import Any


class Refusal(Exception):
    """An expected no: what happened, why, what to do now.

    `code` is stable and kebab-case (it is documented and translated); `message` may be lazily
    translated and holds `%(name)s` placeholders filled from `facts`. Facts never hold personal data.
    """

    status = 409

    def __init__(self, code: str, message: Any = "", **facts: Any) -> None:
        super().__init__(code)
        self.code = code
        self.message = message
        self.facts = facts

    def __str__(self) -> str:
        text = str(self.message) or self.code
        return text % self.facts if self.facts else text


class NotPermitted(Refusal):
    """This person may not do this here."""

    status = 403


class NotFound(Refusal):
    """There is nothing here by that name, or it may not be seen from here."""

    status = 404


class Invalid(Refusal):
    """What came in cannot be understood: a file, a field, a message."""

    status = 422
