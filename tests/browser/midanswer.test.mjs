/** An answer breaks in its middle: no word is lost, none is said twice, and the seam is seen. */
import assert from "node:assert/strict";
import { complete, dataOf, getJson } from "./lib/api.mjs";
import { chain } from "./lib/house.mjs";
import { gate } from "./lib/provider.mjs";
import { TALE, alert, answer, ask, assertOnce, button, ended, plain, reads, said, wordsOf } from "./lib/reader.mjs";
import { scene } from "./lib/scene.mjs";

const SEAM = "gpt-4o stopped here · claude-haiku-4-5 continued";
const WHOLE = `ok "${TALE}" every=2ms`;
const HALF = wordsOf(TALE, 0, 50);

scene("an answer cut at word 50 goes on with its seam shown and no word lost or doubled", async ({ house, open }) => {
  const lead = await house.simulator("openai", `${WHOLE} cut@50`);
  const backup = await house.simulator("anthropic", WHOLE);
  const gateway = await house.gateway(chain(lead, backup));
  const page = await open(gateway);
  await ask(page, "Tell me a story");
  const one = await ended(page);
  const words = await said(one);
  assertOnce(words, TALE, [SEAM]);
  assert.equal(words.split(SEAM).length - 1, 1, words);
  assert.ok(words.indexOf(SEAM) > words.indexOf(wordsOf(TALE, 44, 50)), `the seam is where the lead stopped: ${words}`);
  assert.match(words, /Reduced gpt-4o → claude-haiku-4-5/);
  assert.equal(await alert(page).count(), 0);

  const { text } = await complete(gateway, { stream: true });
  const comments = [...text.matchAll(/^: handover (\{.*)$/gm)].map((match) => JSON.parse(match[1]));
  const told = comments.find((comment) => comment.event === "hand_over");
  assert.deepEqual([told.from, told.to, told.how], ["openai/gpt-4o", "anthropic/claude-haiku-4-5", "prefill"]);
  const spoken = dataOf(text).map((chunk) => chunk.choices?.[0]?.delta?.content ?? "").join("");
  assert.equal(spoken, TALE);
});

scene("under the policy stop a cut answer keeps its text and offers to go on", async ({ house, open }) => {
  const lead = await house.simulator("openai", `${WHOLE} cut@50 then ${WHOLE}`);
  const backup = await house.simulator("anthropic", WHOLE);
  const gateway = await house.gateway(chain(lead, backup, null, { more: 'mid_stream = "stop"' }));
  const page = await open(gateway);
  await ask(page, "Tell me a story");
  await reads(alert(page), "The answer was cut off.");
  await reads(alert(page), "gpt-4o stopped sending and no other model went on. The text above is kept.");
  assertOnce(await said(answer(page)), HALF);
  assert.doesNotMatch(await said(answer(page)), /Answer complete/);
  await page.reload();
  assertOnce(await said(await ended(page)), HALF);

  await button(page, "Continue the answer").click();
  await button(page, "Continue the answer").waitFor({ state: "detached" });
  await reads(await ended(page), wordsOf(TALE, -8));
  assertOnce(await said(page.getByRole("log")), HALF);
});

scene("Start over gives a new answer and keeps the broken one beside it", async ({ house, open }) => {
  const lead = await house.simulator("openai", `${WHOLE} cut@50 then ${WHOLE}`);
  const backup = await house.simulator("anthropic", WHOLE);
  const gateway = await house.gateway(chain(lead, backup, null, { more: 'mid_stream = "stop"' }));
  const page = await open(gateway);
  await ask(page, "Tell me a story");
  await reads(alert(page), "The answer was cut off.");
  await button(page, "Start over").click();
  await reads(answer(page), wordsOf(TALE, -8));
  assertOnce(await said(await ended(page)), TALE);
  await button(answer(page), "Earlier answer").click();
  await reads(answer(page), "The answer was cut off.");
  const words = await said(answer(page));
  assertOnce(words, HALF);
  assert.ok(!words.includes(wordsOf(TALE, -8)), "nothing is glued to the broken answer");
});

scene("a reload in mid-answer goes on where it was and asks nobody twice", async ({ house, open }) => {
  const rest = gate();
  const lead = await house.fake(async (turn) => {
    await turn.words(HALF);
    await rest.opened;
    await turn.words(TALE.slice(HALF.length));
    turn.end();
  });
  const gateway = await house.gateway(chain(lead, await house.simulator("anthropic", "ok")));
  const page = await open(gateway);
  await ask(page, "Tell me a story");
  await reads(answer(page), wordsOf(HALF, -7, -1));
  await page.reload();
  await reads(answer(page), wordsOf(HALF, -7, -1));
  await button(page, "Stop", { exact: true }).waitFor();
  rest.open();
  await reads(answer(page), wordsOf(TALE, -8));
  assertOnce(await said(await ended(page)), TALE);
  assert.equal(lead.turns.length, 1);
  assert.equal((await getJson(gateway, "/api/requests")).requests.length, 1);
});

scene("an answer that ended while its page was gone is there when the page is back", async ({ house, open }) => {
  const rest = gate();
  const lead = await house.fake(async (turn) => {
    await turn.words(HALF);
    await rest.opened;
    await turn.words(TALE.slice(HALF.length));
    turn.end();
  });
  const gateway = await house.gateway(chain(lead, await house.simulator("anthropic", "ok")));
  const page = await open(gateway);
  await ask(page, "Tell me a story");
  await reads(answer(page), wordsOf(HALF, -7, -1));
  await page.goto("about:blank");
  rest.open();
  await lead.turns[0].left;
  await page.goto(gateway.url);
  await reads(answer(page), wordsOf(TALE, -8));
  assertOnce(await said(await ended(page)), TALE);
});

for (const [what, late] of [
  ["a connection that breaks", (turn) => turn.cut()],
  ["an error event", (turn) => turn.response.end('data: {"error":{"message":"late","type":"server_error"}}\n\n')],
]) {
  scene(`${what} behind the last word does not make a good answer a bad one`, async ({ house, open }) => {
    const shown = gate();
    const lead = await house.fake(async (turn) => {
      await turn.words(HALF);
      turn.final();
      // Once the page shows the words, nothing can be said to have come together.
      await shown.opened;
      late(turn);
    });
    const gateway = await house.gateway(chain(lead, await house.simulator("anthropic", 'ok "Glued text."')));
    const page = await open(gateway);
    await ask(page, "Tell me a story");
    await reads(answer(page), HALF.split(" ", 3).join(" "));
    shown.open();
    const words = await said(await ended(page));
    assertOnce(words, HALF);
    assert.match(words, /Full gpt-4o · openai/);
    assert.equal(await alert(page).count(), 0);
    assert.ok(!plain(words).includes("Glued"), words);
  });
}
