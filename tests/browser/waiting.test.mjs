/** Waiting: the reader always knows who is being asked, and since when. */
import assert from "node:assert/strict";
import { chain } from "./lib/house.mjs";
import { gate } from "./lib/provider.mjs";
import { answer, ask, button, ended, reads, transcript } from "./lib/reader.mjs";
import { scene } from "./lib/scene.mjs";

/** In the page: everything that the transcript has said, and since when. */
function record() {
  const seen = (window.__seen = []);
  const look = () => {
    const said = document.querySelector("[role=log]")?.innerText ?? "";
    if (seen.at(-1)?.said !== said) seen.push({ said, at: performance.now() });
    requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
}

scene("a lead that hangs is named, timed and replaced before anybody wonders", async ({ house, open }) => {
  const first = gate();
  const lead = await house.fake(() => undefined);
  const backup = await house.fake(async (turn) => {
    turn.begin();
    await first.opened;
    turn.say("Here is the answer.");
    turn.end();
  });
  const gateway = await house.gateway(chain(lead, backup, null, { lead_more: 'timeouts = { first_token = "7s" }' }));
  const page = await open(gateway, "/", { init: record });
  await ask(page, "Hello");
  await reads(transcript(page), "Asking gpt-4o…", { exact: true });
  await reads(transcript(page), /Asking gpt-4o… [56] s/);
  await reads(transcript(page), "gpt-4o is too slow. Asking claude-haiku-4-5…");
  first.open();
  await reads(await ended(page), "Here is the answer.");
  await reads(answer(page), /gpt-4o was too slow, so claude-haiku-4-5 answered\. Added [78]\.\d s\./);

  const seen = await page.evaluate(() => window.__seen);
  const from = seen.find((moment) => moment.said.includes("Hello")).at;
  const to = seen.find((moment) => moment.said.includes("Here is the answer.")).at;
  const silent = seen
    .map((moment, n) => ({ ...moment, until: seen[n + 1]?.at ?? moment.at }))
    .filter((moment) => moment.at >= from && moment.at < to && !/gpt-4o|claude/.test(moment.said));
  const alone = silent.reduce((sum, moment) => sum + moment.until - moment.at, 0);
  assert.ok(alone < 5000, `the page said nobody's name for ${alone} ms`);
  assert.ok(to - from > 7000, "the lead had its time");
});

scene("Stop ends an answer at the provider too, and keeps what was written", async ({ house, open }) => {
  const left = gate();
  const lead = await house.fake(async (turn) => {
    turn.say("One ship, two ships, ");
    await turn.left;
    left.open();
  });
  const gateway = await house.gateway(chain(lead, await house.simulator("anthropic", "ok")));
  const page = await open(gateway);
  await ask(page, "Count");
  await reads(answer(page), "One ship, two ships,");
  // So soon after Send a click is taken for the second half of a double click; a reader is slower.
  await page.waitForFunction((from) => performance.now() > from + 500, await page.evaluate(() => performance.now()));
  await button(page, "Stop", { exact: true }).click();
  await reads(answer(page), "Stopped by you.");
  await reads(answer(page), "One ship, two ships,");
  await left.opened;
  await button(page, "Send", { exact: true }).waitFor();
});

scene("an answer that nobody wants any more can be stopped before its first word", async ({ house, open }) => {
  const lead = await house.fake(() => undefined);
  const gateway = await house.gateway(chain(lead, await house.simulator("anthropic", "ok")));
  const page = await open(gateway);
  await ask(page, "Hello");
  await reads(transcript(page), "Asking gpt-4o…");
  await page.keyboard.press("Escape");
  await reads(transcript(page), "Stopped by you.");
});
