"""The addresses of keeping up entries, under /upkeep of the desk's process."""

from django.urls import path

from voordeur.faces.editorial import asking, change, clash, compare, correction, entry, overview, parts, whole

urlpatterns = [
    path("", overview.overview),
    path("/page/<int:number>", overview.overview),
    path("/o/<slug:organization>", entry.entry),
    path("/o/<slug:organization>/field/<str:path>", change.change),
    path("/o/<slug:organization>/service", parts.new_service),
    path("/o/<slug:organization>/service/<slug:service>/out", parts.take_out),
    path("/o/<slug:organization>/service/<slug:service>/way", parts.new_way),
    path("/o/<slug:organization>/service/<slug:service>/way/<slug:way>/out", parts.take_out),
    path("/o/<slug:organization>/text", whole.whole),
    path("/o/<slug:organization>/asked", asking.asking),
    path("/o/<slug:organization>/undo", compare.undo),
    path("/version/<int:version>", compare.version),
    path("/version/<int:version>/decide", compare.decide),
    path("/correction/<int:correction>", correction.correction),
    path("/clash/<int:clash>", clash.clash),
]
