/** Who installs the crate has the page: nothing of it comes from a tool or a network. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync, readdirSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { ROOT, chain } from "./lib/house.mjs";
import { composer, reads } from "./lib/reader.mjs";
import { scene } from "./lib/scene.mjs";

const FILES = path.join(ROOT, "crates/server/ui");

test("the crate that is published has the pages in it", () => {
  const listed = execFileSync("cargo", ["package", "--list", "--allow-dirty", "--offline", "-p", "handover-server"], {
    cwd: ROOT,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "ignore"],
  }).split("\n");
  const files = readdirSync(FILES);
  assert.ok(files.includes("index.html") && files.includes("app.js"), `${files}`);
  for (const file of files) {
    assert.ok(listed.includes(`ui/${file}`), `ui/${file} is not in the package: ${listed}`);
  }
});

test("no build of Rust asks for Node", () => {
  const scripts = readdirSync(path.join(ROOT, "crates"))
    .map((crate) => path.join(ROOT, "crates", crate, "build.rs"))
    .flatMap((file) => {
      try {
        return [[file, readFileSync(file, "utf8")]];
      } catch {
        return [];
      }
    });
  for (const [file, text] of scripts) assert.doesNotMatch(text, /\b(npm|node|vite|yarn|pnpm)\b/, file);
});

scene("the binary alone, with no Node and no file beside it, serves the pages as they are committed", async ({ house, open }) => {
  const lead = await house.simulator("openai", "ok");
  const config = chain(lead, await house.simulator("anthropic", "ok"));
  const gateway = await house.gateway(config, { env: { PATH: "/nowhere", HANDOVER_UI_DIR: "" } });
  for (const file of readdirSync(FILES)) {
    const at = { "index.html": "/", "favicon.svg": "/favicon.svg" }[file] ?? `/assets/${file}`;
    const response = await fetch(gateway.url + at);
    assert.equal(response.status, 200, at);
    assert.equal(await response.text(), readFileSync(path.join(FILES, file), "utf8"), at);
    assert.match(response.headers.get("content-security-policy") ?? "", /default-src 'none'/, at);
  }
  const page = await open(gateway);
  await composer(page).waitFor();
  await reads(page.getByRole("banner"), "Full");
});
