/** Whatever a model writes: nothing executes, nothing leaves the host, and the page stays usable. */
import assert from "node:assert/strict";
import { attacks } from "./lib/attacks.mjs";
import { chain } from "./lib/house.mjs";
import { answer, ask, assertNoSidewaysScroll, button, ended, reads } from "./lib/reader.mjs";
import { scene } from "./lib/scene.mjs";

const DONE = "This is the end of it.";

/** The page after all that, asked as a person would: is anything there that was never put there? */
function look() {
  const forbidden = "script:not([src^='/assets/']), img, iframe, object, embed, form[action], base, meta[http-equiv], video, audio, link:not([rel=icon]):not([rel=stylesheet])";
  const log = document.querySelector("[role=log]");
  const links = [...log.querySelectorAll("a[href]")].map((link) => link.protocol);
  const handlers = [...log.querySelectorAll("*")].filter((one) => one.getAttributeNames().some((name) => name.startsWith("on") || name === "style"));
  return {
    executed: window.__pwned ?? null,
    built: [...document.querySelectorAll(forbidden)].map((one) => one.outerHTML.slice(0, 120)),
    protocols: [...new Set(links)].filter((protocol) => !["http:", "https:", "mailto:"].includes(protocol)),
    handlers: handlers.map((one) => one.outerHTML.slice(0, 120)),
    at: location.pathname,
  };
}

const CLEAN = { executed: null, built: [], protocols: [], handlers: [], at: "/" };

for (const [how, speak] of [
  ["at once", (turn, text) => turn.say(text)],
  ["character by character", (turn, text) => turn.pieces(text, text.length > 5000 ? 97 : 3)],
]) {
  scene(`no attack in an answer that comes ${how} executes or leaves the host`, async ({ house, open }) => {
    const lead = await house.fake(async (turn) => {
      await speak(turn, attacks[turn.question]);
      turn.say(`\n\n${DONE}`);
      turn.end();
    });
    const gateway = await house.gateway(chain(lead, await house.simulator("anthropic", "ok")));
    const page = await open(gateway, "/", { viewport: { width: 390, height: 800 } });
    for (const [n, name] of Object.keys(attacks).entries()) {
      await ask(page, name);
      const one = await ended(page, n + 1);
      assert.deepEqual(await page.evaluate(look), CLEAN, name);
      await assertNoSidewaysScroll(page, name);
      assert.ok((await one.innerText()).length > 10, name);
    }
    // Still usable: it can be asked, and tells the truth about who answers.
    await reads(answer(page, Object.keys(attacks).length), /Full/);
    await page.reload();
    await reads(answer(page, Object.keys(attacks).length), DONE);
    assert.deepEqual(await page.evaluate(look), CLEAN, "after a reload");
    assert.equal(lead.turns.length, Object.keys(attacks).length);
  }, { limitMs: 180_000 });
}

scene("what a user writes is shown as written, not as Markdown or HTML", async ({ house, open }) => {
  const lead = await house.simulator("openai", "echo");
  const page = await open(await house.gateway(chain(lead, await house.simulator("anthropic", "ok"))));
  const text = '<img src=x onerror="window.__pwned=1"> **not bold** ![x](http://attacker.test/x.png)';
  await ask(page, text);
  await ended(page);
  await reads(page.getByRole("log"), text, { exact: true });
  assert.deepEqual(await page.evaluate(look), CLEAN);
});

scene("names of models and messages of errors are text too", async ({ house, open }) => {
  const evil = "<img src=x onerror=window.__pwned=1>";
  const lead = await house.fake((turn) => turn.fail(400, { type: "invalid_request_error", message: evil }));
  const gateway = await house.gateway(chain(lead, await house.simulator("anthropic", "ok")));
  const page = await open(gateway);
  await ask(page, evil);
  await page.getByRole("alert").waitFor();
  assert.deepEqual(await page.evaluate(look), CLEAN);
  await page.goto(`${gateway.url}/status`);
  await button(page, "Pause").waitFor();
  assert.equal(await page.evaluate(() => window.__pwned ?? null), null);
});
