"""`{% load gada %}`: the components of every page, and numbers and dates as people read them.

What each takes, with an example: `project/templates/components/README.md`; how each looks: /styleguide/.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from django import forms, template
from django.forms.utils import flatatt
from django.template.loader import render_to_string
from django.utils.safestring import SafeString, mark_safe

from gada.project import charts, prints, words

register = template.Library()

ICONS = Path(__file__).resolve().parent.parent / "static" / "gada" / "icons"
STATE_ICONS = {"good": "circle-check", "wait": "triangle-alert", "bad": "circle-x", "info": "info"}

register.filter("number", words.number)
register.filter("percent", words.percent)
register.filter("tenths", words.tenths)
register.filter("file_size", words.file_size)
register.filter("long_date", words.long_date)
register.filter("weekday_date", words.weekday_date)
register.filter("partial_date", words.partial_date)
register.filter("clock", words.clock)
register.filter("moment", words.moment)
register.filter("ago", words.ago)
register.filter("duration", words.duration)


def _component(name: str, /, **facts: Any) -> SafeString:
    return render_to_string(f"components/{name}.html", facts)


def _attributes(given: Mapping[str, Any]) -> SafeString:
    """`data_opens="x"` -> ` data-opens="x"`: template tags cannot spell a hyphen."""
    return flatatt({name.rstrip("_").replace("_", "-"): value for name, value in given.items() if value is not None})


@lru_cache
def _icon_paths(name: str) -> str:
    text = (ICONS / f"{name}.svg").read_text(encoding="utf-8")
    return re.sub(r"\s*\n\s*", "", text[text.index(">", text.index("<svg")) + 1 : text.rindex("</svg>")])


@register.simple_tag
def icon(name: str, size: int = 20) -> SafeString:
    """An icon beside words; readers of the screen aloud never hear it."""
    return mark_safe(
        f'<svg class="icon" width="{int(size)}" height="{int(size)}" viewBox="0 0 24 24" fill="none" '
        f'stroke="currentColor" stroke-width="2" stroke-linecap="round" stroke-linejoin="round" '
        f'aria-hidden="true" focusable="false">{_icon_paths(name)}</svg>'
    )


@register.simple_tag
def key(name: str) -> SafeString:
    return _component("key", name=words.key_name(name))


@register.simple_tag
def tag(label: str, state: str = "neutral", icon: str = "") -> SafeString:
    return _component("tag", label=label, state=state, icon=icon)


@register.simple_tag
def birth(value: Any, precision: str = "", estimated: bool = False) -> str:
    """A birth date as well as it is known: `2 mai 1994`, `vers 1985`."""
    return words.partial_date(value, precision, estimated=estimated)


@register.simple_tag
def button(
    label: str, variant: str = "primary", href: str = "", key: str = "", icon: str = "", type: str = "submit",
    size: str = "", disabled: bool = False, **attributes: Any,
) -> SafeString:
    """A button, or a link that looks like one when `href` is given."""
    attributes = {"data_key": key or None} | attributes
    return _component(
        "button", label=label, variant=variant, href=href, key=words.key_name(key) if key else "", icon=icon,
        type=type, size=size, disabled=disabled, attributes=_attributes(attributes),
    )


@register.simple_tag
def ladder(items: Sequence[Mapping[str, Any]], name: str = "step") -> SafeString:
    """Numbered fallbacks, each a button (value) or a link (url), with its key."""
    rows = [dict(item, shown=words.key_name(str(item["key"])) if item.get("key") else "") for item in items]
    return _component("ladder", items=rows, name=name)


@register.simple_tag
def find(
    name: str = "q", label: str = "", placeholder: str = "", value: str = "", hint: str = "", key: str = "",
    autofocus: bool = True, **attributes: Any,
) -> SafeString:
    """The one wide search line of a desk."""
    named = {"data_key": key, "data_key_name": words.key_name(key)} if key else {}
    return _component(
        "find", name=name, label=label, placeholder=placeholder, value=value, hint=hint,
        autofocus=autofocus, attributes=_attributes(named | attributes),
    )


@register.simple_tag
def field(
    bound: forms.BoundField, hint: str = "", label: str = "", width: str = "", hints: Mapping[str, str] | None = None,
    inline: bool = False, **attributes: Any,
) -> SafeString:
    """One question: label, hint, error, control, tied together for screen readers.

    Radio buttons and checkboxes become choice cards (`hints`: value -> line beneath); a file field
    shows the chosen picture. `width`: short | medium. Other attributes go to the control.
    """
    hint = hint or str(bound.help_text or "")
    widget = bound.field.widget
    described = [f"{bound.auto_id}-hint"] * bool(hint) + [f"{bound.auto_id}-error"] * bool(bound.errors)
    wired = {name.rstrip("_").replace("_", "-"): value for name, value in attributes.items()}
    # Django writes its own aria-describedby, with ids this page does not have.
    wired["aria-describedby"] = " ".join(described) or False
    if bound.errors:
        wired["aria-invalid"] = "true"
    common = {
        "field": bound, "label": label or bound.label, "hint": hint, "width": width,
        "optional": not bound.field.required, "described": " ".join(described),
    }
    if isinstance(widget, forms.RadioSelect | forms.CheckboxSelectMultiple):
        cards = [
            {"card": card, "hint": (hints or {}).get(str(card.data["value"]), "")} for card in bound.subwidgets
        ]
        return _component("field_choices", cards=cards, inline=inline, **common)
    if isinstance(widget, forms.CheckboxInput):
        return _component("field_checkbox", control=bound.as_widget(attrs=wired), **common)
    if isinstance(widget, forms.FileInput):
        wired |= {"data-preview": f"{bound.auto_id}-preview", "class": "input file"}
        return _component("field_file", control=bound.as_widget(attrs=wired), **common)
    wired["class"] = " ".join(filter(None, ["input", width, widget.attrs.get("class", "")]))
    return _component("field", control=bound.as_widget(attrs=wired), **common)


@register.simple_tag
def error_summary(*sources: Any) -> SafeString:
    """Every error of the given forms and formsets, each a link to its field; nothing without errors."""
    errors = [error for source in sources for error in _errors_of(source)]
    return _component("error_summary", errors=errors) if errors else mark_safe("")


def _errors_of(source: Any) -> Iterable[dict[str, str]]:
    if source is None or not getattr(source, "is_bound", False):
        return
    if hasattr(source, "forms"):
        yield from ({"message": str(message), "target": ""} for message in source.non_form_errors())
        for form in source.forms:
            yield from _errors_of(form)
        return
    for name, messages in source.errors.items():
        target, label = ("", "") if name == "__all__" else (_first_control(source[name]), str(source[name].label))
        yield from ({"message": str(message), "target": target, "label": label} for message in messages)


def _first_control(bound: forms.BoundField) -> str:
    cards = isinstance(bound.field.widget, forms.RadioSelect | forms.CheckboxSelectMultiple)
    return bound.subwidgets[0].id_for_label if cards and bound.subwidgets else str(bound.auto_id)


@register.simple_block_tag(end_name="endgroup")
def group(content: str, legend: str = "", hint: str = "", row: bool = False) -> SafeString:
    """Fields that answer one question together, such as day, month and year."""
    return _component("group", content=content, legend=legend, hint=hint, row=row)


@register.simple_block_tag(end_name="endfilter_bar")
def filter_bar(content: str, action: str = "", label: str = "", submit: str = "", clear_url: str = "") -> SafeString:
    return _component("filter_bar", content=content, action=action, label=label, submit=submit, clear_url=clear_url)


@register.simple_block_tag(end_name="endnotice")
def notice(content: str, state: str = "info", title: str = "", live: bool = False) -> SafeString:
    return _component("notice", content=content, state=state, title=title, live=live, icon=STATE_ICONS[state])


@register.simple_tag
def toast(text: str, state: str = "good") -> SafeString:
    """A passing remark after something went well; never for errors."""
    return _component("toast", text=text, state=state)


@register.simple_tag
def watch(title: str, text: str = "", state: str = "wait", url: str = "") -> SafeString:
    """One line of "to watch", with a bar in the colour of its state."""
    return _component("watch", title=title, text=text, state=state, url=url, icon=STATE_ICONS[state])


@register.simple_tag
def empty_state(
    title: str, text: str = "", label: str = "", url: str = "", icon: str = "inbox", key: str = ""
) -> SafeString:
    """What will be here, and the one action to start."""
    return _component("empty_state", title=title, text=text, label=label, url=url, icon=icon, key=key)


@register.simple_block_tag(end_name="enddialog")
def dialog(content: str, id: str, title: str, open: bool = False) -> SafeString:
    """A native dialog: `{% button … type="button" data_opens=id %}` opens it."""
    return _component("dialog", content=content, id=id, title=title, open=open)


@register.simple_block_tag(end_name="endpage_head")
def page_head(content: str, title: str, lead: str = "", kicker: str = "") -> SafeString:
    """The h1 of the page; what stands between the tags (buttons, a tag) goes to its right."""
    return _component("page_head", content=mark_safe(content.strip()), title=title, lead=lead, kicker=kicker)


@register.simple_block_tag(end_name="endpanel")
def panel(
    content: str, title: str = "", lead: str = "", link: str = "", url: str = "", flush: bool = False, id: str = "",
    level: int = 2,
) -> SafeString:
    """A white box; `flush` lets a table touch its edges."""
    return _component(
        "panel", content=content, title=title, lead=lead, link=link, url=url, flush=flush, id=id, level=level,
    )


@register.simple_block_tag(end_name="endtable_frame")
def table_frame(content: str, label: str) -> SafeString:
    """The scrolling frame of a `<table class="table">`; `label` names it for screen readers."""
    return _component("table_frame", content=content, label=label)


@register.simple_tag
def steps(items: Sequence[Any], current: int) -> SafeString:
    """`items` are labels or {label, url}; `current` counts from 1."""
    rows = [
        (dict(item) if isinstance(item, Mapping) else {"label": item})
        | {"rank": rank, "state": "done" if rank < current else "now" if rank == current else "next"}
        for rank, item in enumerate(items, start=1)
    ]
    return _component("steps", items=rows, current=current, total=len(rows), now=rows[current - 1])


@register.simple_tag
def progress(
    label: str, done: int, total: int, per_second: float | None = None, seconds_left: float | None = None
) -> SafeString:
    return _component(
        "progress", label=label, done=done, total=total, seconds_left=seconds_left,
        share=done / total if total else 0, per_second=per_second,
    )


@register.simple_tag(takes_context=True)
def pager(context: template.Context, page: Any, parameter: str = "page") -> SafeString:
    """`page` is Django's Page, or {previous, next, text} whose first two are cursors or None."""
    request = context.get("request")

    def link(value: Any) -> str:
        if value is None:
            return ""
        query = request.GET.copy() if request else None
        if query is None:
            return f"?{parameter}={value}"
        query[parameter] = value
        return f"?{query.urlencode()}"

    if isinstance(page, Mapping):
        return _component(
            "pager", previous=link(page.get("previous")), next=link(page.get("next")), text=page.get("text", ""),
        )
    return _component(
        "pager", first=page.start_index(), last=page.end_index(), total=page.paginator.count,
        previous=link(page.previous_page_number() if page.has_previous() else None),
        next=link(page.next_page_number() if page.has_next() else None),
    )


@register.simple_tag
def facts(rows: Iterable[Any]) -> SafeString:
    """A key-value list; rows are (label, value) or (label, value, note)."""
    return _component("facts", rows=[(*row, "")[:3] for row in rows])


@register.simple_block_tag(end_name="endperson_card")
def person_card(
    content: str, name: str, meta: str = "", line: str = "", photo: str = "", url: str = "", level: int = 2,
    size: str = "",
) -> SafeString:
    """Photo, one line above the name, one below; more may follow between the tags."""
    return _component(
        "person_card", content=mark_safe(content.strip()), name=name, meta=meta, line=line, photo=photo, url=url,
        level=level, size=size,
    )


@register.simple_tag
def household_card(
    number: str, members: Sequence[Mapping[str, Any]], place: str = "", url: str = "", note: str = "", level: int = 2
) -> SafeString:
    """`members`: {name, role, line, url, photo, state, label}; only the name is required."""
    return _component(
        "household_card", number=number, members=members, place=place, url=url, note=note, level=level,
    )


@register.simple_tag
def comparison(left: Mapping[str, Any], right: Mapping[str, Any], rows: Iterable[Any], caption: str = "") -> SafeString:
    """Two people, line by line. Sides: {name, meta, photo, url}; rows: (label, left, right) or
    {label, left, right, agree: same | close | differ}; without `agree`, unequal text differs."""
    lines = []
    for row in rows:
        line = dict(row) if isinstance(row, Mapping) else dict(zip(("label", "left", "right"), row, strict=True))
        line.setdefault("agree", "same" if line["left"] == line["right"] else "differ")
        lines.append(line)
    return _component("comparison", sides=(left, right), rows=lines, caption=caption)


@register.simple_tag
def evidence(
    rows: Iterable[Mapping[str, Any]], total: Mapping[str, Any] | None = None, caption: str = ""
) -> SafeString:
    """What speaks for and against. Rows and total: {label, reason} and `weight` in tenths of a power
    of ten, as decisions add them up, or `millibits`, as names are weighed."""
    lines, sum_line = [_weighed(row) for row in rows], _weighed(total) if total else None
    reach = max((abs(line["weight"]) for line in lines), default=0) or 1
    for line in lines:
        size = 50 * abs(line["weight"]) / reach
        line["bar"] = {"x": f"{50 if line['weight'] >= 0 else 50 - size:.1f}%", "width": f"{size:.1f}%"}
    return _component("evidence", rows=lines, total=sum_line, caption=caption)


def _weighed(row: Mapping[str, Any]) -> dict[str, Any]:
    return dict(row) if "weight" in row else dict(row, weight=words.tenths_in(row["millibits"]))


@register.simple_tag
def fingerprint_pair(
    left: Any, right: Any, pairs: Sequence[tuple[int, int]] = (), left_image: str = "", right_image: str = "",
    left_label: str = "", right_label: str = "", label: str = "",
) -> SafeString:
    """Two prints with corresponding points joined; see `gada.project.prints.draw_pair` for the input."""
    return _component(
        "fingerprint_pair", drawing=prints.draw_pair(left, right, pairs), count=len(pairs), label=label,
        left_image=left_image, right_image=right_image, left_label=left_label, right_label=right_label,
    )


@register.simple_tag
def timeline(items: Iterable[Mapping[str, Any]]) -> SafeString:
    """`items`: {at, title, text, who, state, icon, url}; `at` is a datetime or ready text."""
    return _component("timeline", items=[dict(item, ready=isinstance(item.get("at"), str)) for item in items])


@register.simple_tag
def tile(
    label: str, value: Any, note: str = "", state: str = "", series: Sequence[float] = (), url: str = ""
) -> SafeString:
    """One figure of the home page, with an optional line of its last values."""
    shown = value if isinstance(value, str) else words.number(value)
    return _component("tile", label=label, value=shown, note=note, state=state, url=url, points=charts.spark(series))


@register.simple_tag
def bar_chart(
    rows: Sequence[Any], title: str, lead: str = "", across: str = "", unit: str = "", highlight: str | None = None
) -> SafeString:
    """`title` states the finding; `across` and `unit` head the columns of the table underneath."""
    return _component(
        "bar_chart", bars=charts.bars(rows, highlight), title=title, lead=lead, across=across, unit=unit,
        height=charts.HEIGHT_PX, floor=charts.FLOOR_PX, label_y=charts.FLOOR_PX + 22,
    )


@register.simple_tag
def line_chart(
    series: Sequence[Mapping[str, Any]], title: str, lead: str = "", across: str = "", unit: str = ""
) -> SafeString:
    """`series`: up to three {label, points: [(label, value)]} over the same labels."""
    drawn, levels, ticks = charts.lines(series)
    table = [
        {"label": label, "values": [dict(each["points"]).get(label) for each in series]}
        for label in dict.fromkeys(label for each in series for label, _ in each["points"])
    ]
    return _component(
        "line_chart", lines=drawn, levels=levels, ticks=ticks, table=table, title=title, lead=lead, across=across,
        unit=unit, height=charts.HEIGHT_PX, label_y=charts.FLOOR_PX + 22,
    )
