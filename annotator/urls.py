"""Every address of the application, grouped by resource."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView

from annotator.views import accounts, exports, imports, jobs, members, projects, review, runs

account_urls = [
    path("login/", accounts.log_in, name="account-login"),
    path("login/link/", accounts.log_in_by_link, name="account-link"),
    path("logout/", accounts.log_out, name="account-logout"),
    path("", accounts.show_account, name="account-detail"),
    path("password/", accounts.set_password, name="password-set"),
    path("token/", accounts.create_token, name="token-create"),
]

import_urls = [
    path("", imports.list_imports, name="import-list"),
    path("new/", imports.create_import, name="import-create"),
    path("<int:import_id>/", imports.show_import, name="import-detail"),
    path("<int:import_id>/confirm/", imports.confirm_import, name="import-confirm"),
    path("<int:import_id>/cancel/", imports.cancel_import, name="import-cancel"),
]

run_urls = [
    path("", runs.list_runs, name="run-list"),
    path("new/", runs.create_run, name="run-create"),
    path("compare/", runs.compare_runs, name="run-compare"),
    path("<int:run_id>/", runs.show_run, name="run-detail"),
    path("<int:run_id>/activate/", runs.activate_run, name="run-activate"),
]

review_urls = [
    path("", review.show_review, name="review-show"),
    path("claim/", review.claim_items, name="review-claim"),
    path("items/<int:item_id>/", review.show_item, name="review-item"),
    path("decisions/", review.create_decision, name="decision-create"),
    path("undo/", review.undo_decision, name="decision-undo"),
    path("redo/", review.redo_decision, name="decision-redo"),
    path("preferences/", review.save_preferences, name="review-preferences"),
]

export_urls = [
    path("", exports.list_exports, name="export-list"),
    path("new/", exports.create_export, name="export-create"),
    path("<int:export_id>/", exports.show_export, name="export-detail"),
    path("<int:export_id>/confirm/", exports.confirm_export, name="export-confirm"),
    path("<int:export_id>/file/", exports.download_export, name="export-download"),
]

member_urls = [
    path("", members.list_members, name="member-list"),
    path("add/", members.add_member, name="member-add"),
    path("<int:membership_id>/", members.change_member, name="member-change"),
]

project_urls: list[URLPattern | URLResolver] = [
    path("", projects.show_project, name="project-detail"),
    path("settings/", projects.edit_project, name="project-settings"),
    path("labels/", projects.list_labels, name="label-list"),
    path("labels/add/", projects.create_label, name="label-create"),
    path("labels/<int:label_id>/", projects.edit_label, name="label-edit"),
    path("items/", projects.list_items, name="item-list"),
    path("events/", projects.list_events, name="event-list"),
    path("imports/", include(import_urls)),
    path("runs/", include(run_urls)),
    path("review/", include(review_urls)),
    path("exports/", include(export_urls)),
    path("members/", include(member_urls)),
    path("jobs/<int:job_id>/", jobs.show_job, name="job-detail"),
    path("jobs/<int:job_id>/cancel/", jobs.cancel_job, name="job-cancel"),
    path("jobs/<int:job_id>/resume/", jobs.resume_job, name="job-resume"),
]

urlpatterns = [
    path("", projects.list_projects, name="project-list"),
    path("account/", include(account_urls)),
    path("projects/new/", projects.create_project, name="project-create"),
    path("projects/<int:project_id>/", include(project_urls)),
    path("api/v1/", include("annotator.api.urls")),
    path("api/schema/", SpectacularAPIView.as_view(), name="api-schema"),
    # The split view loads its script from an address of its own, as the content security policy wants.
    path(
        "api/docs/",
        SpectacularSwaggerSplitView.as_view(url_name="api-schema", template_name="api/docs.html"),
        name="api-docs",
    ),
]

handler404 = "annotator.views.errors.not_found"
handler403 = "annotator.views.errors.forbidden"
handler500 = "annotator.views.errors.server_error"
