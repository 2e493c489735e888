"""Every page of the application as tests and pictures visit it: its address, and what is done there first."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping

from playwright.sync_api import Page

from tests.browser import kind_texts
from tests.browser.differing import DIFFER
from tests.browser.kind_page import SEED as KIND_SEED
from tests.browser.qualifying import MAKE_SET, TAKE_IT
from tests.browser.review_page import GERMAN, PROPOSALS, SEED
from tests.stack import Stack

CHOOSE = """
from annotator.models import User
user = User.objects.get(username="admin")
user.preferences = {**user.preferences, **given}
user.save()
result = None
"""
JOIN = """
from annotator.models import Membership, User
Membership.objects.create(project_id=given, user=User.objects.get(username="admin"), role="manager")
"""
INVITE = """
from annotator.models import Project, User
from annotator.services.invitations import create_invitation
project, admin = Project.objects.get(pk=1), User.objects.get(username="admin")
result = create_invitation(project=project, actor=admin, role="reviewer", tgt_langs=["de"])[1]
"""
UNFINISHED = "from annotator.models import Job\nresult = Job.objects.unfinished().count()"
BROKEN_SOURCE = "Ada\tB-PER\nBrandt\tI-PER\ncame\tO\n\nShe\tO\nleft\tX-LOC\n\nUppsala\tI-LOC\n"
BROKEN_TARGET = "Ada Brandt kam .\n\nUppsala .\n"


def wait_for_jobs(stack: Stack) -> None:
    end = time.monotonic() + 120
    while stack.python(UNFINISHED):
        if time.monotonic() > end:
            raise TimeoutError("the worker does not come to an end")
        time.sleep(0.5)


def prepare(page: Page, stack: Stack) -> dict[str, str]:
    """A project in the middle of its life: decisions, a second run, an export, an import with problems, and others.

    Returns:
        What the addresses in `PAGES` name in braces.
    """
    page.goto(stack.login_url("admin"))
    page.goto(stack.url("projects/1/review/?lang=de"))
    page.wait_for_selector("#review[data-ready=yes]")
    for key in ("Enter", "Enter", "Enter", "Shift+ArrowRight", "Enter", "x", "2", "Shift+Enter", "Shift+Enter"):
        page.keyboard.press(key)
    page.wait_for_selector("[data-part=sync][data-state=saved]")
    page.goto(stack.url("projects/1/runs/new/?engine=similarity"))
    page.get_by_role("button", name="Start the run").click()
    page.goto(stack.url("projects/1/exports/"))
    page.locator("[name=tgt_lang]").select_option("de")
    page.get_by_role("button", name="Export", exact=True).click()
    page.goto(stack.url("projects/1/imports/new/"))
    page.locator("[name=tgt_lang]").select_option("de")
    page.locator("[name=source_text]").fill(BROKEN_SOURCE)
    page.locator("[name=target_text]").fill(BROKEN_TARGET)
    page.locator("form.import-form button.button-primary").click()
    page.wait_for_load_state()
    page.goto(stack.url("projects/1/items/many/accept/?lang=th"))
    page.locator("form[action*=start] button").click()
    page.wait_for_load_state()
    wait_for_jobs(stack)
    made = make_court(stack) | make_kinds(stack) | make_exams(stack)
    return {"invitation": stack.python(INVITE).removeprefix(stack.url())} | made


def make_court(stack: Stack) -> dict[str, str]:
    """A project in which two reviewers differ."""
    made = stack.python(SEED, {**GERMAN, "proposals": PROPOSALS, "n": 2, "role": "curator"})
    items = stack.python(DIFFER, made)
    stack.python(JOIN, made["project"])
    return {"court": f"projects/{made['project']}", "case": str(items[0])}


def make_exams(stack: Stack) -> dict[str, str]:
    """Projects with qualification items: one to be managed, one in which they are asked, one in which all is over."""
    exams = {"exam": {"role": "manager"}, "asked": {"role": "reviewer"}}
    exams["failed"] = {"role": "reviewer", "has_failed": True}
    found = {}
    for name, given in exams.items():
        made = stack.python(SEED, {**GERMAN, "n": 4, "role": "reviewer"})
        stack.python(MAKE_SET, {"project": made["project"], "shows_gold": True})
        stack.python(TAKE_IT, {**given, "project": made["project"], "user": "admin"})
        found[name] = f"projects/{made['project']}"
    return found


def make_kinds(stack: Stack) -> dict[str, str]:
    """A project of each kind of layer."""
    projects = {name: stack.python(KIND_SEED, given)["project"] for name, given in kind_texts.ALL.items()}
    for project in projects.values():
        stack.python(JOIN, project)
    return {f"kind-{name}": f"projects/{project}" for name, project in projects.items()}


def press(*keys: str) -> Callable[[Page], None]:
    """Keys on the review screen, once it is ready."""

    def act(page: Page) -> None:
        page.wait_for_selector("#review[data-ready=yes]")
        for key in keys:
            page.keyboard.press(key)
        page.wait_for_timeout(150)

    return act


def go_offline(page: Page) -> None:
    page.wait_for_selector("#review[data-ready=yes]")
    page.context.set_offline(True)
    page.keyboard.press("Enter")
    page.wait_for_timeout(600)


# The address of each, with what `prepare` made in braces, and what is done on it.
PAGES: dict[str, tuple[str, Callable[[Page], None] | None]] = {
    "projects": ("", None),
    "project-new": ("projects/new/", None),
    "account": ("account/", None),
    "api": ("api/docs/", lambda page: page.wait_for_timeout(1500)),
    "not-found": ("nowhere/", None),
    "project": ("projects/1/", None),
    "settings": ("projects/1/settings/", None),
    "reviewing": ("projects/1/settings/reviewing/", None),
    "concepts": ("projects/1/concepts/", None),
    "layer-new": ("projects/1/layers/new/", None),
    "layer": ("projects/1/layers/1/", None),
    "labels": ("projects/1/labels/", None),
    "label": ("projects/1/labels/1/", None),
    "members": ("projects/1/members/", None),
    "people": ("projects/1/members/progress/", None),
    "assignments": ("projects/1/members/assignments/", None),
    "qualification": ("{exam}/members/qualification/", None),
    "qualification-none": ("projects/1/members/qualification/", None),
    "qualification-asked": ("{asked}/review/", press()),
    "qualification-failed": ("{failed}/review/", press()),
    "bulk-release": ("{exam}/items/many/release/?qualification=yes", None),
    "flags": ("projects/1/flags/", None),
    "comments": ("projects/1/comments/", None),
    "translations": ("projects/1/translations/", None),
    "adjudication": ("projects/1/adjudication/", None),
    "gaps": ("projects/1/adjudication/gaps/", None),
    "rules": ("projects/1/adjudication/rules/", None),
    "competing": ("projects/1/items/competing/", None),
    "bulk-preview": ("projects/1/items/many/accept/?lang=ar", None),
    "bulks": ("projects/1/bulks/", None),
    "bulk": ("projects/1/bulks/1/", None),
    "invitation": ("{invitation}", None),
    "adjudication-open": ("{court}/adjudication/", None),
    "adjudication-item": ("{court}/adjudication/items/{case}/", None),
    "print": ("projects/1/review/items/1/print/", None),
    "events": ("projects/1/events/", None),
    "items-ar": ("projects/1/items/?lang=ar", None),
    "items-th": ("projects/1/items/?lang=th", None),
    "imports": ("projects/1/imports/", None),
    "import-new": ("projects/1/imports/new/", None),
    "import-done": ("projects/1/imports/1/", None),
    "import-problems": ("projects/1/imports/4/", None),
    "runs": ("projects/1/runs/", None),
    "run-new": ("projects/1/runs/new/", None),
    "run": ("projects/1/runs/1/", None),
    "run-compare": ("projects/1/runs/compare/?first=1&second=4", None),
    "job": ("projects/1/jobs/1/", None),
    "exports": ("projects/1/exports/", None),
    "export": ("projects/1/exports/1/", None),
    "review-de": ("projects/1/review/?lang=de", press()),
    "review-ar": ("projects/1/review/?lang=ar", press("l")),
    "review-th": ("projects/1/review/?lang=th", press("l")),
    "review-file-order": ("projects/1/review/?lang=de&order=file", press("l")),
    "review-reject": ("projects/1/review/?lang=de", press("x")),
    "review-add": ("projects/1/review/?lang=ar", press("a", "Space", "ArrowLeft")),
    "review-keys": ("projects/1/review/?lang=de", press("?")),
    "review-table": ("projects/1/review/?lang=de", press("g")),
    "review-matrix": ("projects/1/review/?lang=de", press("Shift+L")),
    "review-done": ("projects/1/review/?lang=de&state=done", press()),
    "review-offline": ("projects/1/review/?lang=de", go_offline),
    **{f"review-kind-{name}": (f"{{kind-{name}}}/review/", press()) for name in kind_texts.ALL},
}


def open_page(page: Page, stack: Stack, name: str, places: Mapping[str, str]) -> None:
    """Go to a page, do there what belongs to it, and see that its content policy is the strict one."""
    path, act = PAGES[name]
    answer = page.goto(stack.url(path.format_map(places)))
    policy = (answer.headers if answer else {}).get("content-security-policy", "")
    if "script-src 'self'" not in policy or "unsafe" in policy:
        raise AssertionError(f"{name}: the policy is {policy!r}")
    page.wait_for_load_state("load")
    if act:
        act(page)


def choose(stack: Stack, *, language: str, theme: str) -> None:
    """Language and theme of the account that looks at the pages."""
    stack.python(CHOOSE, {"language": language, "theme": theme})
