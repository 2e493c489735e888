"""Several reviewers, every kind of layer, notes, translations under review. The triggers are set again: SQLite makes tables anew."""

from __future__ import annotations

import importlib

import django.db.models.deletion
import uuid
from django.conf import settings
from django.db import migrations, models


immutable = importlib.import_module("annotator.migrations.0002_immutable_rows")


class Migration(migrations.Migration):

    dependencies = [
        ('annotator', '0006_calibration'),
    ]

    operations = [
        migrations.RunPython(immutable.drop_triggers, immutable.add_triggers),
        migrations.CreateModel(
            name='Assignment',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('created_at', models.DateTimeField(auto_now_add=True)),
            ],
        ),
        migrations.CreateModel(
            name='Comment',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, primary_key=True, serialize=False)),
                ('text', models.TextField()),
                ('created_at', models.DateTimeField(auto_now_add=True)),
            ],
            options={
                'ordering': ['created_at', 'id'],
            },
        ),
        migrations.CreateModel(
            name='Concept',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(max_length=100)),
                ('name', models.CharField(max_length=300)),
                ('description', models.TextField(blank=True)),
                ('synonyms', models.JSONField(blank=True, default=list)),
                ('search_text', models.TextField()),
            ],
            options={
                'ordering': ['name', 'id'],
            },
        ),
        migrations.CreateModel(
            name='Flag',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, primary_key=True, serialize=False)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('closed_at', models.DateTimeField(blank=True, null=True)),
            ],
            options={
                'ordering': ['-created_at'],
            },
        ),
        migrations.CreateModel(
            name='Invitation',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('role', models.CharField(choices=[('manager', 'manager'), ('curator', 'curator'), ('reviewer', 'reviewer'), ('viewer', 'viewer')], max_length=20)),
                ('tgt_langs', models.JSONField(blank=True, default=list)),
                ('token_sha256', models.CharField(max_length=64, unique=True)),
                ('max_uses', models.PositiveSmallIntegerField(default=1)),
                ('n_used', models.PositiveSmallIntegerField(default=0)),
                ('expires_at', models.DateTimeField()),
                ('revoked_at', models.DateTimeField(blank=True, null=True)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
            ],
            options={
                'ordering': ['-id'],
            },
        ),
        migrations.CreateModel(
            name='SegmentVersion',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveSmallIntegerField()),
                ('text', models.TextField()),
                ('tokens', models.JSONField(default=list)),
                ('step', models.UUIDField(blank=True, null=True)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
            ],
            options={
                'ordering': ['number'],
            },
        ),
        migrations.CreateModel(
            name='Skip',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('n_times', models.PositiveSmallIntegerField(default=1)),
                ('skipped_at', models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name='Thread',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, primary_key=True, serialize=False)),
                ('is_open', models.BooleanField(default=True)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
            ],
            options={
                'ordering': ['created_at', 'id'],
            },
        ),
        migrations.CreateModel(
            name='TranslationMark',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('version', models.PositiveSmallIntegerField(default=1)),
                ('meaning', models.PositiveSmallIntegerField(blank=True, null=True)),
                ('fluency', models.PositiveSmallIntegerField(blank=True, null=True)),
                ('errors', models.JSONField(blank=True, default=list)),
                ('note', models.TextField(blank=True)),
                ('updated_at', models.DateTimeField(auto_now=True)),
            ],
        ),
        migrations.RemoveConstraint(
            model_name='annotation',
            name='annotation_accepted_has_place',
        ),
        migrations.RemoveConstraint(
            model_name='candidate',
            name='candidate_span_or_reason',
        ),
        migrations.RemoveConstraint(
            model_name='decision',
            name='decision_kind_known',
        ),
        migrations.RemoveConstraint(
            model_name='item',
            name='item_state_known',
        ),
        migrations.RemoveConstraint(
            model_name='review',
            name='review_number_once',
        ),
        migrations.RemoveConstraint(
            model_name='sourcespan',
            name='source_span_not_empty',
        ),
        migrations.AddField(
            model_name='alignment',
            name='tgt_version',
            field=models.PositiveSmallIntegerField(default=1),
        ),
        migrations.AddField(
            model_name='annotation',
            name='head',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='relations_from', to='annotator.annotation'),
        ),
        migrations.AddField(
            model_name='annotation',
            name='tail',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='relations_to', to='annotator.annotation'),
        ),
        migrations.AddField(
            model_name='candidate',
            name='is_relation',
            field=models.BooleanField(default=False),
        ),
        migrations.AddField(
            model_name='candidate',
            name='version',
            field=models.PositiveSmallIntegerField(default=1),
        ),
        migrations.AddField(
            model_name='decision',
            name='cause',
            field=models.JSONField(blank=True, default=dict),
        ),
        migrations.AddField(
            model_name='item',
            name='disagreement',
            field=models.FloatField(default=0.0),
        ),
        migrations.AddField(
            model_name='item',
            name='gold_review',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='gold_of', to='annotator.review'),
        ),
        migrations.AddField(
            model_name='item',
            name='is_blind',
            field=models.BooleanField(default=False),
        ),
        migrations.AddField(
            model_name='item',
            name='is_qualification',
            field=models.BooleanField(default=False),
        ),
        migrations.AddField(
            model_name='item',
            name='link_probability',
            field=models.FloatField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='item',
            name='n_reviews',
            field=models.PositiveSmallIntegerField(default=1),
        ),
        migrations.AddField(
            model_name='item',
            name='priority',
            field=models.FloatField(default=1.0),
        ),
        migrations.AddField(
            model_name='layer',
            name='choice',
            field=models.CharField(choices=[('single', 'one label'), ('multiple', 'any number of labels'), ('graded', 'one grade')], default='single', max_length=10),
        ),
        migrations.AddField(
            model_name='layer',
            name='has_concepts',
            field=models.BooleanField(default=False),
        ),
        migrations.AddField(
            model_name='layer',
            name='is_by_character',
            field=models.BooleanField(default=False),
        ),
        migrations.AddField(
            model_name='layer',
            name='role',
            field=models.CharField(blank=True, max_length=20),
        ),
        migrations.AddField(
            model_name='layer',
            name='scope',
            field=models.CharField(choices=[('segment', 'each text'), ('item', 'the whole item')], default='segment', max_length=10),
        ),
        migrations.AddField(
            model_name='membership',
            name='qualified_at',
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='membership',
            name='tab',
            field=models.UUIDField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='membership',
            name='tab_seen_at',
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='membership',
            name='tgt_langs',
            field=models.JSONField(blank=True, default=list),
        ),
        migrations.AddField(
            model_name='project',
            name='blind',
            field=models.CharField(choices=[('none', 'no items'), ('overlap', 'items that several people review'), ('all', 'all items')], default='none', max_length=10),
        ),
        migrations.AddField(
            model_name='project',
            name='error_categories',
            field=models.JSONField(blank=True, default=list),
        ),
        migrations.AddField(
            model_name='project',
            name='hides_names',
            field=models.BooleanField(default=False),
        ),
        migrations.AddField(
            model_name='project',
            name='n_reviews',
            field=models.PositiveSmallIntegerField(default=1),
        ),
        migrations.AddField(
            model_name='project',
            name='overlap_percent',
            field=models.PositiveSmallIntegerField(default=100),
        ),
        migrations.AddField(
            model_name='project',
            name='pass_percent',
            field=models.PositiveSmallIntegerField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='project',
            name='template',
            field=models.SlugField(blank=True),
        ),
        migrations.AddField(
            model_name='review',
            name='claim_expires_at',
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='review',
            name='claimed_by',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='review',
            name='kind',
            field=models.CharField(choices=[('review', 'review'), ('adjudication', 'adjudication'), ('qualification', 'qualification')], default='review', max_length=15),
        ),
        migrations.AddField(
            model_name='segment',
            name='flags',
            field=models.JSONField(blank=True, default=list),
        ),
        migrations.AddField(
            model_name='segment',
            name='version',
            field=models.PositiveSmallIntegerField(default=1),
        ),
        migrations.AddField(
            model_name='sourcespan',
            name='head',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='relations_from', to='annotator.sourcespan'),
        ),
        migrations.AddField(
            model_name='sourcespan',
            name='tail',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='relations_to', to='annotator.sourcespan'),
        ),
        migrations.AlterField(
            model_name='decision',
            name='kind',
            field=models.CharField(choices=[('accept', 'accepted'), ('relabel', 'relabelled'), ('move', 'moved'), ('reject', 'rejected'), ('add', 'added'), ('nothing', 'nothing here'), ('link', 'linked'), ('reopen', 'reopened'), ('undo', 'undone'), ('redo', 'redone')], max_length=10),
        ),
        migrations.AlterField(
            model_name='decision',
            name='ordinal',
            field=models.PositiveIntegerField(default=0),
        ),
        migrations.AlterField(
            model_name='item',
            name='state',
            field=models.CharField(choices=[('new', 'not projected'), ('open', 'to review'), ('reviewed', 'to adjudicate'), ('done', 'done')], default='new', max_length=10),
        ),
        migrations.AlterField(
            model_name='sourcespan',
            name='end_char',
            field=models.PositiveIntegerField(blank=True, null=True),
        ),
        migrations.AlterField(
            model_name='sourcespan',
            name='start_char',
            field=models.PositiveIntegerField(blank=True, null=True),
        ),
        migrations.AlterField(
            model_name='sourcespan',
            name='surface',
            field=models.TextField(blank=True),
        ),
        migrations.AddIndex(
            model_name='review',
            index=models.Index(condition=models.Q(('claimed_by__isnull', False)), fields=['claimed_by'], name='review_claims'),
        ),
        migrations.AddIndex(
            model_name='review',
            index=models.Index(fields=['reviewer', 'state', 'finished_at'], name='review_of_person'),
        ),
        migrations.AddConstraint(
            model_name='decision',
            constraint=models.CheckConstraint(condition=models.Q(('kind__in', ['accept', 'relabel', 'move', 'reject', 'add', 'nothing', 'link', 'reopen', 'undo', 'redo'])), name='decision_kind_known'),
        ),
        migrations.AddConstraint(
            model_name='item',
            constraint=models.CheckConstraint(condition=models.Q(('state__in', ['new', 'open', 'reviewed', 'done'])), name='item_state_known'),
        ),
        migrations.AddConstraint(
            model_name='item',
            constraint=models.CheckConstraint(condition=models.Q(('n_reviews__gte', 1)), name='item_n_reviews_positive'),
        ),
        migrations.AddConstraint(
            model_name='layer',
            constraint=models.CheckConstraint(condition=models.Q(('scope__in', ['segment', 'item'])), name='layer_scope_known'),
        ),
        migrations.AddConstraint(
            model_name='layer',
            constraint=models.CheckConstraint(condition=models.Q(('choice__in', ['single', 'multiple', 'graded'])), name='layer_choice_known'),
        ),
        migrations.AddConstraint(
            model_name='project',
            constraint=models.CheckConstraint(condition=models.Q(('n_reviews__gte', 1), ('n_reviews__lte', 20)), name='project_n_reviews_1_to_20'),
        ),
        migrations.AddConstraint(
            model_name='project',
            constraint=models.CheckConstraint(condition=models.Q(('overlap_percent__lte', 100)), name='project_overlap_is_percent'),
        ),
        migrations.AddConstraint(
            model_name='project',
            constraint=models.CheckConstraint(condition=models.Q(('blind__in', ['none', 'overlap', 'all'])), name='project_blind_known'),
        ),
        migrations.AddConstraint(
            model_name='project',
            constraint=models.CheckConstraint(condition=models.Q(('pass_percent', None), models.Q(('pass_percent__gte', 1), ('pass_percent__lte', 100)), _connector='OR'), name='project_pass_is_percent'),
        ),
        migrations.AddConstraint(
            model_name='review',
            constraint=models.UniqueConstraint(fields=('item', 'kind', 'number'), name='review_number_once'),
        ),
        migrations.AddConstraint(
            model_name='review',
            constraint=models.UniqueConstraint(fields=('item', 'kind', 'reviewer'), name='review_once_per_person'),
        ),
        migrations.AddConstraint(
            model_name='review',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('kind', 'adjudication'), ('number', 0)), models.Q(('kind__in', ['review', 'qualification']), ('number__gte', 1)), _connector='OR'), name='review_kind_and_number'),
        ),
        migrations.AddConstraint(
            model_name='review',
            constraint=models.CheckConstraint(condition=models.Q(('claimed_by__isnull', True), ('claim_expires_at__isnull', False), _connector='OR'), name='review_claim_expires'),
        ),
        migrations.AddField(
            model_name='assignment',
            name='created_by',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='assignment',
            name='item',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='assignments', to='annotator.item'),
        ),
        migrations.AddField(
            model_name='assignment',
            name='reviewer',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='assignments', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='comment',
            name='author',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='concept',
            name='project',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='concepts', to='annotator.project'),
        ),
        migrations.AddField(
            model_name='annotation',
            name='concept',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='annotations', to='annotator.concept'),
        ),
        migrations.AddField(
            model_name='candidate',
            name='concept',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='candidates', to='annotator.concept'),
        ),
        migrations.AddField(
            model_name='sourcespan',
            name='concept',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='source_spans', to='annotator.concept'),
        ),
        migrations.AddConstraint(
            model_name='annotation',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state', 'accepted'), _negated=True), ('start_char__isnull', False), models.Q(('head__isnull', False), ('tail__isnull', False)), _connector='OR'), name='annotation_accepted_has_place'),
        ),
        migrations.AddConstraint(
            model_name='candidate',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('is_relation', False), ('segment__isnull', False), ('start_char__lt', models.F('end_char')), ('unprojected_reason', '')), models.Q(('is_relation', True), ('segment__isnull', False), ('start_char__isnull', True), ('unprojected_reason', '')), models.Q(models.Q(('unprojected_reason', ''), _negated=True), ('end_char__isnull', True), ('segment__isnull', True), ('start_char__isnull', True)), _connector='OR'), name='candidate_span_or_reason'),
        ),
        migrations.AddConstraint(
            model_name='sourcespan',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('head__isnull', True), ('start_char__isnull', False), ('start_char__lt', models.F('end_char')), ('tail__isnull', True)), models.Q(('end_char__isnull', True), ('head__isnull', False), ('start_char__isnull', True), ('tail__isnull', False)), _connector='OR'), name='source_span_has_place_or_ends'),
        ),
        migrations.AddField(
            model_name='flag',
            name='annotation',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='flags', to='annotator.annotation'),
        ),
        migrations.AddField(
            model_name='flag',
            name='closed_by',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='flag',
            name='item',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='flags', to='annotator.item'),
        ),
        migrations.AddField(
            model_name='flag',
            name='project',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='flags', to='annotator.project'),
        ),
        migrations.AddField(
            model_name='flag',
            name='raised_by',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='flags', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='flag',
            name='reason',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='annotator.rejectreason'),
        ),
        migrations.AddField(
            model_name='flag',
            name='review',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='flags', to='annotator.review'),
        ),
        migrations.AddField(
            model_name='flag',
            name='source_span',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='flags', to='annotator.sourcespan'),
        ),
        migrations.AddField(
            model_name='invitation',
            name='created_by',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='invitation',
            name='project',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='invitations', to='annotator.project'),
        ),
        migrations.AddField(
            model_name='segmentversion',
            name='edited_by',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='segmentversion',
            name='segment',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='versions', to='annotator.segment'),
        ),
        migrations.AddField(
            model_name='skip',
            name='item',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='skips', to='annotator.item'),
        ),
        migrations.AddField(
            model_name='skip',
            name='user',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='skips', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='thread',
            name='annotation',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='threads', to='annotator.annotation'),
        ),
        migrations.AddField(
            model_name='thread',
            name='created_by',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='thread',
            name='item',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='threads', to='annotator.item'),
        ),
        migrations.AddField(
            model_name='thread',
            name='project',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='threads', to='annotator.project'),
        ),
        migrations.AddField(
            model_name='thread',
            name='source_span',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='threads', to='annotator.sourcespan'),
        ),
        migrations.AddField(
            model_name='comment',
            name='thread',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='comments', to='annotator.thread'),
        ),
        migrations.AddField(
            model_name='translationmark',
            name='reviewer',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='translationmark',
            name='segment',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='marks', to='annotator.segment'),
        ),
        migrations.AddIndex(
            model_name='assignment',
            index=models.Index(fields=['reviewer', 'item'], name='assignment_of_person'),
        ),
        migrations.AddConstraint(
            model_name='assignment',
            constraint=models.UniqueConstraint(fields=('item', 'reviewer'), name='assignment_once'),
        ),
        migrations.AddConstraint(
            model_name='concept',
            constraint=models.UniqueConstraint(fields=('project', 'code'), name='concept_code_once'),
        ),
        migrations.AddConstraint(
            model_name='concept',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('code', ''), _negated=True), models.Q(('name', ''), _negated=True)), name='concept_named'),
        ),
        migrations.AddIndex(
            model_name='flag',
            index=models.Index(condition=models.Q(('closed_at__isnull', True)), fields=['project', 'item'], name='flag_open_of_project'),
        ),
        migrations.AddConstraint(
            model_name='flag',
            constraint=models.CheckConstraint(condition=models.Q(('closed_by__isnull', True), ('closed_at__isnull', False), _connector='OR'), name='flag_closed_has_time'),
        ),
        migrations.AddConstraint(
            model_name='flag',
            constraint=models.UniqueConstraint(condition=models.Q(('closed_at__isnull', True), ('source_span__isnull', False)), fields=('review', 'source_span'), name='flag_open_once_per_span'),
        ),
        migrations.AddConstraint(
            model_name='invitation',
            constraint=models.CheckConstraint(condition=models.Q(('n_used__lte', models.F('max_uses'))), name='invitation_not_overused'),
        ),
        migrations.AddConstraint(
            model_name='invitation',
            constraint=models.CheckConstraint(condition=models.Q(('role__in', ['manager', 'curator', 'reviewer', 'viewer'])), name='invitation_role_known'),
        ),
        migrations.AddConstraint(
            model_name='segmentversion',
            constraint=models.UniqueConstraint(fields=('segment', 'number'), name='segment_version_once'),
        ),
        migrations.AddIndex(
            model_name='skip',
            index=models.Index(fields=['user', 'skipped_at'], name='skip_of_person'),
        ),
        migrations.AddConstraint(
            model_name='skip',
            constraint=models.UniqueConstraint(fields=('item', 'user'), name='skip_once_per_person'),
        ),
        migrations.AddIndex(
            model_name='thread',
            index=models.Index(fields=['project', 'is_open', 'created_at'], name='thread_of_project'),
        ),
        migrations.AddConstraint(
            model_name='comment',
            constraint=models.CheckConstraint(condition=models.Q(('text', ''), _negated=True), name='comment_not_empty'),
        ),
        migrations.AddConstraint(
            model_name='translationmark',
            constraint=models.UniqueConstraint(fields=('segment', 'version', 'reviewer'), name='translation_mark_once'),
        ),
        migrations.AddConstraint(
            model_name='translationmark',
            constraint=models.CheckConstraint(condition=models.Q(('meaning', None), ('meaning__lte', 2), _connector='OR'), name='translation_meaning_0_to_2'),
        ),
        migrations.AddConstraint(
            model_name='translationmark',
            constraint=models.CheckConstraint(condition=models.Q(('fluency', None), ('fluency__lte', 2), _connector='OR'), name='translation_fluency_0_to_2'),
        ),
        migrations.RunPython(immutable.add_triggers, immutable.drop_triggers),
    ]
