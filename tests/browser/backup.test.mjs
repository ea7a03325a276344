/** Another model answers before the first word: the reader is told once, the truth, and everywhere the same. */
import assert from "node:assert/strict";
import { command, complete, dataOf, getJson, screen } from "./lib/api.mjs";
import { BACKUP, LEAD, NEVER_RESTING, chain, provider, route } from "./lib/house.mjs";
import { answer, ask, button, choose, ended, reads, said, transcript } from "./lib/reader.mjs";
import { scene } from "./lib/scene.mjs";

scene("whoever answered has one name in the page, the API, the log and the terminal", async ({ house, open }) => {
  const lead = await house.simulator("openai", "529");
  const backup = await house.simulator("anthropic", 'ok "Seven ships lie in the harbour."');
  const gateway = await house.gateway(chain(lead, backup, null, { top: "[breaker]\nfailures = 2\n" }));
  const page = await open(gateway);
  await reads(page.getByRole("banner"), "Full");

  for (const n of [1, 2]) {
    await ask(page, "How many ships?");
    const one = await ended(page, n);
    await reads(one, "Seven ships lie in the harbour.");
    const words = await said(one);
    assert.match(words, /Answered by a backup\. gpt-4o was overloaded, so claude-haiku-4-5 answered\./);
    assert.match(words, /Reduced claude-haiku-4-5 · anthropic \(backup 2 of 2\)/);
    assert.match(await one.getAttribute("aria-label"), /Reduced, claude-haiku-4-5/);
  }
  const header = page.getByRole("banner");
  await reads(header, "Reduced");
  await reads(header, "running on a backup");
  await header.getByRole("button").click();
  await reads(header, /gpt-4o ✕ Resting/);
  await reads(header, /claude-haiku-4-5 ● Answering/);

  for (const stream of [false, true]) {
    const { headers, text } = await complete(gateway, { stream });
    const models = new Set((stream ? dataOf(text) : [JSON.parse(text)]).map((chunk) => chunk.model));
    assert.deepEqual([...models], ["claude-haiku-4-5"], `streaming: ${stream}`);
    assert.equal(headers.get("x-handover-served"), BACKUP);
    assert.equal(headers.get("x-handover-signal"), "2");
    assert.equal(headers.get("x-handover-reason"), "resting");
  }
  const { requests } = await getJson(gateway, "/api/requests");
  assert.deepEqual(requests.map((request) => [request.served, request.signal]), Array(4).fill([BACKUP, "2"]));
  const lines = gateway.log().split("\n").filter((line) => line.includes("request"));
  assert.ok(lines.filter((line) => line.includes(BACKUP)).length >= 4, gateway.log());

  const line = (text, id) => text.split("\n").find((one) => one.includes(id)) ?? text;
  const { stdout } = await command("status", "--url", gateway.url);
  for (const shown of [stdout, await screen(/answering/, "top", "--url", gateway.url)]) {
    assert.match(line(shown, BACKUP), /● .*answering/i);
    assert.match(line(shown, BACKUP), /▂▄░░ Reduced/);
    assert.match(line(shown, LEAD), /✕ .*resting/i);
  }
});

scene("three attempts make one notice, not three", async ({ house, open }) => {
  const lead = await house.simulator("openai", "overloaded");
  const backup = await house.simulator("anthropic", "rate_limited");
  const last = await house.simulator("cohere", 'ok "A small model says hello."');
  const gateway = await house.gateway(chain(lead, backup, last, { top: NEVER_RESTING }));
  const page = await open(gateway);
  await ask(page, "Hello");
  const one = await ended(page);
  const words = await said(one);
  assert.equal(words.split("Answered by a backup.").length - 1, 1, words);
  assert.match(words, /gpt-4o was overloaded and claude-haiku-4-5 was rate-limited, so command-r7b answered\./);
  assert.match(words, /Basic command-r7b · cohere \((backup 3 of 3|last resort)\)/);
  assert.equal(await transcript(page).getByText("Answered by a backup.").count(), 1);
});

scene("the details tell every attempt, what it cost and the request's id", async ({ house, open }) => {
  const lead = await house.simulator("openai", "overloaded");
  const backup = await house.simulator("anthropic", 'ok "Hello there."');
  const gateway = await house.gateway(chain(lead, backup));
  const page = await open(gateway);
  await ask(page, "Hello");
  const one = await ended(page);
  await button(one, "What happened").click();
  const story = (await getJson(gateway, "/api/requests")).requests[0];
  await reads(one, /gpt-4o: overloaded.*after/);
  await reads(one, /claude-haiku-4-5: first word after .*, done after/);
  await reads(one, story.id);
  await reads(one, "Tokens out");
  assert.ok(story.cost > 0, "a price is configured");
  await reads(one, /\$ ?0\.0/);
});

scene("a chosen model that is down is not replaced without a word", async ({ house, open }) => {
  const lead = await house.simulator("openai", 'ok "The lead speaks."');
  const backup = await house.simulator("anthropic", "overloaded");
  const last = await house.simulator("cohere", 'ok "Hello."');
  const gateway = await house.gateway(chain(lead, backup, last, { top: NEVER_RESTING }));
  const page = await open(gateway);
  await choose(page, "claude-haiku-4-5");
  await ask(page, "Hello");
  const one = await ended(page);
  await reads(one, /You chose claude-haiku-4-5\. It was overloaded, so (gpt-4o|command-r7b) answered\./);
  await reads(one, "Only use claude-haiku-4-5");
});

scene("the lead's return is offered, and the old answer stays", async ({ house, open }) => {
  const lead = await house.simulator("openai", 'overloaded then ok "The lead is here again."');
  const backup = await house.simulator("anthropic", 'ok "The backup helps out."');
  const gateway = await house.gateway(chain(lead, backup, null, { top: NEVER_RESTING }));
  const page = await open(gateway);
  await ask(page, "Hello");
  const one = await ended(page);
  assert.equal((await complete(gateway)).headers.get("x-handover-served"), LEAD);
  await reads(one, "gpt-4o is back.");
  await button(one, "Ask it again").click();
  await reads(answer(page), "The lead is here again.");
  await reads(answer(page), /2\s*\/\s*2|Answer 2 of 2/);
  await button(answer(page), "Earlier answer").click();
  await reads(answer(page), "The backup helps out.");
});

scene("the same model at another provider is not called a backup", async ({ house, open }) => {
  const lead = await house.simulator("openai", "overloaded");
  const twin = await house.simulator("openai", 'ok "Same model, other house."');
  const targets = ["east/gpt-4o", '{ model = "west/gpt-4o", signal = 3 }'];
  const gateway = await house.gateway(provider("east", lead) + provider("west", twin) + route("default", targets));
  const page = await open(gateway);
  await ask(page, "Hello");
  const words = await said(await ended(page));
  assert.match(words, /Good (west\/)?gpt-4o/);
  assert.doesNotMatch(words, /Answered by a backup/);
});

scene("nobody is told of a backup when the lead answers", async ({ house, open }) => {
  const lead = await house.simulator("openai", 'ok "Here I am."');
  const backup = await house.simulator("anthropic", "ok");
  const gateway = await house.gateway(chain(lead, backup));
  const page = await open(gateway);
  await ask(page, "Hello");
  const words = await said(await ended(page));
  assert.match(words, /Full gpt-4o · openai/);
  assert.doesNotMatch(words, /backup/i);
  assert.equal((await getJson(gateway, "/api/requests")).requests[0].served, LEAD);
});
