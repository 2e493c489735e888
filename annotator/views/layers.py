"""Layers of a project: add, change, take out."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from annotator import access
from annotator.errors import ServiceError
from annotator.forms.layers import LayerForm
from annotator.services import layers
from annotator.views._context import project_context


@login_required
def create_layer(request: HttpRequest, project_id: int) -> HttpResponse:
    """Add a layer."""
    project = access.get_managed_project(request.user, project_id)
    form = LayerForm(request.POST or None)
    if form.is_valid():
        try:
            layer = layers.create_layer(project=project, actor=access.get_account(request.user), values=form.values())
        except ServiceError as err:
            form.add_error(None, str(err))
        else:
            messages.success(request, _("The layer %(name)s is there.") % {"name": layer.name})
            return redirect("label-list", project.pk)
    context = project_context(request, project, area="labels", form=form, layer=None)
    return render(request, "projects/layer.html", context, status=400 if form.errors else 200)


@login_required
def edit_layer(request: HttpRequest, project_id: int, layer_id: int) -> HttpResponse:
    """Change a layer as far as its labels allow."""
    project = access.get_managed_project(request.user, project_id)
    layer = get_object_or_404(project.layers, pk=layer_id)
    form = LayerForm(request.POST or None, instance=layer)
    if form.is_valid():
        try:
            layers.edit_layer(
                project=project, actor=access.get_account(request.user), layer=layer, values=form.values()
            )
        except ServiceError as err:
            form.add_error(None, str(err))
        else:
            messages.success(request, _("Saved."))
            return redirect("label-list", project.pk)
    context = project_context(request, project, area="labels", form=form, layer=layer, is_used=layers.has_labels(layer))
    return render(request, "projects/layer.html", context, status=400 if form.errors else 200)


@login_required
@require_POST
def delete_layer(request: HttpRequest, project_id: int, layer_id: int) -> HttpResponse:
    """Take out a layer in which nothing is labelled."""
    project = access.get_managed_project(request.user, project_id)
    layer = get_object_or_404(project.layers, pk=layer_id)
    try:
        layers.delete_layer(project=project, actor=access.get_account(request.user), layer=layer)
    except ServiceError as err:
        messages.error(request, str(err))
    else:
        messages.success(request, _("The layer %(name)s is gone.") % {"name": layer.name})
    return redirect("label-list", project.pk)
