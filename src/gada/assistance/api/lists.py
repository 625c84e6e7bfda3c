"""Lists: made, checked, opened, closed; how far each is."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from ninja import Field, Router, Status

from gada.agencies.models import Programme, Site
from gada.agencies.queries import programmes_of, sites_of
from gada.agencies.services import authorize
from gada.assistance import queries, services
from gada.assistance.api.shapes import (
    CycleIn,
    InterventionIn,
    ListIn,
    ListOut,
    MadeOut,
    list_out,
    preview_out,
)
from gada.assistance.models import Cycle, Intervention
from gada.engine.refusal import NotFound

router = Router()


@router.post("/interventions", response={201: MadeOut}, summary="Start an intervention")
def start_intervention(request: HttpRequest, payload: InterventionIn) -> Status[Intervention]:
    made = services.create_intervention(
        operator=request.user,
        programme=_programme(request, payload.programme),
        name=payload.name,
        item=payload.item,
        at=timezone.now(),
    )
    return Status(201, made)


@router.post("/cycles", response={201: MadeOut}, summary="Add a cycle")
def add_cycle(request: HttpRequest, payload: CycleIn) -> Status[Cycle]:
    intervention = queries.interventions_for(request.user).filter(id=payload.intervention).first()
    if intervention is None:
        raise NotFound("intervention-unknown", _("There is no such intervention."))
    said = payload.dict(exclude={"intervention"})
    return Status(
        201,
        services.create_cycle(operator=request.user, intervention=intervention, **said, at=timezone.now()),
    )


@router.get("/lists", response=list[ListOut], summary="Distribution lists with their progress")
def lists(request: HttpRequest, status: Annotated[str, Field(max_length=8)] = "") -> list[ListOut]:
    authorize(request.user, "distribution.see")
    found = queries.lists_for(request.user)
    return [list_out(made) for made in (found.filter(status=status) if status else found)[:500]]


@router.post("/lists", response={201: ListOut}, summary="Prepare the list of a site")
def prepare_list(request: HttpRequest, payload: ListIn) -> Status[ListOut]:
    cycle = (
        queries.cycles_for(request.user)
        .select_related("intervention__programme")
        .filter(id=payload.cycle)
        .first()
    )
    if cycle is None:
        raise NotFound("cycle-unknown", _("There is no such cycle."))
    made = services.make_list(
        operator=request.user,
        cycle=cycle,
        site=_site(request, payload.site),
        at=timezone.now(),
        contents=[line.dict() for line in payload.contents],
    )
    return Status(201, list_out(queries.list_for(request.user, made.id)))


@router.get("/lists/{list_id}", response=ListOut, summary="One list; before it opens, who it would serve")
def read_list(request: HttpRequest, list_id: UUID) -> ListOut:
    made = queries.list_for(request.user, list_id)
    authorize(request.user, "distribution.see", site=made.site)
    out = list_out(made)
    if made.status in ("draft", "verified"):
        out.preview = preview_out(queries.preview_of(made))
    return out


@router.post("/lists/{list_id}/check", response=ListOut, summary="A second person checks the list")
def check_list(request: HttpRequest, list_id: UUID) -> ListOut:
    queries.list_for(request.user, list_id)
    services.verify_list(operator=request.user, list_id=list_id, at=timezone.now())
    return list_out(queries.list_for(request.user, list_id))


@router.post(
    "/lists/{list_id}/open", response=ListOut, summary="Open: one entitlement per family from now on"
)
def open_list(request: HttpRequest, list_id: UUID) -> ListOut:
    queries.list_for(request.user, list_id)
    services.open_list(operator=request.user, list_id=list_id, at=timezone.now())
    return list_out(queries.list_for(request.user, list_id))


@router.post("/lists/{list_id}/close", response=ListOut, summary="Close the distribution")
def close_list(request: HttpRequest, list_id: UUID) -> ListOut:
    queries.list_for(request.user, list_id)
    services.close_list(operator=request.user, list_id=list_id, at=timezone.now())
    return list_out(queries.list_for(request.user, list_id))


def _programme(request: HttpRequest, programme_id: UUID) -> Programme:
    programme = programmes_of(request.user).filter(id=programme_id).first()
    if programme is None:
        raise NotFound("place-unknown", "This site or programme is not on this node.")
    return programme


def _site(request: HttpRequest, site_id: UUID) -> Site:
    site = sites_of(request.user).filter(id=site_id).first()
    if site is None:
        raise NotFound("place-unknown", "This site or programme is not on this node.")
    return site
