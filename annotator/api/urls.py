"""Addresses of the API."""

from __future__ import annotations

from django.urls import include, path, re_path

from annotator.api import exports, imports, items, jobs, projects, review, runs
from annotator.api._base import NoSuchAddress

project_urls = [
    path("", projects.ProjectDetail.as_view()),
    path("layers/", projects.LayerList.as_view()),
    path("labels/", projects.LabelList.as_view()),
    path("labels/<int:label_id>/", projects.LabelDetail.as_view()),
    path("reject-reasons/", projects.RejectReasonList.as_view()),
    path("members/", projects.MemberList.as_view()),
    path("members/<int:membership_id>/", projects.MemberDetail.as_view()),
    path("items/", items.ItemList.as_view()),
    path("items/<int:item_id>/", items.ItemDetail.as_view()),
    path("imports/", imports.ImportList.as_view()),
    path("imports/<int:import_id>/", imports.ImportDetail.as_view()),
    path("imports/<int:import_id>/confirm/", imports.ImportConfirmation.as_view()),
    path("imports/<int:import_id>/cancel/", imports.ImportCancel.as_view()),
    path("runs/", runs.RunList.as_view()),
    path("runs/estimate/", runs.RunEstimate.as_view()),
    path("runs/compare/", runs.RunCompare.as_view()),
    path("runs/compare/items/", runs.RunCompareItems.as_view()),
    path("runs/<int:run_id>/", runs.RunDetail.as_view()),
    path("runs/<int:run_id>/candidates/", runs.RunCandidates.as_view()),
    path("runs/<int:run_id>/failures/", runs.RunFailures.as_view()),
    path("runs/<int:run_id>/activate/", runs.RunActivate.as_view()),
    path("jobs/", jobs.JobList.as_view()),
    path("jobs/<int:job_id>/", jobs.JobDetail.as_view()),
    path("jobs/<int:job_id>/cancel/", jobs.JobCancel.as_view()),
    path("jobs/<int:job_id>/resume/", jobs.JobResume.as_view()),
    path("queue/", review.Queue.as_view()),
    path("queue/claim/", review.QueueClaim.as_view()),
    path("decisions/", review.DecisionList.as_view()),
    path("undo/", review.Undo.as_view()),
    path("redo/", review.Redo.as_view()),
    path("exports/", exports.ExportList.as_view()),
    path("exports/<int:export_id>/", exports.ExportDetail.as_view()),
    path("exports/<int:export_id>/confirm/", exports.ExportConfirm.as_view()),
    path("exports/<int:export_id>/file/", exports.ExportFile.as_view()),
]

urlpatterns = [
    path("projects/", projects.ProjectList.as_view()),
    path("projects/<int:project_id>/", include(project_urls)),
    path("engines/", runs.EngineList.as_view()),
    # Wrong addresses answer in JSON too.
    re_path("", NoSuchAddress.as_view()),
]
