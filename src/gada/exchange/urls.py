"""Pages for people, and `/exchange/v1/` for partners' nodes."""

from __future__ import annotations

from django.urls import path

from gada.exchange.views import agreements, deciding, network, nodes, own_nodes, packages, peers, runs

app_name = "exchange"
NODES = "exchange/v1/"
OWN = "own/v1/"
urlpatterns = [
    path("agreements/", agreements.agreements, name="agreements"),
    path("agreements/new/", agreements.new, name="new-agreement"),
    path("agreements/file/", agreements.read_file, name="read-agreement"),
    path("agreements/<uuid:agreement>/suspend/", agreements.suspend, name="suspend"),
    path("agreements/<uuid:agreement>/lift/", agreements.lift, name="lift"),
    path("agreements/<uuid:agreement>/compare/", agreements.compare, name="compare"),
    path("agreements/<uuid:agreement>/prove/", agreements.prove, name="prove"),
    path("agreements/<uuid:agreement>/package/", packages.make, name="make-package"),
    path("agreements/<str:digest>/", agreements.agreement, name="agreement"),
    path("agreements/<str:digest>/sign/", agreements.sign, name="sign"),
    path("agreements/<str:digest>/countersign/", agreements.countersign, name="countersign"),
    path("agreements/<str:digest>/send/", agreements.send, name="send-agreement"),
    path("agreements/<str:digest>/file/", agreements.export, name="export-agreement"),
    path("partners/", peers.peers, name="peers"),
    path("partners/card/", peers.card, name="card"),
    path("partners/meet/", peers.meet, name="meet"),
    path("partners/<uuid:peer>/revoke/", peers.revoke, name="revoke"),
    path("partners/<uuid:peer>/greet/", peers.greet, name="greet"),
    path("nodes/", network.nodes, name="own-nodes"),
    path("nodes/synchronise/", network.synchronise, name="synchronise"),
    path("nodes/<uuid:node>/renew/", network.renew, name="renew-node"),
    path("nodes/<uuid:node>/withdraw/", network.withdraw, name="withdraw-node"),
    path("nodes/conflicts/<uuid:conflict>/", network.decide, name="decide-conflict"),
    path("nodes/households/<uuid:conflict>/", network.decide_household, name="decide-household"),
    path("nodes/numbers/<uuid:registered>/", network.new_number, name="new-number"),
    path("packages/", packages.packages, name="packages"),
    path("packages/file/", packages.read_file, name="read-package"),
    path("packages/<uuid:package>/deliver/", packages.deliver, name="deliver"),
    path("packages/<uuid:package>/file/", packages.download, name="download"),
    path("packages/<uuid:package>/receipt/", packages.receipt, name="receipt"),
    path("differences/", deciding.proposals, name="proposals"),
    path("differences/<uuid:proposal>/", deciding.decide, name="decide"),
    path("pairs/", deciding.pairs, name="pairs"),
    path("pairs/<uuid:case>/", deciding.judge, name="judge-pair"),
    path("comparisons/<uuid:run>/", runs.run, name="run"),
    path("comparisons/<uuid:run>/resume/", runs.resume, name="resume-run"),
    path(f"{OWN}greeting", own_nodes.greeting),
    path(f"{OWN}arriving/<str:digest>", own_nodes.arriving),
    path(f"{OWN}arriving/<str:digest>/done", own_nodes.arriving_done),
    path(f"{OWN}arriving/<str:digest>/<int:offset>", own_nodes.arriving_piece),
    path(f"{OWN}leaving", own_nodes.leaving),
    path(f"{OWN}leaving/<str:digest>", own_nodes.leaving_piece),
    path(f"{NODES}heartbeat", nodes.heartbeat),
    path(f"{NODES}countersignature", nodes.countersignature),
    path(f"{NODES}witnessed", nodes.witnessed),
    path(f"{NODES}card", nodes.card),
    path(f"{NODES}agreements", nodes.agreement),
    path(f"{NODES}equality", nodes.equality),
    path(f"{NODES}overlap/<uuid:run>/stop", nodes.overlap_stop),
    path(f"{NODES}overlap/<uuid:run>/<slug:step>", nodes.overlap_step),
    path(f"{NODES}uploads", nodes.uploads),
    path(f"{NODES}uploads/<uuid:upload>", nodes.upload_piece),
    path(f"{NODES}uploads/<uuid:upload>/finish", nodes.upload_finish),
]
