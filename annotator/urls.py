"""Every address of the application, grouped by resource."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView

from annotator.views import (
    accounts,
    adjudication,
    assignments,
    bulks,
    characters,
    concepts,
    exports,
    imports,
    interface,
    invitations,
    items,
    jobs,
    layers,
    members,
    notes,
    people,
    printed,
    projects,
    qualification,
    repeats,
    review,
    review_tags,
    reviewing,
    rules,
    runs,
    translations,
)

account_urls = [
    path("login/", accounts.log_in, name="account-login"),
    path("login/link/", accounts.log_in_by_link, name="account-link"),
    path("logout/", accounts.log_out, name="account-logout"),
    path("", accounts.show_account, name="account-detail"),
    path("password/", accounts.set_password, name="password-set"),
    path("token/", accounts.create_token, name="token-create"),
]

interface_urls = [
    path("", interface.choose_interface, name="interface-choose"),
    path("<str:language>/<str:digest>.js", interface.show_catalogue, name="interface-catalogue"),
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
    path("items/<int:item_id>/print/", printed.print_item, name="item-print"),
    path("decisions/", review.create_decision, name="decision-create"),
    path("undo/", review.undo_decision, name="decision-undo"),
    path("redo/", review.redo_decision, name="decision-redo"),
    path("preferences/", review.save_preferences, name="review-preferences"),
    path("tags/", review_tags.count_tags, name="review-tags"),
    path("flags/", notes.create_flag, name="flag-create"),
    path("flags/<uuid:flag_id>/close/", notes.close_flag, name="flag-close"),
    path("skips/", notes.skip_item, name="item-skip"),
    path("comments/", notes.create_comment, name="comment-create"),
    path("threads/next/", notes.show_next_thread, name="thread-next"),
    path("threads/<uuid:thread_id>/", notes.change_thread, name="thread-change"),
    path("own/", notes.show_own, name="review-own"),
    path("repeats/", repeats.list_repeats, name="repeat-list"),
    path("repeats/create/", repeats.create_repeats, name="repeat-create"),
    path("translations/<int:segment_id>/", translations.show_translation, name="translation-detail"),
    path("translations/<int:segment_id>/mark/", translations.mark_translation, name="translation-mark"),
]

export_urls = [
    path("", exports.list_exports, name="export-list"),
    path("new/", exports.create_export, name="export-create"),
    path("<int:export_id>/", exports.show_export, name="export-detail"),
    path("<int:export_id>/confirm/", exports.confirm_export, name="export-confirm"),
    path("<int:export_id>/file/", exports.download_export, name="export-download"),
]

item_urls = [
    path("", items.list_items, name="item-list"),
    path("competing/", items.list_forms, name="competing-list"),
    path("many/<str:kind>/", bulks.preview, name="bulk-preview"),
    path("many/<str:kind>/start/", bulks.start, name="bulk-start"),
]

bulk_urls = [
    path("", bulks.list_all, name="bulk-list"),
    path("<int:bulk_id>/", bulks.show, name="bulk-detail"),
    path("<int:bulk_id>/undo/", bulks.undo, name="bulk-undo"),
]

adjudication_urls = [
    path("", adjudication.list_items, name="adjudication-list"),
    path("gaps/", adjudication.list_gaps, name="gap-list"),
    path("rules/", rules.list_rules, name="rule-list"),
    path("rules/<str:rule>/", rules.start_rule, name="rule-start"),
    path("undo/", adjudication.undo, name="adjudication-undo"),
    path("items/<int:item_id>/", adjudication.show_item, name="adjudication-item"),
    path("items/<int:item_id>/settle/", adjudication.settle_item, name="adjudication-item-settle"),
]

_qualifier = "qualification/<int:membership_id>/<str:tgt_lang>/"
member_urls = [
    path("", members.list_members, name="member-list"),
    path("progress/", people.show_progress, name="people-progress"),
    path("qualification/", qualification.show_qualification, name="qualification-show"),
    path("qualification/save/", qualification.save_qualification, name="qualification-save"),
    path(f"{_qualifier}pass/", qualification.let_pass, name="qualification-pass"),
    path(f"{_qualifier}again/", qualification.let_try_again, name="qualification-retry"),
    path("assignments/", assignments.edit_assignments, name="assignment-edit"),
    path("<int:membership_id>/assignments/withdraw/", assignments.withdraw_assignments, name="assignment-withdraw"),
    path("invitations/", invitations.create_invitation, name="invitation-create"),
    path("invitations/<int:invitation_id>/revoke/", invitations.revoke_invitation, name="invitation-revoke"),
    path("add/", members.add_member, name="member-add"),
    path("<int:membership_id>/", members.change_member, name="member-change"),
]

project_urls: list[URLPattern | URLResolver] = [
    path("", projects.show_project, name="project-detail"),
    path("settings/", projects.edit_project, name="project-settings"),
    path("settings/reviewing/", reviewing.edit_reviewing, name="reviewing-edit"),
    path("labels/", projects.list_labels, name="label-list"),
    path("labels/add/", projects.create_label, name="label-create"),
    path("concepts/", concepts.list_concepts, name="concept-list"),
    path("concepts/search/", concepts.search, name="concept-search"),
    path("concepts/check/", concepts.check_terminology, name="concept-check"),
    path("concepts/take/", concepts.take_terminology, name="concept-take"),
    path("layers/new/", layers.create_layer, name="layer-create"),
    path("layers/<int:layer_id>/", layers.edit_layer, name="layer-edit"),
    path("layers/<int:layer_id>/delete/", layers.delete_layer, name="layer-delete"),
    path("labels/<int:label_id>/", projects.edit_label, name="label-edit"),
    path("items/", include(item_urls)),
    path("bulks/", include(bulk_urls)),
    path("adjudication/", include(adjudication_urls)),
    path("events/", projects.list_events, name="event-list"),
    path("flags/", notes.list_flags, name="flag-list"),
    path("flags/<uuid:flag_id>/resolve/", notes.resolve_flag, name="flag-resolve"),
    path("comments/", notes.list_threads, name="thread-list"),
    path("comments/<uuid:thread_id>/resolve/", notes.resolve_thread, name="thread-resolve"),
    path("translations/", translations.list_translations, name="translation-list"),
    path("translations/categories/", translations.set_categories, name="error-categories-set"),
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
    path("invitations/<str:secret>/", invitations.open_invitation, name="invitation-open"),
    path("interface/", include(interface_urls)),
    path("projects/new/", projects.create_project, name="project-create"),
    path("projects/<int:project_id>/", include(project_urls)),
    path("characters/", characters.name_characters, name="character-names"),
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
