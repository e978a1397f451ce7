"""The addresses of the desk side."""

from django.urls import path

from voordeur.faces.desk import overview

urlpatterns = [
    path("", overview.overview),
    path("healthy", overview.healthy),
]
