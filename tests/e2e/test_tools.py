"""Tool calls in streams: an agent gets whole calls, or another model's, and never half of one."""

import json

import anthropic
import openai
import pytest

from conftest import provider, route

SAID = "Let me look."
CITIES = [{"city": "Oslo"}, {"city": "Bergen"}]
WHOLE = f"""ok '{SAID}' tool:get_weather='{{"city":"Oslo"}}' tool:get_weather='{{"city":"Bergen"}}' every=5ms"""
BROKEN = ["cut_arguments", "cut@2", "reset@2", "error@2:overloaded", "malformed@2"]
SCHEMA = {"type": "object", "properties": {"city": {"type": "string"}}}
QUESTION = [{"role": "user", "content": "What is the weather?"}]


def _gateway(house, lead, script):
    backup = "openai" if lead == "anthropic" else "anthropic"
    sick, well = house.simulator(lead, script), house.simulator(backup, WHOLE)
    return house.gateway(
        provider("lead", lead, sick.url) + provider("backup", backup, well.url, key="BACKUP_KEY")
        + route("default", "lead/m", "backup/m")
    )


def _openai(gateway):
    client = openai.OpenAI(base_url=f"{gateway.url}/v1", api_key="x")
    tools = [{"type": "function", "function": {"name": "get_weather", "parameters": SCHEMA}}]
    with client.chat.completions.stream(model="default", messages=QUESTION, tools=tools) as stream:
        for _ in stream:
            pass
        message = stream.get_final_completion().choices[0].message
    return message.content, [json.loads(call.function.arguments) for call in message.tool_calls or []]


def _anthropic(gateway):
    client = anthropic.Anthropic(base_url=gateway.url, api_key="x")
    tools = [{"name": "get_weather", "input_schema": SCHEMA}]
    with client.messages.stream(model="default", max_tokens=100, messages=QUESTION, tools=tools) as stream:
        for _ in stream:
            pass
        message = stream.get_final_message()
    assert message.stop_reason == "tool_use"
    return message.content[0].text, [block.input for block in message.content[1:]]


@pytest.fixture(params=[_openai, _anthropic], ids=["openai", "anthropic"])
def agent(request):
    return request.param


@pytest.mark.parametrize("lead", ["openai", "anthropic", "cohere"])
def test_an_agent_gets_every_call_whole_from_every_provider(house, agent, lead):
    assert agent(_gateway(house, lead, WHOLE)) == (SAID, CITIES)


@pytest.mark.parametrize("fault", BROKEN)
@pytest.mark.parametrize("lead", ["openai", "anthropic", "cohere"])
def test_a_call_that_breaks_off_is_another_models_and_never_half_of_one(house, agent, lead, fault):
    half = f"""tool get_weather '{{"city":"Atlantis"}}' {fault} every=5ms"""
    assert agent(_gateway(house, lead, half)) == (SAID, CITIES)
