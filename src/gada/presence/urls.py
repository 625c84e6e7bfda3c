from django.urls import path

from gada.presence.views import absence, campaigns, desk, papers

app_name = "presence"
ROLL_CALL = "presence/<uuid:roll_call_id>/"
ABSENT = f"{ROLL_CALL}absent/"
FAMILY = f"{ROLL_CALL}desk/<uuid:household_id>/"
ONE = f"{ABSENT}<uuid:household_id>/"
urlpatterns = [
    path("presence/", campaigns.campaigns, name="campaigns"),
    path("presence/new/", campaigns.new, name="new"),
    path("presence/campaigns/<uuid:campaign_id>/", campaigns.campaign, name="campaign"),
    path("presence/families/<uuid:household_id>/", absence.history, name="history"),
    path(f"{ROLL_CALL}close/", campaigns.close, name="close"),
    path(f"{ROLL_CALL}desk/", desk.desk, name="desk"),
    path(f"{ROLL_CALL}desk/find/", desk.find, name="find"),
    path(FAMILY, desk.family, name="family"),
    path(f"{FAMILY}confirm/", desk.confirm, name="confirm"),
    path(f"{FAMILY}photos/<uuid:person_id>/", desk.photo, name="photo"),
    path(ABSENT, absence.absent, name="absent"),
    path(f"{ABSENT}list/", absence.warn, name="warn"),
    path(f"{ABSENT}notice/", absence.notice, name="notice"),
    path(f"{ABSENT}notices.pdf", papers.notices_pdf, name="notices-pdf"),
    path(f"{ABSENT}notices.csv", papers.notices_csv, name="notices-csv"),
    path(ONE, absence.one, name="absence"),
    path(f"{ONE}decide/", absence.decide, name="decide"),
    path(f"{ONE}appeal/", absence.appeal, name="appeal"),
    path(f"{ONE}answer/", absence.answer, name="answer"),
]
