"""For how long a job stood still between two attempts."""

from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("annotator", "0002_immutable_rows")]

    operations = [
        migrations.AddField(model_name="job", name="stood_still_s", field=models.FloatField(default=0.0)),
    ]
