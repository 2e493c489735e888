"""Import labelled sources with their translations: upload, preview, confirm, write.

spec what the user chose · reading files to pairs · problems how bad · checking pairs to a report · drafts the upload's
life until it is confirmed · writing rows · execution the job
"""

from __future__ import annotations

from annotator.services.imports.drafts import (
    cancel_import,
    check_import,
    confirm_import,
    count_choice,
    earlier_import,
    start_import,
)
from annotator.services.imports.execution import execute_import
from annotator.services.imports.spec import ID_TABLE, SOURCE, TARGET, ImportChoice, ImportSpec, Upload, spec_of

__all__ = [
    "ID_TABLE",
    "SOURCE",
    "TARGET",
    "ImportChoice",
    "ImportSpec",
    "Upload",
    "cancel_import",
    "check_import",
    "confirm_import",
    "count_choice",
    "earlier_import",
    "execute_import",
    "spec_of",
    "start_import",
]
