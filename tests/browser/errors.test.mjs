/** No answer: the reader learns who is at fault, what to do and when, and loses nothing. */
import assert from "node:assert/strict";
import { complete } from "./lib/api.mjs";
import { NEVER_RESTING, chain, provider, route } from "./lib/house.mjs";
import { alert, answer, ask, button, choose, composer, ended, reads, said, transcript, until, way } from "./lib/reader.mjs";
import { scene } from "./lib/scene.mjs";

scene("when all are down the message is kept, a countdown runs and Try again works", async ({ house, open }) => {
  let down = true;
  const failing = (fail) => (turn) => {
    if (down) return fail(turn);
    turn.say("We are back.");
    turn.end();
  };
  const limited = { type: "requests", code: "rate_limit_exceeded", headers: { "retry-after": "4" } };
  const lead = await house.fake(failing((turn) => turn.overloaded()));
  const backup = await house.fake(failing((turn) => turn.fail(429, limited)));
  const gateway = await house.gateway(chain(lead, backup, null, { top: NEVER_RESTING }));
  const page = await open(gateway);
  await ask(page, "Is anybody there?");
  await reads(alert(page), "No model could answer.");
  await reads(alert(page), /Tried .*gpt-4o.*overloaded.*claude-haiku-4-5.*rate-limited.*Your message is kept\./);
  await reads(transcript(page), "Is anybody there?");
  await reads(alert(page), /claude-haiku-4-5 rate-limited \(free in \d/);
  const seconds = async () => Number((await said(transcript(page))).match(/Trying may help in ([\d.]+) s/)?.[1] ?? 0);
  const before = await seconds();
  assert.ok(before > 0 && before <= 4, `free in ${before} s`);
  await until(page, "the countdown", async () => (await seconds()) < before);
  await way(page, "Choose a model").waitFor();
  down = false;
  await way(page, "Try again").click();
  await reads(answer(page), "We are back.");
  assert.equal(await transcript(page).getByText("Is anybody there?").count(), 1);
});

scene("a message that nobody could answer is still there after a reload", async ({ house, open }) => {
  const lead = await house.simulator("openai", "overloaded");
  const backup = await house.simulator("anthropic", "overloaded");
  const page = await open(await house.gateway(chain(lead, backup)));
  await ask(page, "A long thought that took me an hour");
  await reads(alert(page), "No model could answer.");
  await page.reload();
  await reads(transcript(page), "A long thought that took me an hour");
  await reads(page.getByRole("main"), "No model could answer.");
});

scene("only this model and it is down: nobody else is asked behind the reader's back", async ({ house, open }) => {
  const lead = await house.simulator("openai", "overloaded");
  const backup = await house.fake((turn) => {
    turn.say("The backup speaks.");
    turn.end();
  });
  const page = await open(await house.gateway(chain(lead, backup, null, { top: NEVER_RESTING })));
  await choose(page, "gpt-4o");
  await button(page, /^Model: gpt-4o/).click();
  await page.getByLabel("Only this model (no backup)").check();
  await page.keyboard.press("Escape");
  await ask(page, "Hello");
  await reads(alert(page), "gpt-4o is not available.");
  await reads(alert(page), "It is overloaded. You asked for only this model.");
  assert.equal(backup.turns.length, 0, "the backup was not asked");
  await way(page, "Try gpt-4o again").click();
  await button(page, "Stop", { exact: true }).waitFor({ state: "detached" });
  await reads(alert(page), "gpt-4o is not available.");
  assert.equal(backup.turns.length, 0, "nor at the second try");
  await way(page, "Use best available").click();
  await reads(answer(page), "The backup speaks.");
});

scene("a model that declines is not replaced, and says that it was its decision", async ({ house, open }) => {
  const lead = await house.fake((turn) =>
    turn.fail(400, { type: "invalid_request_error", code: "content_policy_violation", message: "Your request was rejected." }),
  );
  const backup = await house.fake((turn) => (turn.say("The backup speaks."), turn.end()));
  const page = await open(await house.gateway(chain(lead, backup)));
  await ask(page, "Something forbidden");
  await reads(alert(page), "gpt-4o declined to answer.");
  await reads(alert(page), "This is the model's own decision, not a failure.");
  assert.equal(backup.turns.length, 0);
  await way(page, "Edit message").click();
  await until(page, "the message back in the composer", async () => (await composer(page).inputValue()) === "Something forbidden");
});

scene("a request that the provider cannot take is explained, without raw JSON", async ({ house, open }) => {
  const lead = await house.fake((turn) =>
    turn.fail(400, { type: "invalid_request_error", message: "Invalid value for 'temperature'." }),
  );
  const page = await open(await house.gateway(chain(lead, await house.simulator("anthropic", "ok"))));
  await ask(page, "Hello");
  await reads(alert(page), "gpt-4o could not use this message.");
  await way(page, "Edit message").waitFor();
  assert.doesNotMatch(await said(alert(page)), /[{}]|invalid_request_error/);
});

scene("a conversation that is too long says so and offers a way on", async ({ house, open }) => {
  const long = (turn) => {
    if (turn.question === "Hello") return turn.say("Hello to you."), turn.end();
    return turn.fail(400, {
      type: "invalid_request_error",
      code: "context_length_exceeded",
      message: "This model's maximum context length is 8192 tokens.",
    });
  };
  const lead = await house.fake(long);
  const backup = await house.fake(long);
  const page = await open(await house.gateway(chain(lead, backup)));
  await ask(page, "Hello");
  await reads(answer(page), "Hello to you.");
  await ask(page, "word ".repeat(4000));
  await reads(alert(page), /This conversation is too long for (gpt-4o|claude-haiku-4-5)\./);
  await reads(alert(page), /It holds about \d+ pages\. Your message is kept\./);
  await way(page, "Start a new chat with this message").click();
  await until(page, "a conversation of its own", async () => !(await said(transcript(page))).includes("Hello to you."));
  await reads(transcript(page), /word word/);
});

scene("a gateway whose keys are refused says that an administrator is needed, not that the user failed", async ({ house, open }) => {
  const lead = await house.simulator("openai", "unauthorized");
  const backup = await house.simulator("anthropic", "unauthorized");
  const page = await open(await house.gateway(chain(lead, backup)));
  await ask(page, "Hello");
  await reads(alert(page), "refusing our key");
  assert.doesNotMatch(await said(alert(page)), /something|sk-simulated/i);
});

scene("a gateway without any model says what is missing", async ({ house, open }) => {
  const gateway = await house.gateway(
    "[providers.cloud]\ndialect = \"openai\"\nbase_url = \"http://127.0.0.1:9/v1\"\n" + route("default", ["cloud/gpt-4o"]),
  );
  const page = await open(gateway);
  await ask(page, "Hello");
  await reads(alert(page), "No model could answer.");
  await reads(alert(page), /not reachable/);
});

scene("an error is announced and does not take the focus away", async ({ house, open }) => {
  const lead = await house.simulator("openai", "overloaded");
  const page = await open(await house.gateway(chain(lead, await house.simulator("anthropic", "overloaded"))));
  await composer(page).fill("Hello");
  await composer(page).press("Enter");
  await reads(alert(page), "No model could answer.");
  assert.ok(await composer(page).evaluate((box) => box === document.activeElement), "the focus stays in the composer");
  await page.keyboard.press("Alt+r");
  assert.ok(await way(page, "Try again").evaluate((one) => one === document.activeElement));
});

scene("a pinned provider's model outside every route works by its name in the API as in the page", async ({ house, open }) => {
  const lead = await house.simulator("openai", 'ok "Hello."');
  const gateway = await house.gateway(provider("openai", lead) + route("default", ["openai/gpt-4o"]));
  assert.equal((await complete(gateway, { model: "openai/gpt-4o" })).status, 200);
  const page = await open(gateway);
  await choose(page, "gpt-4o");
  await ask(page, "Hello");
  await reads(await ended(page), "Hello.");
});
