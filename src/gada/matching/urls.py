from django.urls import path

from gada.matching.views import agreement, bulk, case, evidence, population, queue

app_name = "matching"
urlpatterns = [
    path("cases/", queue.cases, name="cases"),
    path("cases/next/", queue.next_case, name="next"),
    path("cases/together/", bulk.together, name="together"),
    path("cases/together/<uuid:run_id>/", bulk.run, name="bulk"),
    path("cases/together/<uuid:run_id>/undo/", bulk.undo, name="undo-bulk"),
    path("cases/readers/", agreement.readers, name="readers"),
    path("cases/<uuid:case_id>/", case.case, name="case"),
    path("cases/<uuid:case_id>/judge/", case.judge, name="judge"),
    path("cases/<uuid:case_id>/judgements/<uuid:judgement_id>/undo/", case.undo, name="undo"),
    path("cases/<uuid:case_id>/photos/<str:side>/", case.photo, name="photo"),
    path("cases/<uuid:case_id>/prints/<str:side>/<int:position>/", case.finger, name="print"),
    path("cases/everybody/", population.runs, name="population"),
    path("cases/everybody/estimate/", population.estimate, name="population-estimate"),
    path("cases/everybody/<uuid:run_id>/", population.run, name="population-run"),
    path("cases/everybody/<uuid:run_id>/steer/", population.steer, name="population-steer"),
    path("duplicates/report/", evidence.report, name="report"),
    path("duplicates/report/paper/", evidence.paper, name="report-paper"),
    path("duplicates/report/check/", evidence.check, name="report-check"),
]
