"""The schema is valid and without a warning; docs name what exists; the page of the docs needs no unsafe script."""

from __future__ import annotations

import re
from io import StringIO

import pytest
from django.core.management import call_command
from django.urls import URLPattern, URLResolver, get_resolver
from drf_spectacular.generators import SchemaGenerator

from tests.annotator.factories import make_user
from tests.conftest import ROOT

PREFIX = "/api/v1/"
DOCS = (ROOT / "docs" / "api.md").read_text("utf-8")


@pytest.fixture(scope="module")
def schema() -> dict:
    return SchemaGenerator().get_schema(request=None, public=True)


def test_schema_is_valid_and_without_warnings() -> None:
    out = StringIO()
    call_command("spectacular", validate=True, fail_on_warn=True, stdout=out)
    assert "openapi: 3" in out.getvalue()


def test_every_address_is_in_the_schema(schema: dict) -> None:
    def addresses(patterns: list, prefix: str = "/"):
        for entry in patterns:
            path = prefix + str(entry.pattern)
            if isinstance(entry, URLResolver):
                yield from addresses(entry.url_patterns, path)
            elif isinstance(entry, URLPattern):
                yield re.sub(r"<(?:int|uuid):(\w+)>", r"{\1}", path)

    known = {path for path in addresses(get_resolver().url_patterns) if path.startswith(PREFIX)}
    # The last one answers for wrong addresses.
    assert known - {PREFIX} == set(schema["paths"])


def test_every_operation_says_what_it_does_takes_and_answers(schema: dict) -> None:
    ids = []
    for path, methods in schema["paths"].items():
        for method, operation in methods.items():
            place = f"{method} {path}"
            ids.append(operation["operationId"])
            assert operation["summary"], place
            assert operation["security"] == [{"tokenAuth": []}, {"cookieAuth": []}], place
            wanted = {"401", "403", "404"} | ({"409"} if method != "get" else set())
            assert wanted <= set(operation["responses"]), place
            assert error_shapes(operation) == {"#/components/schemas/Error"}, place
    assert len(ids) == len(set(ids))


def error_shapes(operation: dict) -> set[str]:
    failed = [answer for status, answer in operation["responses"].items() if status >= "400"]
    return {answer["content"]["application/json"]["schema"]["$ref"] for answer in failed}


def test_every_list_comes_in_pages(schema: dict) -> None:
    for path, methods in schema["paths"].items():
        answer = methods.get("get", {}).get("responses", {}).get("200", {})
        shape = answer.get("content", {}).get("application/json", {}).get("schema", {})
        assert shape.get("type") != "array", path


def test_docs_name_every_address_and_no_other(schema: dict) -> None:
    table = set(re.findall(r"^\| `([a-z{}/_-]+/)` \|", DOCS, re.MULTILINE))
    assert {PREFIX + path for path in table} == set(schema["paths"])


def test_every_address_in_the_text_and_the_examples_exists(schema: dict) -> None:
    # Without the table above, and with what a shell or jq puts in for an id left open.
    text = re.sub(r"\$\(jq [^)]*\)", "{}", re.sub(r"^\| .*$", "", DOCS, flags=re.MULTILINE))
    called = {PREFIX + f"projects/{{}}/{path}" for path in re.findall(r"\$AT/([^\s\"?]*)", text)}
    called |= set(re.findall(r"\$SITE(/api/v1/[a-z/]+/)", text))
    called |= {PREFIX + f"projects/{{}}/{path}" for path in re.findall(r"`(\w+/\{\w+\}/[a-z/]*)`", text)}
    known = {re.sub(r"\{\w+\}", "{}", path) for path in schema["paths"]}
    unnamed = {re.sub(r"\$\w+|\{\w*\}", "{}", path) for path in called}
    assert len(unnamed) >= 15
    assert unnamed <= known


def test_every_act_and_error_status_is_in_the_docs(schema: dict) -> None:
    kinds = schema["components"]["schemas"]["ActInput"]["properties"]["kind"]
    name = kinds["allOf"][0]["$ref"] if "allOf" in kinds else kinds["$ref"]
    for kind in schema["components"]["schemas"][name.rpartition("/")[2]]["enum"]:
        assert f"| `{kind}` |" in DOCS
    for status in (400, 401, 403, 404, 409, 413, 429, 500):
        assert re.search(rf"^\| {status} \|", DOCS, re.MULTILINE)


@pytest.mark.django_db
def test_docs_page_holds_no_inline_script_and_keeps_the_strict_policy(client) -> None:
    client.force_login(make_user())
    answer = client.get("/api/docs/")
    html = answer.content.decode()
    assert "unsafe" not in answer["Content-Security-Policy"]
    assert re.findall(r"<script(?![^>]*\bsrc=)", html) == []
    assert not re.search(r"<style|\sstyle=|\son\w+=", html)
    address = re.search(r'src="(/api/docs/\?script=?)"', html)
    assert address is not None
    script = client.get(address[1])
    assert script["Content-Type"].startswith("application/javascript")
    assert b"SwaggerUIBundle(" in script.content
