from django.urls import path

from gada.agencies.views import account, entering, operators, places, programmes, questions

app_name = "agencies"
urlpatterns = [
    path("unlock/", entering.unlock, name="unlock"),
    path("sign-in/", entering.sign_in, name="sign-in"),
    path("sign-in/codes/", entering.set_up_codes, name="set-up-codes"),
    path("sign-out/", entering.sign_out, name="sign-out"),
    path("language/", entering.choose_language, name="language"),
    path("site/", entering.choose_site, name="choose-site"),
    path("account/", account.account, name="account"),
    path("operators/", operators.operators, name="operators"),
    path("operators/new/", operators.new_operator, name="new-operator"),
    path("operators/<uuid:operator_id>/", operators.operator, name="operator"),
    path("operators/<uuid:operator_id>/assign/", operators.assign, name="assign"),
    path("operators/<uuid:operator_id>/roles/<uuid:assignment_id>/end/", operators.end, name="end-assignment"),
    path("operators/<uuid:operator_id>/password/", operators.new_password, name="new-password"),
    path("operators/<uuid:operator_id>/codes/forget/", operators.forget_codes, name="forget-codes"),
    path("operators/<uuid:operator_id>/close/", operators.close_access, name="close-access"),
    path("operators/<uuid:operator_id>/open/", operators.open_access, name="open-access"),
    path("sites/", places.sites, name="sites"),
    path("sites/new/", places.new_site, name="new-site"),
    path("devices/new/", places.new_device, name="new-device"),
    path("programmes/<uuid:programme_id>/questions/", questions.questions, name="questions"),
    path("programmes/new/", places.new_programme, name="new-programme"),
    path("programmes/<uuid:programme_id>/", programmes.programme, name="programme"),
    path("programmes/<uuid:programme_id>/prints/", programmes.decide_prints, name="decide-prints"),
    path("programmes/<uuid:programme_id>/assessment/", programmes.assessment, name="assessment"),
]
