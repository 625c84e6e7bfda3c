from django.urls import path

from gada.assistance.views import desk, distributions, papers

app_name = "assistance"
LIST = "distributions/<uuid:list_id>/"
FAMILY = f"{LIST}desk/<uuid:entitlement_id>/"
urlpatterns = [
    path("distributions/", distributions.distributions, name="distributions"),
    path("distributions/interventions/new/", distributions.new_intervention, name="new-intervention"),
    path("distributions/cycles/new/", distributions.new_cycle, name="new-cycle"),
    path("distributions/lists/new/", distributions.new_list, name="new-list"),
    path("distributions/receipts/<uuid:redemption_id>/", papers.receipt, name="receipt"),
    path("distributions/slips/<uuid:slip_id>/", papers.slip, name="slip"),
    path(LIST, distributions.one_list, name="list"),
    path(f"{LIST}check/", distributions.check, name="check-list"),
    path(f"{LIST}open/", distributions.open_, name="open-list"),
    path(f"{LIST}close/", distributions.close, name="close-list"),
    path(f"{LIST}desk/", desk.desk, name="desk"),
    path(f"{LIST}desk/find/", desk.find, name="find"),
    path(f"{LIST}desk/name/", desk.name_desk, name="desk-name"),
    path(FAMILY, desk.family, name="family"),
    path(f"{FAMILY}finger/", desk.verify, name="verify"),
    path(f"{FAMILY}step/", desk.step, name="step"),
    path(f"{FAMILY}hand-over/", desk.hand_over, name="hand-over"),
    path(f"{FAMILY}refuse/", desk.refuse, name="refuse"),
    path(f"{FAMILY}photos/<uuid:person_id>/", desk.photo, name="photo"),
]
