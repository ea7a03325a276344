/** The status page: an operator sees at a glance how things stand, and a green page is never an old one. */
import assert from "node:assert/strict";
import { complete, getJson } from "./lib/api.mjs";
import { BACKUP, LEAD, NEVER_RESTING, chain } from "./lib/house.mjs";
import { button, reads, said, until } from "./lib/reader.mjs";
import { scene } from "./lib/scene.mjs";

const heading = (page, name) => page.getByRole("heading", { level: 1, name });

scene("when the gateway falls silent the page says so within 10 s, and recovers", async ({ house, open }) => {
  const lead = await house.simulator("openai", "ok");
  const gateway = await house.gateway(chain(lead, await house.simulator("anthropic", "ok")));
  const page = await open(gateway, "/status");
  await heading(page, "Everything on the lead model").waitFor();
  await reads(page, /Live, updated \d+ (ms|s) ago/);
  const began = Date.now();
  gateway.spawned.kill("SIGSTOP");
  try {
    await reads(page, /No update for \d+ s, numbers may be old/);
    assert.ok(Date.now() - began < 10_000, "greyed within 10 s");
    await reads(page.getByRole("banner"), "gateway not reachable");
  } finally {
    gateway.spawned.kill("SIGCONT");
  }
  await reads(page, /Live, updated/);
});

scene("a gateway that is started again is shown again, without a reload", async ({ house, open }) => {
  const lead = await house.simulator("openai", "ok");
  const config = chain(lead, await house.simulator("anthropic", "ok"));
  const gateway = await house.gateway(config);
  const page = await open(gateway, "/status");
  await reads(page, /Live, updated/);
  await gateway.stop();
  await reads(page, /No update for \d+ s, numbers may be old/);
  await house.gateway(config, { port: gateway.port });
  await reads(page, /Live, updated/);
});

scene("a backup that answers is the headline, with the reason and no false alarm", async ({ house, open }) => {
  const lead = await house.simulator("openai", "overloaded");
  const backup = await house.simulator("anthropic", 'ok "Hello."');
  const gateway = await house.gateway(chain(lead, backup));
  for (let n = 0; n < 4; n += 1) await complete(gateway, { stream: true });
  const page = await open(gateway, "/status");
  await heading(page, "Running on a backup").waitFor();
  await reads(page, /Route default has answered with .*claude-haiku-4-5 since .*\. Nobody has seen an error\./);
  const row = (id) => page.getByRole("row").filter({ hasText: id });
  await reads(row("gpt-4o").first(), /Resting/);
  await reads(row("gpt-4o").first(), /next try in/);
  await reads(row("gpt-4o").first(), /overloaded/);
  await reads(row("claude-haiku-4-5").first(), /Answering/);
  await reads(row("claude-haiku-4-5").first(), "100 %");
  assert.match(await page.title(), /Backup/i);
  const switches = page.getByRole("table", { name: "Recent hand-overs" });
  await reads(switches, "gpt-4o → claude-haiku-4-5");
  await reads(switches, "before first word");
});

scene("nobody can answer: the headline says so and counts who saw it", async ({ house, open }) => {
  const lead = await house.simulator("openai", "overloaded");
  const gateway = await house.gateway(chain(lead, await house.simulator("anthropic", "overloaded")));
  for (let n = 0; n < 4; n += 1) await complete(gateway);
  const page = await open(gateway, "/status");
  await heading(page, "No model can answer").waitFor();
  await reads(page.getByRole("banner"), "No signal");
  await reads(page.getByRole("main"), /(\d answers have failed since|1 answer has failed since)/);
});

scene("every request has its story, and the filters find it", async ({ house, open }) => {
  const lead = await house.simulator("openai", 'overloaded then ok "Hello." then ok "Hello again."');
  const backup = await house.simulator("anthropic", 'ok "Backup here."');
  const gateway = await house.gateway(chain(lead, backup, null, { top: NEVER_RESTING }));
  for (let n = 0; n < 3; n += 1) await complete(gateway, { content: "The password is swordfish" });
  const { requests } = await getJson(gateway, "/api/requests");
  const moved = requests.find((request) => request.served === BACKUP);
  const page = await open(gateway, "/status");
  const table = page.getByRole("table", { name: "Requests" });
  await reads(page, "3 of 3");
  await page.getByLabel("only switched").check();
  await reads(page, "1 of 3");
  await reads(table, "claude-haiku-4-5");
  await table.getByRole("row").nth(1).getByRole("button").first().click();
  await reads(page, "The story of this request");
  await reads(page, moved.id);
  await reads(page, /gpt-4o: overloaded/);
  await reads(page, "Prompts and answers are not kept.");
  assert.ok(!(await page.content()).includes("swordfish"), "no prompt in the page");
});

scene("kept prompts are shown, and a badge says that they are kept", async ({ house, open }) => {
  const lead = await house.simulator("openai", 'ok "Hello."');
  const gateway = await house.gateway(chain(lead, await house.simulator("anthropic", "ok"), null, { top: "[log]\ncontent = true\n" }));
  await complete(gateway, { content: "The password is swordfish" });
  const page = await open(gateway, "/status");
  await reads(page, "Prompts are kept: log.content is on");
  await page.getByRole("table", { name: "Requests" }).getByRole("row").nth(1).getByRole("button").first().click();
  await reads(page, "The password is swordfish");
});

scene("a target is put to rest, tested and used again, after a question and with its mark", async ({ house, open }) => {
  const lead = await house.simulator("openai", 'ok "Hello."');
  const gateway = await house.gateway(chain(lead, await house.simulator("anthropic", 'ok "Backup."')));
  const page = await open(gateway, "/status");
  await reads(page, /Live, updated/);
  const row = page.getByRole("table", { name: "Providers" }).getByRole("row").filter({ hasText: "gpt-4o" }).first();
  await row.getByRole("button").first().click();
  await button(page, "Put to rest").first().click();
  await reads(page, /Put gpt-4o to rest\?/);
  assert.equal((await getJson(gateway, "/api/status")).routes[0].targets[0].is_off, false, "nothing before a yes");
  await button(page.getByRole("dialog").or(page.getByRole("alertdialog")).or(page.getByRole("main")), "Put to rest").last().click();
  await reads(row, "Off");
  await heading(page, "Running on a backup").waitFor();
  const { headers } = await complete(gateway);
  assert.equal(headers.get("x-handover-served"), BACKUP);
  await button(page, "Test now").first().click();
  await reads(page, /A real token came after/);
  await button(page, "Use again").first().click();
  await until(page, "it is used again", async () => !(await getJson(gateway, "/api/status")).routes[0].targets[0].is_off);
  assert.equal((await complete(gateway)).headers.get("x-handover-served"), LEAD);
});

scene("each chart can be read as a table", async ({ house, open }) => {
  const lead = await house.simulator("openai", 'ok "Hello."');
  const gateway = await house.gateway(chain(lead, await house.simulator("anthropic", "ok")));
  for (let n = 0; n < 3; n += 1) await complete(gateway, { stream: n > 0 });
  const page = await open(gateway, "/status");
  await page.getByRole("img", { name: /Answers per minute/ }).waitFor();
  const switchers = button(page, "Show as table");
  await until(page, "a switch for each chart", async () => (await switchers.count()) === 3);
  await switchers.first().click();
  const table = page.getByRole("table", { name: /Answers per minute/ });
  await reads(table, "Full");
  await reads(table, "3");
});

scene("Pause holds the numbers still, and says so", async ({ house, open }) => {
  const lead = await house.simulator("openai", 'ok "Hello."');
  const gateway = await house.gateway(chain(lead, await house.simulator("anthropic", "ok")));
  const page = await open(gateway, "/status");
  await reads(page, /Live, updated/);
  await button(page, "Pause").click();
  await reads(page, "Paused");
  await complete(gateway);
  await button(page, "Go on").click();
  await reads(page, /Live, updated/);
  await reads(page, "1 of 1");
  assert.doesNotMatch(await said(page.getByRole("main")), /NaN|undefined|null/);
});
