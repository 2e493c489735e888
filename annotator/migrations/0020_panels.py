"""Panels of machines that vote; ballots, verdicts and kept replies are never changed."""

import importlib

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


immutable = importlib.import_module("annotator.migrations.0002_immutable_rows")

TABLES = ("annotator_ballot", "annotator_verdict", "annotator_keptreply")


def add_triggers(apps, schema_editor):
    immutable.guard_tables(schema_editor, TABLES)


class Migration(migrations.Migration):

    dependencies = [
        ('annotator', '0019_qualification'),
    ]

    operations = [
        migrations.CreateModel(
            name='Ballot',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('votes', models.JSONField(default=list)),
                ('rest', models.JSONField(default=dict)),
                ('versions', models.JSONField(default=list)),
                ('n_requests', models.PositiveIntegerField(default=0)),
                ('n_input_tokens', models.PositiveBigIntegerField(default=0)),
                ('n_output_tokens', models.PositiveBigIntegerField(default=0)),
                ('cost', models.FloatField(default=0.0)),
                ('seconds', models.FloatField(default=0.0)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
            ],
        ),
        migrations.CreateModel(
            name='EndpointKey',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=100)),
                ('secret', models.TextField()),
                ('created_at', models.DateTimeField(auto_now_add=True)),
            ],
            options={
                'ordering': ['name'],
            },
        ),
        migrations.CreateModel(
            name='Evaluation',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('seed', models.PositiveIntegerField()),
                ('is_blind', models.BooleanField(default=False)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
            ],
        ),
        migrations.CreateModel(
            name='EvaluationItem',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('stratum', models.CharField(choices=[('agreed', 'agreed'), ('contested', 'contested')], max_length=10)),
            ],
        ),
        migrations.CreateModel(
            name='KeptReply',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.CharField(max_length=64)),
                ('source', models.CharField(max_length=200)),
                ('value', models.TextField()),
                ('created_at', models.DateTimeField(auto_now_add=True)),
            ],
            options={
                'verbose_name_plural': 'kept replies',
            },
        ),
        migrations.CreateModel(
            name='Panel',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=100)),
                ('asked', models.JSONField(default=dict)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
            ],
            options={
                'ordering': ['-id'],
            },
        ),
        migrations.CreateModel(
            name='Tally',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('rule', models.JSONField(default=dict)),
            ],
            options={
                'verbose_name_plural': 'tallies',
                'ordering': ['-id'],
            },
        ),
        migrations.CreateModel(
            name='Trial',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('tgt_lang', models.CharField(max_length=35)),
                ('item_ids', models.JSONField(default=list)),
                ('voters', models.JSONField(default=list)),
                ('answers', models.JSONField(default=dict)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
            ],
            options={
                'ordering': ['-id'],
            },
        ),
        migrations.CreateModel(
            name='Verdict',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('options', models.JSONField(default=list)),
                ('n_voters', models.PositiveSmallIntegerField()),
                ('is_agreed', models.BooleanField()),
                ('is_tie', models.BooleanField(default=False)),
                ('probability', models.FloatField(blank=True, null=True)),
                ('entropy', models.FloatField(default=0.0)),
            ],
        ),
        migrations.CreateModel(
            name='Voter',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=100)),
                ('kind', models.CharField(choices=[('chat', 'chat endpoint'), ('local', 'model on this server'), ('run', 'projection run'), ('recorded', 'recorded replies'), ('file', 'file of ballots')], max_length=20)),
                ('family', models.CharField(max_length=100)),
                ('model', models.CharField(blank=True, max_length=300)),
                ('settings', models.JSONField(blank=True, default=dict)),
                ('position', models.PositiveSmallIntegerField(default=0)),
            ],
            options={
                'ordering': ['position', 'id'],
            },
        ),
        migrations.CreateModel(
            name='VoterRun',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('tgt_lang', models.CharField(max_length=35)),
                ('file', models.FileField(blank=True, max_length=300, upload_to='panels/')),
                ('report', models.JSONField(blank=True, default=dict)),
            ],
            options={
                'ordering': ['-id'],
            },
        ),
        migrations.RemoveConstraint(
            model_name='job',
            name='job_kind_known',
        ),
        migrations.AlterField(
            model_name='job',
            name='kind',
            field=models.CharField(choices=[('import', 'import'), ('run', 'projection run'), ('export', 'export'), ('bulk', 'act on many items'), ('order', 'order of the queue'), ('vote', 'voting'), ('tally', 'count of votes'), ('trial', 'trial of a panel')], max_length=20),
        ),
        migrations.AddConstraint(
            model_name='job',
            constraint=models.CheckConstraint(condition=models.Q(('kind__in', ['import', 'run', 'export', 'bulk', 'order', 'vote', 'tally', 'trial'])), name='job_kind_known'),
        ),
        migrations.AddField(
            model_name='ballot',
            name='item',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='ballots', to='annotator.item'),
        ),
        migrations.AddField(
            model_name='ballot',
            name='run',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='ballots', to='annotator.run'),
        ),
        migrations.AddField(
            model_name='endpointkey',
            name='created_by',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='endpointkey',
            name='project',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='endpoint_keys', to='annotator.project'),
        ),
        migrations.AddField(
            model_name='evaluation',
            name='created_by',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='evaluationitem',
            name='evaluation',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='items', to='annotator.evaluation'),
        ),
        migrations.AddField(
            model_name='evaluationitem',
            name='item',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='annotator.item'),
        ),
        migrations.AddField(
            model_name='keptreply',
            name='project',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='annotator.project'),
        ),
        migrations.AddField(
            model_name='panel',
            name='created_by',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='panel',
            name='project',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='panels', to='annotator.project'),
        ),
        migrations.AddField(
            model_name='tally',
            name='panel',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='tallies', to='annotator.panel'),
        ),
        migrations.AddField(
            model_name='tally',
            name='run',
            field=models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='tally', to='annotator.run'),
        ),
        migrations.AddField(
            model_name='evaluation',
            name='tally',
            field=models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='evaluation', to='annotator.tally'),
        ),
        migrations.AddField(
            model_name='trial',
            name='created_by',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='trial',
            name='job',
            field=models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='trial', to='annotator.job'),
        ),
        migrations.AddField(
            model_name='trial',
            name='panel',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='trials', to='annotator.panel'),
        ),
        migrations.AddField(
            model_name='verdict',
            name='item',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='verdicts', to='annotator.item'),
        ),
        migrations.AddField(
            model_name='verdict',
            name='source_span',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='verdicts', to='annotator.sourcespan'),
        ),
        migrations.AddField(
            model_name='verdict',
            name='tally',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='verdicts', to='annotator.tally'),
        ),
        migrations.AddField(
            model_name='voter',
            name='key',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='voters', to='annotator.endpointkey'),
        ),
        migrations.AddField(
            model_name='voter',
            name='panel',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='voters', to='annotator.panel'),
        ),
        migrations.AddField(
            model_name='voterrun',
            name='judged_run',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.RESTRICT, related_name='+', to='annotator.run'),
        ),
        migrations.AddField(
            model_name='voterrun',
            name='run',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='voter_runs', to='annotator.run'),
        ),
        migrations.AddField(
            model_name='voterrun',
            name='voter',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='voter_runs', to='annotator.voter'),
        ),
        migrations.AddField(
            model_name='tally',
            name='voter_runs',
            field=models.ManyToManyField(related_name='tallies', to='annotator.voterrun'),
        ),
        migrations.AddConstraint(
            model_name='ballot',
            constraint=models.UniqueConstraint(fields=('run', 'item'), name='ballot_once'),
        ),
        migrations.AddConstraint(
            model_name='endpointkey',
            constraint=models.UniqueConstraint(fields=('project', 'name'), name='endpoint_key_name_once'),
        ),
        migrations.AddConstraint(
            model_name='evaluationitem',
            constraint=models.UniqueConstraint(fields=('evaluation', 'item'), name='evaluation_item_once'),
        ),
        migrations.AddConstraint(
            model_name='keptreply',
            constraint=models.UniqueConstraint(fields=('project', 'key'), name='kept_reply_once'),
        ),
        migrations.AddConstraint(
            model_name='panel',
            constraint=models.UniqueConstraint(fields=('project', 'name'), name='panel_name_once'),
        ),
        migrations.AddIndex(
            model_name='verdict',
            index=models.Index(fields=['tally', 'is_agreed', 'item'], name='verdict_contested'),
        ),
        migrations.AddConstraint(
            model_name='verdict',
            constraint=models.UniqueConstraint(fields=('tally', 'source_span'), name='verdict_once'),
        ),
        migrations.AddConstraint(
            model_name='verdict',
            constraint=models.CheckConstraint(condition=models.Q(('is_agreed', True), ('is_tie', True), _negated=True), name='verdict_tie_is_contested'),
        ),
        migrations.AddConstraint(
            model_name='voter',
            constraint=models.UniqueConstraint(fields=('panel', 'name'), name='voter_name_once'),
        ),
        migrations.AddConstraint(
            model_name='voter',
            constraint=models.CheckConstraint(condition=models.Q(('kind__in', ['chat', 'local', 'run', 'recorded', 'file'])), name='voter_kind_known'),
        ),
        migrations.AddConstraint(
            model_name='voterrun',
            constraint=models.UniqueConstraint(fields=('voter', 'run'), name='voter_run_once'),
        ),
        migrations.RunPython(add_triggers, migrations.RunPython.noop),
    ]
