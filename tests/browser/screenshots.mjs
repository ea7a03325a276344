/**
 * Pictures of both pages in every state: all of them into `target/screenshots`, the best into `docs/pictures`, and the
 * moving picture of a hand-over. `make screenshots` runs it. `node screenshots.mjs chat-backup` takes those only.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { launch } from "./lib/browser.mjs";
import { House, ROOT, provider, route } from "./lib/house.mjs";
import { gif, smallPng } from "./lib/pictures.mjs";
import { answer, composer, reads, transcript } from "./lib/reader.mjs";
import { RESTS_AT_ONCE, show, states } from "./lib/states.mjs";

const ALL = path.join(ROOT, "target/screenshots");
const BEST = path.join(ROOT, "docs/pictures");
const CHOSEN = ["chat-backup-light", "chat-hand-over-light", "chat-error-dark", "chat-backup-phone", "status-backup-light", "status-backup-dark"];
const PNG_LIMIT = 200_000;
const GIF_LIMIT = 1_000_000;

const LOOKS = {
  light: { viewport: { width: 1100, height: 820 }, colorScheme: "light" },
  dark: { viewport: { width: 1100, height: 820 }, colorScheme: "dark" },
  phone: { viewport: { width: 390, height: 844 }, colorScheme: "light" },
  "phone-dark": { viewport: { width: 390, height: 844 }, colorScheme: "dark" },
};

function keep(name, png) {
  writeFileSync(path.join(ALL, `${name}.png`), png);
  if (!CHOSEN.includes(name)) return;
  const small = [128, 64, 32, 16].map((colours) => smallPng(png, colours)).find((one) => one.length < PNG_LIMIT);
  if (!small) throw new Error(`${name} is larger than ${PNG_LIMIT} bytes with 16 colours`);
  const file = `${name.replace(/-light$/, "")}.png`;
  writeFileSync(path.join(BEST, file), small);
  console.log(`docs/pictures/${file}: ${small.length} bytes`);
}

/** Makes the window as high as the conversation, so that nothing of it is scrolled away. */
async function showAll(page) {
  const { width } = page.viewportSize();
  // What sticks to the window's end may need more room in a higher window.
  for (let room = 0, height = 600; height > room && height <= 1400; ) {
    room = height;
    await page.setViewportSize({ width, height: room });
    height = await page.evaluate(() => document.scrollingElement.scrollHeight);
  }
  await page.evaluate(() => scrollTo(0, 0));
}

async function picture(browser, kind, name, look) {
  const house = new House();
  try {
    const state = states[name];
    const gateway = await state.enter(house);
    const context = await browser.newContext({ ...LOOKS[look], deviceScaleFactor: 2, reducedMotion: "reduce" });
    const page = await show(kind, state, gateway, async (at) => {
      const page = await context.newPage();
      await page.goto(gateway.url + at);
      return page;
    });
    if (kind === "chat") await showAll(page);
    keep(`${kind}-${name}-${look}`, await page.screenshot({ fullPage: kind === "status" }));
    await context.close();
  } finally {
    await house.close();
  }
}

const STORY = [
  "A short trip is any journey that starts and ends within two working days.",
  "You need no approval for it, and you book second class by default.",
  "Keep every receipt above 25 euros.",
  "When you are back, write the claim within 30 days;",
  "the travel desk pays it with your next salary.",
  "If the trip gets longer on the way, call the desk before the third day begins, and they arrange the rest.",
].join(" ");
const CUT_AT = 41;

/** Words that come one at a time, each when the picture before it has been taken. */
class Cue {
  waiting = [];
  ready = [];

  give(word) {
    const taker = this.waiting.shift();
    if (taker) taker(word);
    else this.ready.push(word);
  }

  take() {
    return this.ready.length ? Promise.resolve(this.ready.shift()) : new Promise((resolve) => this.waiting.push(resolve));
  }
}

async function handOver(browser) {
  const house = new House();
  const [first, second] = [new Cue(), new Cue()];
  const play = (cue) => async (turn) => {
    turn.begin();
    for (;;) {
      const word = await cue.take();
      if (word === "cut") return turn.cut();
      if (word === "end") return turn.end();
      turn.say(word);
    }
  };
  try {
    const lead = await house.fake(play(first));
    const backup = await house.fake(play(second));
    const targets = ["openai/gpt-4o", '{ model = "mistral/mistral-small", signal = 2 }'];
    const gateway = await house.gateway(
      RESTS_AT_ONCE + provider("openai", lead) + provider("mistral", backup, 'prefill = "continue_final_message"') + route("default", targets),
    );
    const page = await browser.newPage({ viewport: { width: 800, height: 600 }, colorScheme: "light", deviceScaleFactor: 1 });
    await page.goto(gateway.url);
    await reads(page.getByRole("banner"), "Full");
    const frames = [];
    const frame = async (ms) => frames.push({ png: await page.screenshot({ caret: "hide" }), ms });

    const question = "And a longer version for the handbook.";
    await frame(600);
    for (let at = 3; at < question.length + 3; at += 3) {
      await composer(page).fill(question.slice(0, at));
      await frame(60);
    }
    await composer(page).press("Enter");
    await reads(transcript(page), "Asking gpt-4o…");
    await frame(900);
    const words = STORY.match(/\S+\s*/g);
    const speak = async (cue, from, to) => {
      for (let at = from; at < to; at += 2) {
        const now = Math.min(at + 2, to);
        cue.give(words.slice(at, now).join(""));
        // The last words so far; the very last character may still be on its way.
        await reads(answer(page), words.slice(Math.max(from, now - 6), now).join("").trim().slice(0, -1));
        await frame(90);
      }
    };
    await speak(first, 0, CUT_AT);
    await frame(300);
    first.give("cut");
    await reads(transcript(page), /asking mistral-small/i);
    await frame(900);
    second.give(words[CUT_AT]);
    await reads(answer(page), /stopped here/);
    await frame(900);
    await speak(second, CUT_AT + 1, words.length);
    second.give("end");
    await reads(answer(page), /Reduced/);
    await page.getByRole("button", { name: "Stop", exact: true }).waitFor({ state: "detached" });
    await reads(page.getByRole("banner"), "Reduced");
    await frame(4000);

    const moving = gif(frames);
    if (moving.length > GIF_LIMIT) throw new Error(`the moving picture has ${moving.length} bytes`);
    writeFileSync(path.join(BEST, "hand-over.gif"), moving);
    for (const [n, { png }] of frames.entries()) {
      if (n % 8 === 0 || n === frames.length - 1) writeFileSync(path.join(ALL, `hand-over-${String(n).padStart(3, "0")}.png`), png);
    }
    console.log(`docs/pictures/hand-over.gif: ${moving.length} bytes, ${frames.length} frames`);
  } finally {
    await house.close();
  }
}

mkdirSync(ALL, { recursive: true });
mkdirSync(BEST, { recursive: true });
const wanted = process.argv.slice(2);
const isWanted = (name) => wanted.length === 0 || wanted.some((one) => name.startsWith(one));
const browser = await launch();
try {
  for (const kind of ["chat", "status"]) {
    for (const name of Object.keys(states)) {
      for (const look of Object.keys(LOOKS)) {
        if (isWanted(`${kind}-${name}-${look}`)) await picture(browser, kind, name, look);
      }
    }
  }
  if (isWanted("hand-over")) await handOver(browser);
} finally {
  await browser.close();
}
