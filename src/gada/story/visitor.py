"""Somebody at a browser, without the browser: signs in, reads pages, fills in forms, asks the API."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import Any

import httpx

SHOWN_CODE = re.compile(r"<strong>(\d{3}\s?\d{3})</strong>")


class StoryBroke(Exception):
    """Something did not go as the story tells it."""


class _Forms(HTMLParser):
    """Collects the forms of a page with what their fields hold."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: list[dict[str, Any]] = []
        self._select: str | None = None
        self._area: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        name = given.get("name")
        if tag == "form":
            self.forms.append(
                {
                    "action": given.get("action") or "",
                    "method": (given.get("method") or "get").lower(),
                    "fields": {},
                }
            )
        elif not self.forms:
            return
        elif tag == "input" and name and given.get("type") not in ("submit", "file", "button"):
            if given.get("type") not in ("checkbox", "radio") or "checked" in given:
                self.forms[-1]["fields"][name] = given.get("value") or ""
        elif tag == "select":
            self._select = name
        elif (
            tag == "option"
            and self._select
            and ("selected" in given or self._select not in self.forms[-1]["fields"])
        ):
            self.forms[-1]["fields"][self._select] = given.get("value") or ""
        elif tag == "textarea":
            self._area = name
            if name:
                self.forms[-1]["fields"][name] = ""

    def handle_endtag(self, tag: str) -> None:
        if tag == "select":
            self._select = None
        elif tag == "textarea":
            self._area = None

    def handle_data(self, data: str) -> None:
        if self._area and self.forms:
            self.forms[-1]["fields"][self._area] = data.strip()


class Visitor:
    """One signed-in operator of one node."""

    def __init__(self, url: str, *, username: str, password: str) -> None:
        self.username, self.password = username, password
        self.http = httpx.Client(base_url=url, follow_redirects=True, timeout=120)

    def sign_in(self) -> None:
        """Name, password, and the code that a training node shows."""
        page = self.submit(
            "/sign-in/?next=/account/",
            status=(200, 403),
            username=self.username,
            password=self.password,
            code="",
        )
        for _ in range(2):  # the first time codes are set up, then (or else) the code is asked for
            if page.url.path in ("/sign-in/", "/sign-in/codes/") and (shown := SHOWN_CODE.search(page.text)):
                page = self._send_form(
                    page, {"code": "".join(filter(str.isdigit, shown.group(1)))}, status=(200, 403, 422)
                )
        if page.url.path.startswith("/sign-in"):
            raise StoryBroke(f"{self.username} could not sign in")

    def read(self, path: str, *, status: int | tuple[int, ...] = 200) -> httpx.Response:
        """A page, which must answer with this status."""
        return self._checked(self.http.get(path), status)

    def submit(
        self, path: str, *, status: int | tuple[int, ...] = 200, form: str = "", files: Any = None, **fields: Any
    ) -> httpx.Response:
        """Open a page, fill in its form (the one whose action ends with `form`), send it."""
        return self._send_form(self.read(path), fields, status=status, form=form, files=files)

    def post(
        self, path: str, *, status: int | tuple[int, ...] = 200, files: Any = None, **fields: Any
    ) -> httpx.Response:
        """Send fields as a form would, without reading a page first."""
        token = self.http.cookies.get("csrftoken") or ""
        return self._checked(
            self.http.post(path, data={"csrfmiddlewaretoken": token, **fields}, files=files), status
        )

    def api(
        self, method: str, path: str, *, status: int | tuple[int, ...] = 200, key: str = "", **arguments: Any
    ) -> Any:
        """Ask the JSON API; returns the parsed answer."""
        headers = {"X-CSRFToken": self.http.cookies.get("csrftoken") or ""}
        if key:
            headers["Idempotency-Key"] = key
        answer = self.http.request(method, f"/api/{path}", headers=headers, **arguments)
        self._checked(answer, status)
        return answer.json() if answer.content and "json" in answer.headers.get("content-type", "") else None

    def _send_form(
        self,
        page: httpx.Response,
        fields: dict[str, Any],
        *,
        status: int | tuple[int, ...] = 200,
        form: str = "",
        files: Any = None,
    ) -> httpx.Response:
        forms = _Forms()
        forms.feed(page.text)
        wanted = [
            found
            for found in forms.forms
            if found["method"] == "post"
            and (
                found["action"].endswith(form)
                if form
                else not found["action"].startswith(("/sign-out", "/language", "/site"))
            )
        ]
        if not wanted:
            raise StoryBroke(f"{page.url.path}: no form {form!r}")
        target = str(page.url.join(wanted[0]["action"])) if wanted[0]["action"] else str(page.url)
        return self._checked(
            self.http.post(target, data={**wanted[0]["fields"], **fields}, files=files),
            status,
            allow_unprocessable=status == 200,
        )

    def _checked(
        self, answer: httpx.Response, status: int | tuple[int, ...], *, allow_unprocessable: bool = False
    ) -> httpx.Response:
        wanted = status if isinstance(status, tuple) else (status,)
        if answer.status_code in wanted or (allow_unprocessable and answer.url.path.startswith("/sign-in")):
            return answer
        raise StoryBroke(
            f"{answer.request.method} {answer.url.path}: {answer.status_code}, not {wanted}\n{_said(answer.text)}"
        )


def _said(page: str) -> str:
    """The words of a page's main part, for whoever must find out why the story broke."""
    words = re.sub(r"<[^>]*>", " ", page.partition("<main")[2] or page)
    return " ".join(words.split())[:1500]
