/** A browser and a gateway on a bad day: each trouble has a sentence, and nothing that was written is lost. */
import assert from "node:assert/strict";
import { NEVER_RESTING, chain, provider, route } from "./lib/house.mjs";
import { gate } from "./lib/provider.mjs";
import { TALE, alert, answer, ask, assertNoSidewaysScroll, assertOnce, button, choose, composer, ended, reads, said, transcript, until, way } from "./lib/reader.mjs";
import { scene } from "./lib/scene.mjs";

const simple = async (house, config = {}) =>
  house.gateway(chain(await house.simulator("openai", `ok "${TALE}"`), await house.simulator("anthropic", "ok"), null, config));

/** In the page: fills its storage to the last byte, or makes it throw at every touch. */
const full = () => {
  if (!location.protocol.startsWith("http")) return;
  for (let size = 4 << 20, n = 0; size >= 1; n += 1) {
    try {
      localStorage.setItem(`of somebody else ${n}`, "x".repeat(size));
    } catch {
      size >>= 1;
    }
  }
};
const blocked = () => {
  for (const name of ["localStorage", "sessionStorage", "indexedDB"]) {
    Object.defineProperty(window, name, {
      get() {
        throw new DOMException("Access is denied for this document.", "SecurityError");
      },
    });
  }
};

for (const [what, init, sentence] of [
  ["full", full, /storage is full/],
  ["blocked", blocked, /storage is blocked/],
]) {
  scene(`a storage that is ${what} costs no conversation as long as the page is open`, async ({ house, open }) => {
    const page = await open(await simple(house), "/", { init });
    await ask(page, "Tell me a story");
    assertOnce(await said(await ended(page)), TALE);
    await reads(page, "This browser cannot keep the conversation.");
    await reads(page, sentence);
    await ask(page, "Another one");
    assertOnce(await said(await ended(page, 2)), TALE);
    await reads(transcript(page), "Tell me a story");
    await button(page, "Export as Markdown").first().waitFor();
  });
}

scene("a storage that fills up in the middle of a conversation loses nothing of it", async ({ house, open }) => {
  const page = await open(await simple(house));
  await ask(page, "Tell me a story");
  await ended(page);
  await page.evaluate(full);
  await ask(page, "Another one");
  assertOnce(await said(await ended(page, 2)), TALE);
  await reads(page, "This browser cannot keep the conversation.");
  await reads(transcript(page), "Tell me a story");
});

scene("a gateway that is gone when a message is sent gets it when it is back", async ({ house, open }) => {
  const lead = await house.simulator("openai", `ok "${TALE}"`);
  const config = chain(lead, await house.simulator("anthropic", "ok"));
  const gateway = await house.gateway(config);
  const page = await open(gateway);
  await reads(page.getByRole("banner"), "Full");
  await gateway.stop();
  await ask(page, "Tell me a story");
  await reads(page, "The gateway itself does not answer.");
  await reads(page, "Your message is kept and will be sent as soon as that is over.");
  await reads(page, /Trying again in \d+ s/);
  await button(page, "Send now").waitFor();
  await house.gateway(config, { port: gateway.port });
  await button(page, "Send now").click({ timeout: 5000 }).catch(() => undefined);
  assertOnce(await said(await ended(page)), TALE);
  assert.equal(await transcript(page).getByText("Tell me a story").count(), 1);
});

scene("a gateway that restarts in mid-answer leaves the text and a way on", async ({ house, open }) => {
  const lead = await house.fake(async (turn) => {
    if (turn.number > 0) return turn.say(TALE), turn.end();
    turn.say("The first seven words of an answer are");
    await turn.left;
  });
  const config = chain(lead, await house.simulator("anthropic", "ok"));
  const gateway = await house.gateway(config);
  const page = await open(gateway);
  await ask(page, "Tell me a story");
  await reads(answer(page), "The first seven words of an answer");
  await gateway.stop("SIGKILL");
  await house.gateway(config, { port: gateway.port });
  await reads(alert(page), "The connection to this answer was lost.");
  await reads(answer(page), "The first seven words of an answer are");
  await way(page, "Try again").click();
  await reads(answer(page), TALE.slice(-40));
  await button(answer(page), "Earlier answer").click();
  await reads(answer(page), "The first seven words of an answer are");
});

scene("a browser without network says that it is offline, and sends when it is back", async ({ house, open }) => {
  const page = await open(await simple(house));
  await reads(page.getByRole("banner"), "Full");
  await page.context().setOffline(true);
  await ask(page, "Tell me a story");
  await reads(page, /You are offline\.|The gateway itself does not answer\./);
  await reads(page, /Your message is kept/);
  await page.context().setOffline(false);
  assertOnce(await said(await ended(page)), TALE);
});

scene("two tabs neither lose nor mix what is written in them", async ({ house, open }) => {
  const gateway = await house.gateway(
    chain(await house.simulator("openai", "echo"), await house.simulator("anthropic", "ok")),
  );
  const one = await open(gateway);
  await ask(one, "From the first tab");
  await ended(one);
  const two = await open(gateway, "/", { context: one.context() });
  await button(two, "Conversations").click();
  await button(two.getByRole("dialog"), /From the first tab/).first().click();
  await reads(transcript(two), "From the first tab");
  await ask(two, "From the second tab");
  await ended(two, 2);
  await ask(one, "Again from the first tab");
  await until(one, "all three messages in the first tab, or in its conversations", async () => {
    const words = await said(transcript(one));
    return ["From the first tab", "Again from the first tab"].every((text) => words.includes(text));
  });
  await ended(one, (await transcript(one).getByRole("article").count()));
  await one.reload();
  const kept = await everything(one);
  for (const text of ["From the first tab", "From the second tab", "Again from the first tab"]) {
    assert.ok(kept.includes(text), `"${text}" is lost; kept: ${kept}`);
  }
});

scene("two tabs that answer at the same time keep both answers", async ({ house, open }) => {
  const go = gate();
  const lead = await house.fake(async (turn) => {
    turn.say(`Words for: ${turn.question}. `);
    await go.opened;
    turn.say(`The end of ${turn.question}.`);
    turn.end();
  });
  const gateway = await house.gateway(chain(lead, await house.simulator("anthropic", "ok")));
  const one = await open(gateway);
  const two = await open(gateway, "/", { context: one.context() });
  await ask(one, "alpha");
  await ask(two, "omega");
  await reads(transcript(one), "Words for: alpha.");
  await reads(transcript(two), "Words for: omega.");
  go.open();
  await reads(transcript(one), "The end of alpha.");
  await reads(transcript(two), "The end of omega.");
  await button(one, "Stop", { exact: true }).waitFor({ state: "detached" });
  await button(two, "Stop", { exact: true }).waitFor({ state: "detached" });
  await one.reload();
  const kept = await everything(one);
  for (const text of ["alpha", "The end of alpha.", "omega", "The end of omega."]) {
    assert.ok(kept.includes(text), `"${text}" is lost; kept: ${kept}`);
  }
});

/** All that this browser keeps, whichever conversation it is in. */
async function everything(page) {
  await transcript(page).waitFor();
  return page.evaluate(() => JSON.stringify({ ...localStorage }) + document.body.innerText);
}

for (const days of [1, -1]) {
  scene(`a clock that is a day ${days > 0 ? "ahead" : "behind"} changes no age and no answer`, async ({ house, open }) => {
    const skew = `(() => { const now = Date.now, Real = Date, by = ${days} * 86400000;
      window.Date = class extends Real { constructor(...a) { a.length ? super(...a) : super(now() + by); } static now() { return now() + by; } }; })()`;
    const gateway = await simple(house);
    const page = await open(gateway, "/", { init: { content: skew } });
    await ask(page, "Tell me a story");
    const words = await said(await ended(page));
    assertOnce(words, TALE);
    assert.match(words, /Full gpt-4o · openai \d+(\.\d+)? m?s/);
    await page.goto(`${gateway.url}/status`);
    await reads(page, /Live, updated \d+ (ms|s) ago/);
    const status = await said(page.getByRole("main"));
    assert.doesNotMatch(status, /-\d+ ?(s|min|h|days)|\d\d+ h|1 day|2 days|in the future|NaN/, "no age of a day in a gateway that has just begun");
  });
}

scene("a message of a megabyte is taken, sent, and its size told", async ({ house, open }) => {
  const lead = await house.fake((turn) => {
    turn.say(`I have read ${turn.question.length} characters.`);
    turn.end();
  });
  const page = await open(await house.gateway(chain(lead, await house.simulator("anthropic", "ok"))));
  const text = "0123456789abcde ".repeat(65_536);
  assert.equal(text.length, 1_048_576);
  await composer(page).fill(text);
  await reads(page, /This message is long \(1\.0 MB|This message is long \(1 MB|This message is long \(1,?0\d\d KB/);
  await composer(page).press("Enter");
  await reads(await ended(page), /I have read 104857[56] characters\./);
  await assertNoSidewaysScroll(page, "with a megabyte on the page");
});

scene("a message that the gateway refuses for its size is kept, with the reason", async ({ house, open }) => {
  const page = await open(await simple(house, { top: '[limits]\nmax_body = "64KiB"\n' }));
  await ask(page, "word ".repeat(20_000));
  await alert(page).waitFor();
  assert.doesNotMatch(await said(alert(page)), /[{}]|undefined/);
  await way(page, "Edit message").click();
  await until(page, "the message back", async () => (await composer(page).inputValue()).length >= 99_999);
});

scene("a list of 500 models is found by typing, and does not slow the page down", async ({ house, open }) => {
  const lead = await house.simulator("openai", 'ok "Hello."');
  const models = Array.from({ length: 500 }, (_, n) => `local/model-${String(n).padStart(3, "0")}`);
  const routes = Array.from({ length: 10 }, (_, n) => route(n ? `team-${n}` : "default", models.slice(n * 50, n * 50 + 50)));
  const gateway = await house.gateway(provider("local", lead) + routes.join(""));
  const page = await open(gateway);
  await button(page, /Auto: best available/).click();
  await page.keyboard.type("model-437");
  await page.getByRole("option", { name: /model-437/ }).waitFor();
  await page.keyboard.press("Enter");
  await button(page, /model-437/).first().waitFor();
  await page.keyboard.press("Escape");
  await ask(page, "Hello");
  assert.match(await said(await ended(page)), /model-437 · local/);
  await page.goto(`${gateway.url}/status`);
  await reads(page, /Live, updated/);
  await reads(page, "and 42 more");
  await page.getByRole("combobox", { name: "Target" }).selectOption("local/model-499");
});

scene("a conversation whose model no longer exists goes on with another, and says so", async ({ house, open }) => {
  const lead = await house.simulator("openai", 'ok "Hello."');
  const backup = await house.simulator("anthropic", 'ok "Good day."');
  const gateway = await house.gateway(chain(lead, backup));
  const page = await open(gateway);
  await choose(page, "claude-haiku-4-5");
  await ask(page, "Hello");
  await reads(await ended(page), "Good day.");
  await gateway.stop();
  await house.gateway(provider("openai", lead) + route("default", ["openai/gpt-4o"]), { port: gateway.port });
  await page.reload();
  await reads(page, "claude-haiku-4-5 is no longer offered here. Auto is used instead.");
  await reads(transcript(page), "Good day.");
  await ask(page, "And now?");
  assert.match(await said(await ended(page, 2)), /Full gpt-4o/);
});

scene("a draft survives a reload, and another conversation", async ({ house, open }) => {
  const page = await open(await simple(house));
  await composer(page).fill("Half a thought");
  await page.reload();
  await until(page, "the draft", async () => (await composer(page).inputValue()) === "Half a thought");
});

scene("a broken record in the browser's storage does not keep the page from opening", async ({ house, open }) => {
  const page = await open(await simple(house, { top: NEVER_RESTING }));
  await ask(page, "Tell me a story");
  await ended(page);
  await page.evaluate(() => {
    for (const name of Object.keys(localStorage)) localStorage.setItem(name, '{"half');
  });
  await page.reload();
  await composer(page).waitFor();
  await ask(page, "Still here?");
  assertOnce(await said(await ended(page)), TALE);
});
