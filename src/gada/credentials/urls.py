from django.urls import path

from gada.credentials.views import checking, queue

app_name = "credentials"
urlpatterns = [
    path("cards/", queue.queue, name="queue"),
    path("cards/act/", queue.act, name="act"),
    path("check-card/", checking.check, name="check"),
    path("check-card/frame/", checking.frame, name="frame"),
    path("cards/printed/<uuid:batch>/", queue.printed, name="printed"),
    path("cards/printed/<uuid:batch>/sheets/", queue.sheets, name="sheets"),
]
