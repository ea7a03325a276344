/**
 * One test: a house of servers, and windows of a real browser onto it.
 *
 * Every window is watched from its first byte to its end: what the content security policy had to block, requests to
 * any other host than the gateway, errors of the page. A test passes only when there are none.
 */
import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { after, before, test } from "node:test";
import { launch } from "./browser.mjs";
import { House, ROOT } from "./house.mjs";

const KEPT = path.join(ROOT, "target/browser-failures");
/** Longer than anything takes on a busy machine; a test that passes never waits for it. */
const LIMIT_MS = 20_000;

let browser;

before(async () => (browser = await launch()));
after(async () => browser?.close());

/** All that went on in a page and must not. */
export class Watch {
  constructor() {
    this.wrong = [];
  }

  async follow(context, origin) {
    await context.exposeBinding("__violation", (_, what) => this.wrong.push(`policy: ${what}`));
    await context.addInitScript(() =>
      addEventListener("securitypolicyviolation", (event) =>
        window.__violation(`${event.violatedDirective} blocked ${event.blockedURI || event.sample}`),
      ),
    );
    const ours = (url) => url.startsWith(`${origin}/`) || url === origin || /^(data|blob|about):/.test(url);
    context.on("request", (request) => {
      if (!ours(request.url())) this.wrong.push(`request to another host: ${request.url()}`);
    });
    context.on("page", (page) => {
      page.on("pageerror", (error) => this.wrong.push(`error in the page: ${error.stack ?? error}`));
      page.on("console", (message) => {
        const text = message.text();
        if (/content security policy/i.test(text)) this.wrong.push(`policy: ${text}`);
      });
      page.on("dialog", (dialog) => {
        this.wrong.push(`a dialog that the page does not have: ${dialog.message()}`);
        dialog.dismiss().catch(() => undefined);
      });
    });
  }

  check() {
    assert.deepEqual(this.wrong, [], "no policy violation, no other host, no error in the page");
  }
}

/** Runs `play({ house, open, watch })` as a test. `open(gateway, path, options)` gives a page of the browser. */
export function scene(name, play, { limitMs = 60_000 } = {}) {
  test(name, { timeout: limitMs }, async () => {
    const house = new House();
    const watch = new Watch();
    const contexts = [];
    const open = async (gateway, at = "/", { context, init, ...options } = {}) => {
      if (!context) {
        context = await browser.newContext({ viewport: { width: 1100, height: 900 }, ...options });
        contexts.push(context);
        await watch.follow(context, gateway.url);
        if (init) await context.addInitScript(init);
      }
      const page = await context.newPage();
      page.setDefaultTimeout(LIMIT_MS);
      await page.goto(gateway.url + at);
      return page;
    };
    try {
      await play({ house, open, watch });
      watch.check();
    } catch (error) {
      await keep(name, contexts, house);
      throw error;
    } finally {
      for (const context of contexts) await context.close();
      await house.close();
    }
  });
}

/** What somebody needs who looks at a failure on another machine. */
async function keep(name, contexts, house) {
  const folder = path.join(KEPT, name.replace(/\W+/g, "-").slice(0, 80));
  mkdirSync(folder, { recursive: true });
  const pages = contexts.flatMap((context) => context.pages());
  for (const [at, page] of pages.entries()) {
    await page.screenshot({ path: path.join(folder, `page-${at}.png`), timeout: 5000 }).catch(() => undefined);
    const read = await page.locator("body").ariaSnapshot({ timeout: 5000 }).catch((error) => String(error));
    writeFileSync(path.join(folder, `page-${at}.txt`), read);
    console.error(`# page ${at} of "${name}" read:\n${read.replace(/^/gm, "#   ").slice(0, 4000)}`);
  }
  for (const gateway of house.gateways) {
    writeFileSync(path.join(folder, `gateway-${gateway.port}.log`), gateway.log());
    console.error(`# the gateway's log:\n${gateway.log().slice(-2500).replace(/^/gm, "#   ")}`);
  }
}
