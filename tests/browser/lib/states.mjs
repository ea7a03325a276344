/**
 * The five states in which each page is looked at: by axe, at 390 px, in dark, and by people (`make screenshots`).
 *
 * `enter(house)` gives a gateway; `chat(page)` and `status(page)` bring a page into the state and wait until it shows.
 */
import { complete } from "./api.mjs";
import { chain } from "./house.mjs";
import { ask, composer, ended, reads } from "./reader.mjs";

const QUESTION = "Summarise our travel policy for trips under two days.";
const POLICY = [
  "Trips under two days need **no prior approval**.",
  "",
  "- Keep every receipt above 25 euros.",
  "- Book second class.",
  "- Claim within 30 days, in the travel form.",
].join("\n");
const SECOND = "Turn that into an e-mail to the sales team.";
const MAIL = [
  "**Subject: Short trips, short rules**",
  "",
  "Hi all,",
  "",
  "For trips under two days you no longer need approval in advance. Please book second class, keep every receipt above " +
    "25 euros, and send your claim within 30 days of coming home. The travel form has one page now, so that should take " +
    "you five minutes at most.",
  "",
  "Questions? Write to the travel desk. Have a good trip!",
].join("\n");

// A script's text is in JSON quotes, so line breaks survive; the pace is that of a fast model.
const says = (text, more = "") => `ok ${JSON.stringify(text)} first=40ms every=1ms ${more}`;
const WELL = says(POLICY);
/** A target rests from its first failure on, and for longer than anybody looks at it. */
export const RESTS_AT_ONCE = '[breaker]\nfailures = 1\nbackoff = "90s"\nmax_backoff = "90s"\n';

async function houseOf(house, lead, backup, last, more = {}) {
  const [first, second, third] = [
    await house.simulator("openai", lead),
    await house.simulator("anthropic", backup),
    await house.simulator("cohere", last),
  ];
  return house.gateway(chain(first, second, third, more));
}

/** Some traffic for the status page, which would else have nothing to show. */
async function traffic(gateway, requests) {
  for (let n = 0; n < requests; n += 1) await complete(gateway, { stream: true, content: SECOND });
}

async function talk(page, wait) {
  await composer(page).waitFor();
  await ask(page, QUESTION);
  await ended(page, 1);
  await ask(page, SECOND);
  await wait(page);
}

const settled = (page) => reads(page, /Live, updated/);

export const states = {
  normal: {
    enter: (house) => houseOf(house, `${WELL} then ${says(MAIL)}`, WELL, WELL),
    chat: (page) => talk(page, (page) => ended(page, 2)),
    traffic: 6,
    headline: "Everything on the lead model",
  },
  backup: {
    enter: (house) => houseOf(house, `${WELL} then 529`, says(MAIL), WELL, { top: RESTS_AT_ONCE }),
    chat: (page) =>
      talk(page, async (page) => {
        await reads(await ended(page, 2), "Answered by a backup.");
        await reads(page.getByRole("banner"), "Reduced");
      }),
    traffic: 8,
    headline: "Running on a backup",
  },
  "hand-over": {
    enter: (house) => houseOf(house, `${WELL} then ${says(MAIL, "cut@30")} then ${says(MAIL)}`, says(MAIL), WELL),
    chat: (page) => talk(page, async (page) => reads(await ended(page, 2), /stopped here/)),
    traffic: 3,
    headline: /Everything on the lead model|Running on a backup/,
  },
  error: {
    enter: (house) =>
      houseOf(house, `${WELL} then ${says(MAIL, "cut@30")} then ${says(MAIL)}`, WELL, WELL, { more: 'mid_stream = "stop"' }),
    chat: (page) => talk(page, (page) => reads(page, "The answer was cut off.")),
    traffic: 3,
    headline: "Everything on the lead model",
  },
  "no-signal": {
    enter: (house) =>
      houseOf(house, `${WELL} then overloaded`, "rate_limited retry_after=20", "503", { top: RESTS_AT_ONCE }),
    chat: (page) =>
      talk(page, async (page) => {
        await reads(page, "No model could answer.");
        await reads(page.getByRole("banner"), "No signal");
      }),
    traffic: 3,
    headline: "No model can answer",
  },
};

/** A page of `kind` ("chat" or "status") in a state, opened by `open(path)`. */
export async function show(kind, state, gateway, open) {
  if (kind === "chat") {
    const page = await open("/");
    await state.chat(page);
    return page;
  }
  await traffic(gateway, state.traffic);
  const page = await open("/status");
  await page.getByRole("heading", { level: 1, name: state.headline }).waitFor();
  await settled(page);
  return page;
}

