"""What is told of an answer that broke off in its middle: by the API, the metrics, the log, `why` and `chat`."""

import json
import re

import pytest

from clients import body_of, raw
from conftest import NEVER_RESTING, provider, route
from test_observe import handover, question, scrape, story, value

TEXT = "The river rises in the hills, turns west at the old mill and reaches the sea behind the town."
LEAD, BACKUP = "lead/gpt-4o-mini", "backup/claude-haiku-4-5"
# Where the lead stops, tokens.
CUT = 6


@pytest.fixture(scope="module")
def gateway(shared_house):
    """A lead that breaks off; a backup that goes on, or, on the route `alone`, one that cannot be asked."""
    lead = shared_house.simulator("openai", f'ok "{TEXT}" flush_each every=5ms cut@{CUT}')
    backup = shared_house.simulator("anthropic", f'ok "{TEXT}" every=2ms')
    ill = shared_house.simulator("anthropic", "529")
    target = '{ model = "%s", signal = 2 }'
    return shared_house.gateway(
        NEVER_RESTING
        + provider("lead", "openai", lead.url) + provider("backup", "anthropic", backup.url, key="BACKUP_KEY")
        + provider("ill", "anthropic", ill.url, key="BACKUP_KEY")
        + route("default", LEAD, target % BACKUP)
        + route("stop", LEAD, target % BACKUP, more='mid_stream = "stop"')
        + route("alone", LEAD, target % "ill/claude-haiku-4-5", more="max_attempts = 2\nmax_hand_overs = 1")
    )


def events(answer):
    """The JSON of a stream's events."""
    lines = [line[6:] for line in answer.body.decode().splitlines() if line.startswith("data: ")]
    return [json.loads(line) for line in lines if line != "[DONE]"]


def comments(answer):
    lines = answer.body.decode().splitlines()
    return [json.loads(line[len(": handover "):]) for line in lines if line.startswith(": handover ")]


def line_of(log, request_id, words):
    [line] = [line for line in log.splitlines() if request_id in line and words in line]
    return line


def test_a_curious_client_can_read_where_another_model_went_on(gateway, dialect):
    answer, _ = question(gateway, dialect=dialect)
    [told] = [event["handover"] for event in events(answer) if "handover" in event]
    assert told == {"event": "hand_over", "from": LEAD, "to": BACKUP, "reason": "cut_off", "how": "prefill",
                    "delivered_tokens": CUT, "model": "claude-haiku-4-5"}
    comment, record = comments(answer)
    assert comment == told
    assert record["hand_overs"] == [{k: told[k] for k in ("from", "to", "reason", "how", "delivered_tokens")}]
    if dialect == "openai":
        models = [event["model"] for event in events(answer)]
        at = next(n for n, event in enumerate(events(answer)) if "handover" in event)
        assert set(models[at:]) == {"claude-haiku-4-5"} and "claude-haiku-4-5" not in models[:at], models


def test_a_story_names_both_models_and_what_each_costs(gateway):
    _, request_id = question(gateway)
    told = story(gateway, request_id)
    assert (told["outcome"], told["served"], told["stopped"]) == ("complete", BACKUP, None)
    [handed] = told["hand_overs"]
    assert (handed["from"], handed["to"], handed["reason"], handed["how"]) == (LEAD, BACKUP, "cut_off", "prefill")
    assert handed["delivered_tokens"] == CUT == handed["billed"]["completion_tokens"]
    assert handed["at_ms"] + handed["silence_ms"] <= told["took_ms"]
    # The caller pays for one answer; the backup read the prompt and the text so far.
    assert told["completion_tokens"] == CUT + told["billed"]["completion_tokens"]
    assert told["prompt_tokens"] < told["billed"]["prompt_tokens"]


def test_why_tells_who_began_and_who_went_on(gateway):
    _, request_id = question(gateway)
    story(gateway, request_id)
    lines = handover("why", request_id, "--url", gateway.url).stdout.splitlines()
    assert f"asked {LEAD} (key 1): began to answer, first token after" in lines[2]
    assert f"{LEAD} broke off after about {CUT} tokens: stopped before its answer was complete" in lines[3]
    assert f"{BACKUP} (key 1) wrote on from the text so far (prefill), after" in lines[4]
    assert f"answered by {LEAD}, then a backup, {BACKUP} (▂▄░░ Reduced)" in lines[5]


@pytest.mark.parametrize("name,code,words", [
    ("stop", "mid_stream_stop", "because the route or the request asks for that"),
    ("alone", "max_attempts", "because the request's attempts are used up"),
])
def test_why_tells_why_nobody_went_on(gateway, name, code, words):
    answer, request_id = question(gateway, model=name)
    [error] = [event["error"] for event in events(answer) if "error" in event]
    assert error["code"] == "stream_interrupted" and words in error["message"]
    assert error["handover"] == {"event": "stopped", "from": LEAD, "failure": "cut_off", "reason": code,
                                 "delivered_tokens": CUT}
    told = story(gateway, request_id)
    assert told["outcome"] == "interrupted" and told["stopped"]["code"] == code
    text = handover("why", request_id, "--url", gateway.url).stdout
    assert f"the answer of {LEAD} broke off" in text and words in text
    # Each attempt is told once.
    assert text.count(f"asked {LEAD}") == 1
    assert f'stopped="{code}"' in line_of(gateway.log(), request_id, "handover::access")


def test_a_request_can_ask_for_the_honest_end(gateway):
    answer = raw(gateway.url, "openai", body_of("openai", stream=True), headers={"x-handover-mid-stream": "stop"})
    [error] = [event["error"] for event in events(answer) if "error" in event]
    assert error["handover"]["reason"] == "mid_stream_stop"


def test_the_log_has_a_hand_over_when_it_happens_and_at_the_end(gateway):
    _, request_id = question(gateway)
    story(gateway, request_id)
    log = gateway.log()
    warned = line_of(log, request_id, "WARN")
    for field in (f'from="{LEAD}"', f'to="{BACKUP}"', 'reason="cut_off"', 'how="prefill"', "silence_ms="):
        assert field in warned, warned
    line = line_of(log, request_id, "handover::access")
    assert f'handed_over="{LEAD} to {BACKUP} after {CUT} tokens (cut_off, prefill)"' in line
    assert "billed_prompt_tokens=" in line and "billed_completion_tokens=" in line


def test_the_metrics_count_both_models_and_each_attempt_once(house):
    lead = house.simulator("openai", f'ok "{TEXT}" flush_each every=5ms cut@{CUT}')
    backup = house.simulator("anthropic", f'ok "{TEXT}"')
    gateway = house.gateway(
        NEVER_RESTING + provider("lead", "openai", lead.url)
        + provider("backup", "anthropic", backup.url, key="BACKUP_KEY") + route("default", LEAD, BACKUP))
    for _ in range(2):
        story(gateway, question(gateway)[1])
    question(gateway, stream=False)
    samples = scrape(gateway)
    moved = {"from": LEAD, "to": BACKUP, "reason": "cut_off", "how": "prefill", "route": "default"}
    assert value(samples, "handover_mid_answer_handovers_total", **moved) >= 2
    assert value(samples, "handover_mid_answer_silence_seconds_count", route="default") == 2
    assert value(samples, "gen_ai_server_time_to_first_token_seconds_count", gen_ai_response_model="gpt-4o-mini") == 2
    assert value(samples, "gen_ai_server_time_to_first_token_seconds_count",
                 gen_ai_response_model="claude-haiku-4-5") == 0
    output = dict(gen_ai_token_type="output")
    for model in ("gpt-4o-mini", "claude-haiku-4-5"):
        assert value(samples, "gen_ai_client_token_usage_count", gen_ai_response_model=model, **output) >= 2
    assert value(samples, "handover_attempts_total", target=BACKUP, code="ok") == 3


def test_chat_shows_the_seam_and_writes_the_answer_alone_to_stdout(gateway):
    done = handover("chat", "--url", gateway.url, "Where does the river go?")
    assert (done.returncode, done.stdout) == (0, TEXT + "\n"), done.stderr
    seam, footer = done.stderr.splitlines()
    assert seam == "-- gpt-4o-mini stopped here · claude-haiku-4-5 continued --"
    assert re.fullmatch(r"▂▄░░ Reduced  gpt-4o-mini → claude-haiku-4-5  \S+ m?s", footer), footer
    told = json.loads(handover("chat", "--url", gateway.url, "--json", "Where does the river go?").stdout)
    assert (told["answer"], told["served"]) == (TEXT, BACKUP)
    assert [(h["from"], h["to"], h["reason"], h["delivered_tokens"]) for h in told["hand_overs"]] == [
        (LEAD, BACKUP, "cut_off", CUT)]


def test_chat_keeps_what_came_of_a_broken_answer_and_says_why(gateway):
    done = handover("chat", "--url", gateway.url, "-m", "stop", "Where does the river go?")
    begun = done.stdout.rstrip("\n")
    assert done.returncode == 1 and begun and TEXT.startswith(begun) and begun != TEXT
    assert "stopped before its answer was complete" in done.stderr and "asks for that" in done.stderr
    done = handover("chat", "--url", gateway.url, "-m", "stop", "--json", "Where does the river go?")
    told = json.loads(done.stdout)
    assert done.returncode == 1 and told["answer"] == begun and "asks for that" in told["error"]
