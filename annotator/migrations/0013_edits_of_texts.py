"""A decision that is an edit of the text. The triggers are set again: SQLite makes the table anew."""

from __future__ import annotations

import importlib

from django.db import migrations, models


immutable = importlib.import_module("annotator.migrations.0002_immutable_rows")


class Migration(migrations.Migration):

    dependencies = [
        ('annotator', '0012_drop_item_claims'),
    ]

    operations = [
        migrations.RunPython(immutable.drop_triggers, immutable.add_triggers),
        migrations.RemoveConstraint(
            model_name='decision',
            name='decision_is_about_something',
        ),
        migrations.RemoveConstraint(
            model_name='decision',
            name='decision_kind_known',
        ),
        migrations.AlterField(
            model_name='decision',
            name='kind',
            field=models.CharField(choices=[('accept', 'accepted'), ('relabel', 'relabelled'), ('move', 'moved'), ('reject', 'rejected'), ('add', 'added'), ('nothing', 'nothing here'), ('link', 'linked'), ('reopen', 'reopened'), ('edit', 'edited the text'), ('undo', 'undone'), ('redo', 'redone')], max_length=10),
        ),
        migrations.AddConstraint(
            model_name='decision',
            constraint=models.CheckConstraint(condition=models.Q(('kind__in', ['accept', 'relabel', 'move', 'reject', 'add', 'nothing', 'link', 'reopen', 'edit', 'undo', 'redo'])), name='decision_kind_known'),
        ),
        migrations.AddConstraint(
            model_name='decision',
            constraint=models.CheckConstraint(condition=models.Q(('annotation__isnull', False), ('kind__in', ['nothing', 'edit', 'undo', 'redo']), _connector='OR'), name='decision_is_about_something'),
        ),
        migrations.RunPython(immutable.add_triggers, immutable.drop_triggers),
    ]
