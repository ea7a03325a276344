/** What a person does and reads: by roles and words, never by how the page is built. */
import assert from "node:assert/strict";

/** A hundred words with Markdown in them; each occurs where it does only once, so a lost or doubled one is seen. */
export const TALE = [
  "The lighthouse keeper counted seven ships before the fog came in that evening.",
  "He lit the lamp, wound the old clockwork, and wrote their names into the ledger by hand, slowly, as his father had.",
  "When the wind turned north he knew that one of them would not reach the harbour, and so he stayed awake.",
  "At midnight a bell rang twice; nobody on the island could say from where it rang or who was ringing.",
  "By morning the sea was flat again, grey like slate, and six sails stood behind the breakwater.",
  "The seventh lay on the sandbank, upright, unharmed, her crew already drinking coffee on deck.",
].join(" ");

export const wordsOf = (text, from, to) => text.split(" ").slice(from, to).join(" ");
export const plain = (text) => text.replace(/\s+/g, " ").trim();

export const composer = (page) => page.getByRole("textbox", { name: "Message" });
export const button = (where, name, options) => where.getByRole("button", { name, ...options });

/** Every answer and question on the page, in order. */
export const transcript = (page) => page.getByRole("log");
/** Answer number `n`, counted from 1, whoever gave it. */
export const answer = (page, n = 1) => transcript(page).getByRole("article", { name: new RegExp(`^Answer ${n}(,|$)`) });
/** The sentence of an error, which is read aloud; its buttons stand beside it. */
export const alert = (page) => page.getByRole("alert");
/** A button of an error, by its exact name. */
export const way = (page, name) => button(transcript(page), name, { exact: true });

/** Writes a message and sends it. */
export async function ask(page, text) {
  await composer(page).fill(text);
  await button(page, "Send", { exact: true }).click();
}

/** Picks a model by its name, as it is listed. */
export async function choose(page, name) {
  await button(page, /^Model:/).click();
  await page.getByRole("option", { name: new RegExp(`^${name}`) }).click();
}

/** Waits until a text can be read; `text` may be a regular expression. */
export async function reads(where, text, options) {
  await where.getByText(text, options).first().waitFor();
}

/** Waits until answer `n` has ended, well or not, and gives what it says. */
export async function ended(page, n = 1) {
  const one = answer(page, n);
  await button(one, /^(Copy|Try again.*|Continue.*)$/).first().waitFor();
  await button(page, "Stop", { exact: true }).waitFor({ state: "detached" });
  return one;
}

/** What an element says, with its line breaks as spaces. */
export async function said(where) {
  return plain(await where.innerText());
}

/** Waits until `look()` gives something true; for what no locator can wait for. */
export async function until(page, what, look, limitMs = 15_000) {
  const deadline = Date.now() + limitMs;
  for (;;) {
    const seen = await look();
    if (seen) return seen;
    assert.ok(Date.now() < deadline, `waited ${limitMs} ms for: ${what}`);
    // The next frame that the page draws, or, where nothing is drawn, a moment.
    await page.evaluate(() => new Promise((next) => (requestAnimationFrame(next), setTimeout(next, 50))));
  }
}

/** A text once, whole, and with nothing between its words but what `without` matches. */
export function assertOnce(hay, needle, without = []) {
  let text = plain(hay);
  for (const seam of without) text = plain(text.replace(seam, " "));
  assert.equal(text.split(plain(needle)).length - 1, 1, `once, whole: "${needle.slice(0, 60)}…" in: ${text}`);
}

/** No sideways scroll: neither the page nor anything that would push it. */
export async function assertNoSidewaysScroll(page, when) {
  const { have, room } = await page.evaluate(() => ({
    have: document.scrollingElement.scrollWidth,
    room: document.scrollingElement.clientWidth,
  }));
  assert.ok(have <= room, `${when}: the page is ${have} px wide in ${room} px`);
}
