"""The components: what they write is right, said aloud right, and legible in every colour."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path
from typing import Any

import pytest
from django import forms
from django.core.paginator import Paginator
from django.template import Context, Template
from django.template.loader import render_to_string
from django.test import RequestFactory
from django.utils import translation

from gada.project import charts, prints, words
from gada.project import styleguide as guide

STATIC = Path(guide.__file__).parent / "static" / "gada"
NARROW = words.THIN_SPACE
NOW = dt.datetime(2026, 3, 14, 15, 30, tzinfo=dt.UTC)
FIRST_PAGE_BYTES = 300_000


@pytest.fixture(params=["fr", "en"])
def language(request: pytest.FixtureRequest) -> Any:
    with translation.override(request.param):
        yield request.param


@pytest.fixture
def french() -> Any:
    with translation.override("fr"):
        yield


def write(source: str, **context: Any) -> str:
    return Template("{% load gada %}" + source).render(Context(context))


class Question(forms.Form):
    given = forms.CharField(label="Given name", help_text="As on the card")
    sex = forms.ChoiceField(label="Sex", choices=[("F", "Female"), ("M", "Male")], widget=forms.RadioSelect)
    note = forms.CharField(label="Note", required=False)
    photo = forms.FileField(label="Photo", required=False)


class TestNumbersAndDates:
    def test_numbers_in_french(self, french: None) -> None:
        assert words.number(1234567.5, 1) == f"1{NARROW}234{NARROW}567,5"
        assert words.percent(0.0412, 1) == f"4,1{NARROW}%"
        assert words.tenths(-53) == "−5,3"
        assert words.tenths(words.tenths_in(19300)) == "+5,8"
        assert words.file_size(52_182) == f"52{NARROW}Ko"
        assert words.number("n/a") == "n/a" and words.number(None) == "" and words.number(0) == "0"

    def test_numbers_in_english(self) -> None:
        with translation.override("en"):
            assert words.number(1234567.5, 1) == f"1{NARROW}234{NARROW}567.5"
            assert words.percent(0.0412, 1) == "4.1%"

    def test_dates_in_french(self, french: None) -> None:
        assert words.long_date(dt.date(2026, 3, 14)) == "14 mars 2026"
        assert words.long_date(dt.date(1973, 1, 1)) == "1er janvier 1973"
        assert words.weekday_date(dt.date(2026, 3, 14)) == "Samedi 14 mars"

    @pytest.mark.parametrize(("value", "precision", "estimated", "said"), [
        ("1994-05-02", "", False, "2 mai 1994"), ("1994-05-02", "day", False, "2 mai 1994"),
        ("1994-05-02", "month", False, "mai 1994"), ("1994-05", "", False, "mai 1994"),
        ("1971", "", False, "1971"), (1985, "", True, "vers 1985"), (1985, "around", False, "vers 1985"),
        ("1985-06-01", "year", True, "vers 1985"), ("1994-05-02", "", True, "2 mai 1994 (estimée)"),
        (None, "", False, ""), ("1985", "unknown", False, "date inconnue"),
    ])
    def test_birth_dates_say_how_well_they_are_known(
        self, french: None, value: Any, precision: str, estimated: bool, said: str
    ) -> None:
        assert words.partial_date(value, precision, estimated=estimated) == said

    def test_the_engines_birth_dates(self, french: None) -> None:
        from gada.engine.linkage import BirthDate

        assert words.partial_date(BirthDate.on(dt.date(1994, 5, 2))) == "2 mai 1994"
        assert words.partial_date(BirthDate.on(dt.date(1994, 1, 1))) == "1994"
        assert words.partial_date(BirthDate.about(1985, within_years=3)) == "vers 1985"

    def test_moments(self, french: None, settings: Any) -> None:
        settings.TIME_ZONE = "Africa/Niamey"
        assert words.ago(NOW - dt.timedelta(seconds=20), NOW) == "à l’instant"
        assert words.ago(NOW - dt.timedelta(minutes=3), NOW) == f"il y a 3{NARROW}min"
        assert words.moment(NOW - dt.timedelta(hours=1), NOW) == "aujourd’hui, 15\u00a0h\u00a030"
        assert words.moment(NOW - dt.timedelta(days=1), NOW) == "hier à 16\u00a0h\u00a030"
        assert words.duration(11_400) == f"3{NARROW}h{NARROW}10"


class TestFields:
    def test_label_hint_and_error_are_tied_to_the_control(self, language: str) -> None:
        page = write("{% field form.given %}", form=Question({"given": ""}))
        assert 'for="id_given"' in page
        assert 'aria-describedby="id_given-hint id_given-error"' in page
        assert 'aria-invalid="true"' in page
        assert 'id="id_given-hint"' in page and 'id="id_given-error"' in page

    def test_a_field_without_hint_describes_nothing(self) -> None:
        page = write("{% field form.note %}", form=Question())
        assert "aria-describedby" not in page and "aria-invalid" not in page

    def test_choices_become_cards_in_a_fieldset(self) -> None:
        page = write("{% field form.sex hints=hints %}", form=Question(), hints={"F": "a hint"})
        assert "<fieldset" in page and "<legend>" in page and page.count('class="choice"') == 2 and "a hint" in page

    def test_a_file_shows_its_picture(self) -> None:
        page = write("{% field form.photo %}", form=Question())
        assert 'data-preview="id_photo-preview"' in page and '<canvas class="preview" id="id_photo-preview"' in page

    def test_the_summary_links_to_every_field_in_error(self, language: str) -> None:
        page = write("{% error_summary form %}", form=Question({}))
        assert 'href="#id_given"' in page and 'href="#id_sex_0"' in page
        assert write("{% error_summary form %}", form=Question()).strip() == ""

    def test_the_summary_reads_formsets(self) -> None:
        typed = {"form-TOTAL_FORMS": "1", "form-INITIAL_FORMS": "0", "form-0-note": "x"}
        members = forms.formset_factory(Question)(typed)
        assert 'href="#id_form-0-given"' in write("{% error_summary members %}", members=members)

    def test_what_people_type_is_never_markup(self) -> None:
        evil = "<script>alert(1)</script>"
        page = write(
            "{% tag evil %}{% button evil %}{% person_card name=evil %}{% endperson_card %}{% facts rows %}"
            "{% comparison side side three %}{% notice 'bad' title=evil %}{{ evil }}{% endnotice %}"
            "{% bar_chart rows title=evil %}{% timeline events %}{% field form.given %}",
            evil=evil, rows=[(evil, 1)], three=[(evil, evil, "")], side={"name": evil}, events=[{"title": evil}],
            form=Question({"given": evil}),
        )
        assert "<script" not in page and page.count("&lt;script&gt;") >= 10


class TestButtons:
    def test_a_key_is_shown_and_wired(self, french: None) -> None:
        page = write('{% button "Remettre" key="Enter" hx_post="/x/" %}')
        assert 'data-key="Enter"' in page and ">Entrée</kbd>" in page and 'hx-post="/x/"' in page

    def test_a_link_looks_like_a_button(self) -> None:
        assert write('{% button "Go" href="/x/" variant="quiet" %}').startswith('<a class="button is-quiet" href="/x/"')


class TestFigures:
    def test_bars_stand_on_the_floor_and_the_tallest_is_strong(self) -> None:
        drawn = charts.bars([("a", 10), ("b", 20), ("c", 0)])
        assert [bar.strong for bar in drawn] == [False, True, False]
        assert all(bar.top + bar.height == charts.FLOOR_PX for bar in drawn)
        assert drawn[0].height * 2 == drawn[1].height and drawn[2].height == 0
        assert charts.bars([]) == () and charts.bars([("a", 0)])[0].height == 0

    def test_lines_have_a_round_ceiling(self) -> None:
        drawn, levels, _ = charts.lines([{"label": "x", "points": [("a", 3), ("b", 4.4)]}])
        assert levels[-1].value == 5 and len(drawn[0].segments) == 1

    def test_every_chart_carries_its_figures(self, language: str) -> None:
        page = write('{% bar_chart rows title="T" %}', rows=[("8 h", 1200)])
        assert "<table" in page and f"1{NARROW}200" in page

    def test_corresponding_points_are_joined(self) -> None:
        left = {"width": 100, "height": 200, "minutiae": [(10, 20, 0), (50, 60, 64)]}
        right = {"width": 120, "height": 160, "minutiae": [(15, 25, 128)]}
        drawing = prints.draw_pair(left, right, [(1, 0)])
        join = drawing.joins[0]
        assert (join.x1, join.y1) == ("50.0", "60.0")
        assert (float(join.x2), float(join.y2)) == (15 + float(drawing.right.left), 25 + 20)
        assert [mark.matched for mark in drawing.left.marks] == [False, True]
        # 64 of 256 steps is a quarter turn counter-clockwise: the tick points up.
        assert float(drawing.left.marks[1].tick_y) < 60 and drawing.left.marks[1].tick_x == "50.0"

    def test_the_guides_prints_come_from_the_engine_and_correspond(self) -> None:
        assert len(guide.example_prints()["pairs"]) >= 8


class TestLists:
    def test_differences_are_said_not_only_coloured(self, french: None) -> None:
        rows = [("Père", "x", "y"), ("Mère", "z", "z")]
        page = write("{% comparison a b rows %}", a={"name": "A"}, b={"name": "B"}, rows=rows)
        assert page.count("(différent)") == 1 and page.count('class="is-differ"') == 1

    def test_the_pager_keeps_the_filter(self, language: str) -> None:
        request = RequestFactory().get("/?site=i&page=2")
        page = write("{% pager page %}", page=Paginator(range(60), 25).page(2), request=request)
        assert "?site=i&amp;page=1" in page and "?site=i&amp;page=3" in page

    def test_steps_name_the_current_one(self, language: str) -> None:
        page = write("{% steps parts 2 %}", parts=[{"label": "a", "url": "/a/"}, "b", "c"])
        assert page.count('aria-current="step"') == 1 and 'href="/a/"' in page


class TestFrames:
    @pytest.mark.parametrize("name", ["400", "403", "403_csrf", "404", "409", "500", "refusal"])
    def test_errors_stand_without_any_context(self, language: str, name: str) -> None:
        page = render_to_string(f"{name}.html", {"text": "why", "code": "x"})
        assert page.count("<h1>") == 1 and "</html>" in page

    @pytest.mark.parametrize("layout", ["", *guide.LAYOUTS])
    def test_nothing_is_inline(self, language: str, layout: str) -> None:
        """The content policy refuses them: a page that has one looks broken to everyone."""
        name = f"styleguide/{layout or 'all'}.html"
        page = render_to_string(name, guide.example() | {"node": {"name": "N", "training": True}})
        assert not re.search(r"<style|\sstyle=|\son\w+=|<script(?![^>]*\ssrc=)", page)
        ids = re.findall(r'\sid="([^"]+)"', page)
        assert len(ids) == len(set(ids)), "an id stands twice"

    def test_training_is_said_on_every_page(self, french: None) -> None:
        assert "Exercice" in render_to_string("404.html", {"node": {"name": "N", "training": True}})
        assert "EXERCICE" in render_to_string("styleguide/slip.html", guide.example() | {"node": {"training": True}})

    def test_the_first_page_is_light(self) -> None:
        first = ("gada.css", "gada.js", "htmx.min.js", "fonts/noto-sans-latin.woff2")
        page = render_to_string("404.html", {})
        assert sum((STATIC / name).stat().st_size for name in first) + len(page.encode()) < FIRST_PAGE_BYTES

    def test_every_icon_named_in_a_page_is_there(self) -> None:
        source = Path(guide.__file__).parents[1]
        pages = [path.read_text("utf-8") for path in source.rglob("templates/**/*.html")]
        named = {name for page in pages for name in re.findall(r'(?:{% icon |icon=)"([\w-]+)"', page)}
        assert named <= {path.stem for path in (STATIC / "icons").glob("*.svg")}


def tokens_of(css: str, selector: str) -> dict[str, str]:
    body = re.search(rf"^\s*{re.escape(selector)} {{(.*?)}}", css, re.DOTALL | re.MULTILINE)
    assert body, selector
    return dict(re.findall(r"--([\w-]+): (#[0-9A-F]{6})", body[1]))


def contrast(one: str, other: str) -> float:
    """Ratio of relative luminances, WCAG 2.2."""
    def luminance(colour: str) -> float:
        parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


LIGHT = tokens_of((STATIC / "gada.css").read_text("utf-8"), ":root")
COLOURS = {
    "light": (LIGHT, 4.5),
    "dark": (LIGHT | tokens_of((STATIC / "gada.css").read_text("utf-8"), ":root.follows-system"), 4.5),
    "desk": (LIGHT | tokens_of((STATIC / "gada.css").read_text("utf-8"), ":root.desk"), 7.0),
}


@pytest.mark.parametrize("where", COLOURS)
def test_text_is_legible(where: str) -> None:
    colours, at_least = COLOURS[where]
    on = [(text, ground) for text in ("ink", "muted", "accent") for ground in ("paper", "surface")]
    on += [(state, ground) for state in ("wait", "bad", "good") for ground in ("surface", f"{state}-weak")]
    on += [("on-accent", "accent-fill"), ("ink", "accent-weak"), ("accent", "accent-weak"), ("ink", "sunk")]
    on += [("ink", f"{state}-weak") for state in ("wait", "bad", "good")]
    weak = {pair: round(contrast(colours[pair[0]], colours[pair[1]]), 2) for pair in on}
    assert {pair: ratio for pair, ratio in weak.items() if ratio < at_least} == {}
    assert contrast(colours["edge"], colours["surface"]) >= 3, "borders of fields"
