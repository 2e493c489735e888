"""Translation by a chat model, against a real server on this machine."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest

from projection.errors import EngineError
from projection.remote import Answer, ChatClient, Endpoint
from projection.translate.chat import ChatSettings, ChatTranslator
from tests.chat_server import Script, serve

KEY = "secret-4711"


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setenv("MY_KEY", KEY)
    monkeypatch.setenv("OPENAI_API_KEY", "not-for-you")


@pytest.fixture
def script() -> Script:
    return Script()


@pytest.fixture
def url(script: Script) -> Iterator[str]:
    with serve(script) as base_url:
        yield base_url


def make(url: str, waits: list[float] | None = None, *, n_workers: int = 1, **settings: object) -> ChatTranslator:
    hint = str(settings.pop("hint", ""))
    endpoint = Endpoint("tiny", url, **settings)
    client = ChatClient(endpoint, sleep=(waits if waits is not None else []).append)
    return ChatTranslator(ChatSettings(endpoint, hint=hint, n_workers=n_workers), client=client)


def translate(translator: ChatTranslator, *texts: str) -> list[tuple[str, str]]:
    found = translator.translate(texts, src_lang="en", tgt_lang="pt-BR")
    return [(each.text, each.problem.code if each.problem else "") for each in found]


def test_the_model_is_told_what_to_do_and_answers_stay_in_order(script: Script, url: str) -> None:
    texts = [f"text {number}" for number in range(20)]
    found = translate(make(url, key_variable="MY_KEY", hint="Keep [1].", n_workers=8), *texts, " ")
    assert found == [*((text.upper(), "") for text in texts), (" ", "")]
    request = script.requests[0]
    assert request["path"] == "/v1/chat/completions"
    assert (request["model"], request["temperature"]) == ("tiny", 0.0)
    assert request["messages"][0]["content"] == (
        "Translate the text of the user from English to Portuguese (Brazil). "
        "Answer with the translation only, without quotes or remarks. Keep [1]."
    )
    assert len(script.requests) == 20


def test_the_key_is_sent_and_shown_nowhere(script: Script, url: str, caplog: pytest.LogCaptureFixture) -> None:
    script.plan = [500, 401]
    translator = make(url, key_variable="MY_KEY")
    with caplog.at_level(logging.DEBUG), pytest.raises(EngineError) as caught:
        translate(translator, "a")
    assert script.keys == [f"Bearer {KEY}"] * 2
    shown = f"{caplog.text} {caught.value} {translator.identity} {translator!r} {caught.value.__cause__}"
    assert KEY not in shown


def test_without_a_variable_no_key_of_another_purpose_is_sent(script: Script, url: str) -> None:
    translate(make(url), "a")
    assert script.keys == ["Bearer none"]


def test_only_a_busy_failing_or_slow_endpoint_is_asked_again(script: Script, url: str) -> None:
    waits: list[float] = []
    script.plan = [429, 503, (429, {"Retry-After": "7"}), (500, {"Retry-After": "9999"})]
    assert translate(make(url, waits), "a") == [("A", "")]
    assert waits == [1.0, 2.0, 7.0, 60.0]
    script.plan = ["slow"]
    assert translate(make(url, waits, timeout_s=0.3), "b") == [("B", "")]
    assert waits[4:] == [1.0]
    script.plan = [408]
    assert translate(make(url, waits), "b") == [("B", "")]
    n_before = len(script.requests)
    for status in (400, 409, 422):
        script.plan = [status]
        assert translate(make(url), "c") == [("", "remote-failed")]
    assert len(script.requests) == n_before + 3


def test_after_the_last_attempt_the_text_is_left_out_with_a_reason(script: Script, url: str) -> None:
    waits: list[float] = []
    script.plan = [500, 500, 200]
    found = make(url, waits, n_attempts=2).translate(["a", "b"], src_lang="en", tgt_lang="de")
    assert [each.text for each in found] == ["", "B"]
    assert "status 500: planned 500 That was attempt 2 of 2" in found[0].problem.message
    assert waits == [1.0]


@pytest.mark.parametrize("status", [401, 403, 404])
def test_a_refusal_ends_the_work_at_once(script: Script, url: str, status: int) -> None:
    script.plan = [status]
    with pytest.raises(EngineError, match=f"status {status}") as caught:
        translate(make(url), *"abcdef")
    assert caught.value.problem.code == "remote-refused"
    assert len(script.requests) <= 2


def test_ten_failures_in_a_row_end_the_work(script: Script, url: str) -> None:
    script.plan = [400] * 6 + [200] + [400] * 99
    translator = make(url)
    assert len(translate(translator, *"abcdefg")) == 7
    assert translate(translator, *"hijklm") == [("", "remote-failed")] * 6
    with pytest.raises(EngineError, match="10 requests failed in a row") as caught:
        translate(translator, *"nopqrstu")
    assert caught.value.problem.code == "remote-down"


def test_answers_that_end_too_early_or_are_empty_are_reported(script: Script, url: str) -> None:
    script.finish = "length"
    assert translate(make(url), "a") == [("A", "translation-cut")]
    script.finish, script.translate = "content_filter", lambda _: " "
    found = make(url).translate(["a"], src_lang="en", tgt_lang="de")
    assert found[0].problem.message == "The model gave no text (content_filter)."


def test_wrong_endpoints_are_refused(script: Script, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MY_KEY")
    for endpoint, code in ((Endpoint("m", "localhost:1"), "bad-url"), (Endpoint("m", url, "MY_KEY"), "no-key")):
        with pytest.raises(EngineError) as caught:
            ChatClient(endpoint)
        assert caught.value.problem.code == code
    with serve(Script()) as closed:
        pass
    assert translate(make(closed), "a") == [("", "remote-failed")]
    assert script.requests == []


def test_the_answer_of_one_question(url: str) -> None:
    assert ChatClient(Endpoint("m", url)).ask("Be loud.", "ada") == Answer("ADA", "stop", 2, 10)
