"""Who holds an item stands on the review: an item that several people review has several claims."""

from __future__ import annotations

from django.db import migrations
from django.db.models import OuterRef, Subquery


def move_to_reviews(apps, schema_editor):
    items = apps.get_model("annotator", "Item").objects.filter(claimed_by__isnull=False).exclude(state="done")
    reviews = apps.get_model("annotator", "Review").objects
    held = items.filter(pk=OuterRef("item"))
    reviews.filter(kind="review", number=1, item__in=items).update(
        claimed_by=Subquery(held.values("claimed_by")), claim_expires_at=Subquery(held.values("claim_expires_at"))
    )
    empty = items.exclude(pk__in=reviews.filter(kind="review", number=1).values("item"))
    reviews.bulk_create(
        reviews.model(item_id=item_id, reviewer_id=holder_id, claimed_by_id=holder_id, claim_expires_at=until)
        for item_id, holder_id, until in empty.values_list("pk", "claimed_by", "claim_expires_at")
    )


def move_to_items(apps, schema_editor):
    held = apps.get_model("annotator", "Review").objects.filter(kind="review", number=1, claimed_by__isnull=False)
    of_item = held.filter(item=OuterRef("pk"))
    apps.get_model("annotator", "Item").objects.filter(pk__in=held.values("item")).update(
        claimed_by=Subquery(of_item.values("claimed_by")), claim_expires_at=Subquery(of_item.values("claim_expires_at"))
    )


class Migration(migrations.Migration):
    dependencies = [("annotator", "0010_notes_and_repeats")]
    operations = [migrations.RunPython(move_to_reviews, move_to_items)]
