from django.urls import path

from gada.fixing.views import recording, sweeps, tokens

app_name = "fixing"
urlpatterns = [
    path("sweeps/", sweeps.sweeps, name="sweeps"),
    path("sweeps/plan/", sweeps.plan, name="plan"),
    path("sweeps/empty-list.csv", recording.empty_list, name="empty-list"),
    path("sweeps/printed/<uuid:printing_id>/", tokens.sheets, name="sheets"),
    path("sweeps/<uuid:sweep_id>/", sweeps.sweep, name="sweep"),
    path("sweeps/<uuid:sweep_id>/phase/", sweeps.phase, name="phase"),
    path("sweeps/<uuid:sweep_id>/judge/", sweeps.judge, name="judge"),
    path("sweeps/<uuid:sweep_id>/record/", recording.record, name="record"),
    path("sweeps/<uuid:sweep_id>/record/<slug:what>/", recording.keep, name="keep"),
    path("sweeps/<uuid:sweep_id>/take-back/", recording.take_back, name="take-back"),
    path("sweeps/<uuid:sweep_id>/tokens/", tokens.tokens, name="tokens"),
    path("sweeps/<uuid:sweep_id>/print/", tokens.print_them, name="print"),
    path("sweeps/<uuid:sweep_id>/export/", tokens.export, name="export"),
]
