/** Everybody can use the pages: with a screen reader, a keyboard, a phone, in the dark, with colours of their own. */
import assert from "node:assert/strict";
import { AxeBuilder } from "@axe-core/playwright";
import { chain } from "./lib/house.mjs";
import { answer, ask, assertNoSidewaysScroll, button, composer, ended, reads, said, transcript, until } from "./lib/reader.mjs";
import { scene } from "./lib/scene.mjs";
import { show, states } from "./lib/states.mjs";

const TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];

/** What axe finds on a page, in words. */
async function barriers(page, when) {
  const { violations } = await new AxeBuilder({ page }).withTags(TAGS).analyze();
  return violations.flatMap(({ id, help, nodes }) =>
    nodes.map((node) => `${when}: ${id}: ${help}\n${node.html}\n${node.failureSummary}`),
  );
}

for (const [name, state] of Object.entries(states)) {
  for (const kind of ["chat", "status"]) {
    scene(`the ${kind} page in the state "${name}" can be read by everybody, light, dark and on a phone`, async ({ house, open }) => {
      const gateway = await state.enter(house);
      const page = await show(kind, state, gateway, (at) => open(gateway, at));
      const found = [];
      for (const colorScheme of ["light", "dark"]) {
        await page.emulateMedia({ colorScheme });
        found.push(...(await barriers(page, colorScheme)));
      }
      await page.setViewportSize({ width: 390, height: 844 });
      await assertNoSidewaysScroll(page, `${kind}, ${name}, 390 px`);
      found.push(...(await barriers(page, "390 px")));
      assert.deepEqual(found, []);
      // 400 % zoom of a window 1280 px wide.
      await page.setViewportSize({ width: 320, height: 256 });
      await assertNoSidewaysScroll(page, `${kind}, ${name}, 320 px`);
    });
  }
}

/** On a desk and on a phone: nothing to scroll sideways; what axe finds is added to `found`. */
async function fitsAndReads(page, when, found) {
  for (const width of [1100, 390]) {
    await page.setViewportSize({ width, height: 844 });
    await assertNoSidewaysScroll(page, `${when}, ${width} px`);
    found.push(...(await barriers(page, `${when}, ${width} px`)));
  }
  await page.setViewportSize({ width: 1100, height: 844 });
}

scene("what opens on the chat page can be read by everybody, and fits a phone", async ({ house, open }) => {
  const state = states.backup;
  const gateway = await state.enter(house);
  const page = await show("chat", state, gateway, (at) => open(gateway, at));
  const found = [];
  const fits = (when) => fitsAndReads(page, when, found);
  await button(answer(page, 2), "Details").click();
  await reads(answer(page, 2), "First word");
  await fits("details");
  await page.getByRole("banner").getByRole("button").click();
  await reads(page, "In this order:");
  await fits("the signal's explanation");
  await page.keyboard.press("Escape");
  await button(page, /Auto: best available/).click();
  await page.getByRole("option").first().waitFor();
  await fits("the list of models");
  await page.keyboard.press("Escape");
  await button(page, "Conversations").click();
  await reads(page, "Kept in this browser only, the last 50.");
  await fits("the conversations");
  await page.keyboard.press("Escape");
  await answer(page, 2).getByText("Try again").click();
  await reads(page, "The same choice");
  await fits("the ways to try again");
  assert.deepEqual(found, []);
});

scene("what opens on the status page can be read by everybody, and fits a phone", async ({ house, open }) => {
  const gateway = await states.backup.enter(house);
  const page = await show("status", states.backup, gateway, (at) => open(gateway, at));
  const found = [];
  const fits = (when) => fitsAndReads(page, when, found);
  await page.getByRole("table", { name: "Providers" }).getByRole("row").nth(1).getByRole("button").first().click();
  await reads(page, "Settings in force");
  await fits("a target");
  await page.getByRole("table", { name: "Requests" }).getByRole("row").nth(1).getByRole("button").first().click();
  await reads(page, "The story of this request");
  await fits("a story");
  await page.keyboard.press("Escape");
  const switches = page.getByRole("group").getByRole("button", { name: "Show as table", pressed: false });
  while ((await switches.count()) > 0) await switches.first().click();
  await page.getByRole("table", { name: "Answers per minute" }).waitFor();
  await fits("the charts as tables");
  assert.deepEqual(found, []);
});

/** Presses Tab until `wanted` has the focus, as somebody without a mouse does. */
async function tabTo(page, wanted, what, key = "Tab") {
  for (let presses = 0; presses < 80; presses += 1) {
    if (await wanted.first().evaluate((one) => one === document.activeElement, undefined, { timeout: 1000 }).catch(() => false)) return;
    await page.keyboard.press(key);
  }
  const focused = await page.evaluate(() => document.activeElement?.outerHTML.slice(0, 200));
  assert.fail(`80 presses of ${key} do not reach ${what}; the focus is on ${focused}`);
}

scene("everything can be done without a mouse", async ({ house, open }) => {
  const lead = await house.fake(async (turn) => {
    if (turn.question.includes("slowly")) {
      turn.say("One, two, ");
      return turn.left;
    }
    turn.say(`An answer to: ${turn.question}`);
    return turn.end();
  });
  const backup = await house.simulator("anthropic", 'ok "The backup speaks."');
  const page = await open(await house.gateway(chain(lead, backup)));
  const keys = page.keyboard;

  await tabTo(page, composer(page), "the message box");
  await keys.type("First question");
  await keys.press("Enter");
  await reads(await ended(page), "An answer to: First question");
  assert.ok(await composer(page).evaluate((one) => one === document.activeElement), "the focus stays where it was");

  await keys.press("Control+k");
  await page.getByRole("option", { name: /^claude-haiku-4-5/ }).waitFor();
  await keys.type("claude");
  await keys.press("Enter");
  await button(page, /claude-haiku-4-5/).first().waitFor();
  await keys.press("Escape");
  await tabTo(page, composer(page), "the message box again");
  await keys.type("Second question");
  await keys.press("Enter");
  await reads(await ended(page, 2), "The backup speaks.");

  await tabTo(page, answer(page, 2), "the second answer", "Shift+Tab");
  await keys.press("ArrowUp");
  assert.ok(await answer(page, 1).evaluate((one) => one === document.activeElement), "arrows go from answer to answer");
  await keys.press("d");
  await reads(answer(page, 1), "Tokens out");
  await keys.press("r");
  await reads(answer(page, 1), /Answer 2 of 2|2\s*\/\s*2/);
  await ended(page, 1);

  await keys.press("Control+k");
  await keys.type("auto");
  await keys.press("Enter");
  await keys.press("Escape");
  await tabTo(page, composer(page), "the message box for a slow answer");
  await keys.type("Count slowly");
  await keys.press("Enter");
  await reads(transcript(page), "One, two,");
  await keys.press("Escape");
  await reads(transcript(page), "Stopped by you.");

  await tabTo(page, page.getByRole("banner").getByRole("link", { name: "Status" }), "the link to the status page", "Shift+Tab");
  await keys.press("Enter");
  await page.getByRole("heading", { level: 1, name: "Everything on the lead model" }).waitFor();
  const stories = page.getByRole("table", { name: "Requests" }).getByRole("row").nth(1).getByRole("button");
  await stories.first().waitFor();
  await tabTo(page, stories, "a request");
  await keys.press("Enter");
  await reads(page, "The story of this request");
  await keys.press("Escape");
  await page.getByText("The story of this request").waitFor({ state: "hidden" });
});

scene("a screen reader hears the boundaries of an answer, not each word", async ({ house, open }) => {
  const lead = await house.simulator("openai", "overloaded");
  const backup = await house.simulator("anthropic", 'ok "One two three four five six." every=30ms');
  const record = () => {
    window.__heard = [];
    const hear = () => {
      const said = [...document.querySelectorAll("[role=status], [aria-live=polite]")].map((one) => one.textContent).join(" ").trim();
      if (said && said !== window.__heard.at(-1)) window.__heard.push(said);
    };
    new MutationObserver(hear).observe(document, { subtree: true, childList: true, characterData: true });
  };
  const page = await open(await house.gateway(chain(lead, backup)), "/", { init: record });
  assert.equal(await transcript(page).getAttribute("aria-live"), "off");
  await ask(page, "Hello");
  await ended(page);
  await until(page, "the end announced", () => page.evaluate(() => window.__heard.some((said) => said.includes("Answer complete, 6 words, signal"))));
  const heard = await page.evaluate(() => window.__heard);
  assert.ok(heard.some((said) => said.includes("Switched to claude-haiku-4-5, gpt-4o was overloaded")), heard.join("\n"));
  assert.ok(heard.length <= 6, `announced too often:\n${heard.join("\n")}`);
});

scene("the signal is seen in forced colours, and nothing moves where motion is unwanted", async ({ house, open }) => {
  const gateway = await states.backup.enter(house);
  const page = await show("chat", states.backup, gateway, (at) =>
    open(gateway, at, { forcedColors: "active", reducedMotion: "reduce" }),
  );
  const bars = await answer(page, 2).locator("svg").first().evaluate((svg) => {
    const fills = [...svg.querySelectorAll("rect")].map((bar) => getComputedStyle(bar).fill);
    return { fills, ground: getComputedStyle(document.body).backgroundColor };
  });
  assert.equal(new Set(bars.fills).size, 2, `filled and empty bars differ: ${bars.fills}`);
  assert.ok(!bars.fills.slice(0, 2).includes(bars.ground), "filled bars stand out from the ground");
  await reads(answer(page, 2), "Reduced");
  assert.equal(await page.evaluate(() => document.getAnimations().length), 0);
  await page.goto(`${gateway.url}/status`);
  await reads(page, /Live, updated/);
  assert.equal(await page.evaluate(() => document.getAnimations().length), 0);
  assert.doesNotMatch(await said(page.getByRole("main")), /undefined|NaN/);
});
