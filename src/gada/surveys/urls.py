from django.urls import URLPattern, path

from gada.surveys.views import forms, openrosa, phones, submissions

app_name = "surveys"


def _server(way: str, which: str) -> list[URLPattern]:
    """The addresses of the server for phones, once for keys and once for names."""
    return [
        path(f"{way}formList", openrosa.form_list, name=f"{which}-list"),
        path(f"{way}submission", openrosa.submission, name=f"{which}-submission"),
        path(f"{way}forms/<uuid:version_id>.xml", openrosa.form, name=f"{which}-form"),
        path(f"{way}forms/<uuid:version_id>/manifest", openrosa.manifest, name=f"{which}-manifest"),
        path(f"{way}forms/<uuid:version_id>/media/<int:number>", openrosa.media, name=f"{which}-media"),
    ]


urlpatterns = [
    path("surveys/", forms.surveys, name="forms"),
    path("surveys/publish/", forms.publish, name="publish"),
    path("surveys/tray/", submissions.tray, name="tray"),
    path("surveys/phones/", phones.phones, name="phones"),
    path("surveys/phones/<uuid:phone_id>/shut-out/", phones.shut_out, name="shut-out"),
    path("surveys/<uuid:form_id>/", forms.survey, name="form"),
    path("surveys/<uuid:form_id>/mapping/", forms.mapping, name="mapping"),
    path("surveys/<uuid:form_id>/close/", forms.close, name="close"),
    path("surveys/answers/<uuid:submission_id>/", submissions.submission, name="submission"),
    path("surveys/answers/<uuid:submission_id>/correct/", submissions.correct, name="correct"),
    path("surveys/answers/<uuid:submission_id>/again/", submissions.again, name="again"),
    path("surveys/answers/<uuid:submission_id>/set-aside/", submissions.set_aside, name="set-aside"),
    *_server("openrosa/key/<str:key>/", "key"),
    *_server("openrosa/site/<uuid:site_id>/", "site"),
]
