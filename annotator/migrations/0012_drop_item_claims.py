"""Items have no claims any more: see the migration before."""

from __future__ import annotations

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("annotator", "0011_claims_of_reviews")]
    operations = [
        migrations.RemoveConstraint(model_name="item", name="item_claim_expires"),
        migrations.RemoveIndex(model_name="item", name="item_claims"),
        migrations.RemoveField(model_name="item", name="claim_expires_at"),
        migrations.RemoveField(model_name="item", name="claimed_by"),
    ]
