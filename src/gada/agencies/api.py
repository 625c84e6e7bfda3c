"""JSON: who I am here, and the sites and programmes I may work for."""

from __future__ import annotations

from uuid import UUID

from django.db.models import QuerySet
from django.http import HttpRequest
from ninja import Router, Schema

from gada.agencies import queries
from gada.agencies.models import Programme, Site

router = Router(tags=["agencies"])


class MeOut(Schema):
    id: UUID
    username: str
    name: str
    language: str
    permissions: list[str]


class SiteOut(Schema):
    id: UUID
    name: str
    pcode: str
    kind: str


class ProgrammeOut(Schema):
    id: UUID
    name: str
    purpose: str
    legal_basis: str
    biometrics_allowed: bool
    minimum_age_prints: int


@router.get("/me", response=MeOut, summary="Who I am and what I may do")
def me(request: HttpRequest) -> MeOut:
    operator = request.user
    return MeOut(
        id=operator.pk, username=operator.username, name=operator.name, language=operator.language,
        permissions=sorted(queries.permissions_of(operator)),
    )


@router.get("/sites", response=list[SiteOut], summary="Sites I work at")
def sites(request: HttpRequest) -> QuerySet[Site]:
    return queries.sites_of(request.user)


@router.get("/programmes", response=list[ProgrammeOut], summary="Programmes I work for")
def programmes(request: HttpRequest) -> QuerySet[Programme]:
    return queries.programmes_of(request.user)
