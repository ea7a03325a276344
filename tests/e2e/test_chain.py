"""One chain, everything in it failing in its own way: the caller gets one whole answer and the truth about it."""

import statistics

import pytest

from clients import ask, body_of, error_of, raw
from conftest import LOCAL_MODEL, NEVER_RESTING, provider, route

FIRST_TOKEN = 0.3
FIRST_TOKEN_TEXT = 'first_token = "300ms"'


def _chain(house):
    """openai never answers, anthropic says 529 inside a 200 stream, cohere cuts after its role-only delta."""
    silent = house.simulator("openai", "silent")
    overloaded = house.simulator("anthropic", "ok error@0:overloaded")
    cut = house.simulator("cohere", "ok cut@0")
    return house.gateway(
        NEVER_RESTING
        + provider("openai", "openai", silent.url, timeouts=FIRST_TOKEN_TEXT)
        + provider("anthropic", "anthropic", overloaded.url)
        + provider("cohere", "cohere", cut.url)
        + '[providers.local]\ndialect = "local"\npreload = true\n'
        + route("default", "openai/gpt-4o-mini", "anthropic/claude-haiku-4-5", "cohere/command-a-03-2025",
                f"local/{LOCAL_MODEL}")
    )


@pytest.fixture(scope="module")
def chain(shared_house):
    return _chain(shared_house)


def test_every_official_sdk_gets_a_whole_answer_while_all_providers_fail(chain, sdk, stream):
    seen = ask(sdk, chain.url, stream=stream)
    assert seen.error is None, seen
    assert seen.text.strip(), seen
    assert seen.model == LOCAL_MODEL
    assert seen.finish in ("stop", "length", "end_turn", "max_tokens")


def test_the_headers_say_who_answered_and_why(house, dialect, stream):
    # A gateway of its own: after a few failures the others are spared, and attempts with them.
    chain = _chain(house)
    answer = raw(chain.url, dialect, body_of(dialect, stream=stream, max_tokens=8), timeout=60)
    assert answer.status == 200, answer.body
    assert answer.headers["x-handover-route"] == "default"
    assert answer.headers["x-handover-served"] == f"local/{LOCAL_MODEL}"
    assert answer.headers["x-handover-attempts"] == "4"
    assert answer.headers["x-handover-signal"] == "unrated"
    assert answer.headers["x-handover-reason"]
    assert answer.headers["x-handover-request-id"]


def test_a_hand_over_leaves_no_trace_of_the_failed_answers(chain, dialect):
    """Ids and role-only deltas of the targets that failed would confuse a client's parser."""
    answer = raw(chain.url, dialect, body_of(dialect, stream=True, max_tokens=8), timeout=60)
    text = answer.body.decode()
    if dialect == "openai":
        assert text.count('"role":"assistant"') <= 1, text
        data = [line for line in text.splitlines() if line.startswith("data:")]
        assert data[-1] == "data: [DONE]" and data.count("data: [DONE]") == 1, text
    else:
        assert text.count("event: message_start") == 1, text
        assert text.count("event: message_stop") == 1, text


def _median(gateway, model, times):
    answers = [raw(gateway.url, body=body_of("openai", model=model)) for _ in range(times)]
    assert all(answer.status == 200 for answer in answers), answers[0]
    return statistics.median(answer.seconds for answer in answers)


def test_an_explicit_error_costs_at_most_20_ms(house):
    failing, well = house.simulator("openai", "overloaded"), house.simulator("openai", "ok")
    gateway = house.gateway(
        NEVER_RESTING
        + provider("failing", "openai", failing.url) + provider("well", "openai", well.url, key="BACKUP_KEY")
        + route("both", "failing/m", "well/m") + route("only", "well/m")
    )
    _median(gateway, "both", 5)
    direct, handed_over = _median(gateway, "only", 40), _median(gateway, "both", 40)
    assert handed_over - direct <= 0.020, f"{(handed_over - direct) * 1000:.1f} ms"


def test_a_silent_provider_costs_its_limit_and_at_most_50_ms(house):
    silent, well = house.simulator("openai", "silent"), house.simulator("openai", "ok")
    gateway = house.gateway(
        provider("silent", "openai", silent.url, timeouts=FIRST_TOKEN_TEXT)
        + provider("well", "openai", well.url, key="BACKUP_KEY")
        + route("both", "silent/m", "well/m") + route("only", "well/m")
    )
    direct = _median(gateway, "only", 10)
    # The first request counts: later ones may know already that the lead is away.
    first = raw(gateway.url, body=body_of("openai", model="both"))
    assert first.headers["x-handover-served"] == "well/m"
    added = first.seconds - direct
    assert added <= FIRST_TOKEN + 0.050, f"{added * 1000:.0f} ms"


def test_a_callers_own_mistake_comes_back_unchanged_and_is_not_shopped_around(house, dialect):
    said = {"error": {"message": "temperature: must be at most 2", "type": "invalid_request_error", "param": "temperature",
                      "code": "invalid_value", "unknown_field": [1, 2]}}
    if dialect == "anthropic":
        said = {"type": "error", "error": {"type": "invalid_request_error", "message": "temperature: must be at most 1"},
                "request_id": "req_1"}
    lead = house.recorder(status=400, body=said)
    backup = house.recorder()
    gateway = house.gateway(
        provider("lead", dialect, lead.url) + provider("backup", "openai", backup.url, key="BACKUP_KEY")
        + route("default", "lead/m", "backup/m")
    )
    answer = raw(gateway.url, dialect, body_of(dialect))
    assert (answer.status, answer.json) == (400, said)
    assert (len(lead.requests), len(backup.requests)) == (1, 0)


def test_an_exhausted_chain_says_why_and_no_sdk_retries(house, sdk, stream):
    dialect, _ = sdk
    lead, backup = house.recorder(status=500, body={"error": {"message": "lead is ill"}}), house.recorder(
        status=503, body={"error": {"message": "backup is ill"}})
    gateway = house.gateway(
        provider("lead", "openai", lead.url) + provider("backup", "openai", backup.url, key="BACKUP_KEY")
        + route("default", "lead/one", "backup/two")
    )
    answer = raw(gateway.url, dialect, body_of(dialect, stream=stream))
    once = len(lead.requests), len(backup.requests)
    message = error_of(answer, dialect)["message"]
    assert answer.status >= 500
    assert answer.headers["x-should-retry"] == "false"
    assert "lead/one" in message and "backup/two" in message, message

    seen = ask(sdk, gateway.url, stream=stream)
    assert seen.error and seen.error["status"] == answer.status, seen
    # One question by an SDK is one question, not three.
    assert (len(lead.requests), len(backup.requests)) <= (once[0] * 2, once[1] * 2)


def test_only_the_named_model_is_tried_when_the_caller_says_so(house, dialect):
    lead, backup = house.recorder(status=503, body={"error": {"message": "ill"}}), house.recorder()
    gateway = house.gateway(
        provider("lead", "openai", lead.url) + provider("backup", "openai", backup.url, key="BACKUP_KEY")
        + route("default", "lead/m", "backup/m")
    )
    by_header = raw(gateway.url, dialect, body_of(dialect), headers={"x-handover-only": "true"})
    by_body = raw(gateway.url, dialect, body_of(dialect, disable_fallbacks=True))
    assert by_header.status >= 500 and by_body.status >= 500
    assert backup.requests == []
