/**
 * Everything one test has running: simulated providers and gateways of the real binary, on free ports, with their
 * files in a folder of their own. All of it ends with the test.
 *
 * Nothing waits for a fixed time: a server is ready when it answers, and one that ends early fails the test with its
 * log.
 */
import { spawn } from "node:child_process";
import { createWriteStream, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import net from "node:net";
import os from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { FakeProvider } from "./provider.mjs";

export const ROOT = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "../../..");
export const BINARY = process.env.HANDOVER_BIN ?? path.join(ROOT, "target/debug/handover");
const START_LIMIT_MS = 30_000;

/** The machine's environment without provider keys and gateway settings: a test says all it depends on. */
export function environment(more = {}) {
  const unwanted = ["OPENAI_", "ANTHROPIC_", "CO_", "COHERE_", "HANDOVER_"];
  const kept = ["HANDOVER_HOME", "HANDOVER_UI_DIR"];
  const own = Object.entries(process.env).filter(
    ([name]) => kept.includes(name) || !unwanted.some((start) => name.startsWith(start)),
  );
  return { ...Object.fromEntries(own), KEY: "sk-simulated", NO_COLOR: "1", ...more };
}

export function freePort() {
  return new Promise((resolve, reject) => {
    const server = net.createServer().on("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

/** A running `handover` command that listens on a port. */
class Server {
  constructor(args, folder, name, port, env) {
    this.port = port;
    this.url = `http://127.0.0.1:${port}`;
    this.logFile = path.join(folder, `${name}-${port}.log`);
    this.spawned = spawn(BINARY, args, { cwd: folder, env, stdio: ["ignore", "pipe", "pipe"] });
    const log = createWriteStream(this.logFile, { flags: "a" });
    this.spawned.stdout.pipe(log, { end: false });
    this.spawned.stderr.pipe(log, { end: false });
    this.ended = new Promise((resolve) => this.spawned.once("exit", resolve));
  }

  log() {
    return existsSync(this.logFile) ? readFileSync(this.logFile, "utf8") : "";
  }

  async listens() {
    const deadline = Date.now() + START_LIMIT_MS;
    while (Date.now() < deadline) {
      if (this.spawned.exitCode !== null) throw new Error(`it ended instead of listening:\n${this.log()}`);
      if (await reaches(this.port)) return this;
      // Its end, if it comes, is noticed at once; else this is the pause between two tries.
      await Promise.race([this.ended, pause(20)]);
    }
    throw new Error(`it does not listen after ${START_LIMIT_MS} ms:\n${this.log()}`);
  }

  async stop(signal = "SIGTERM") {
    if (this.spawned.exitCode === null) this.spawned.kill(signal);
    const forced = setTimeout(() => this.spawned.kill("SIGKILL"), 5000);
    await this.ended;
    clearTimeout(forced);
  }
}

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

function reaches(port) {
  return new Promise((resolve) => {
    const socket = net.connect(port, "127.0.0.1");
    socket.once("connect", () => (socket.destroy(), resolve(true)));
    socket.once("error", () => resolve(false));
  });
}

export class House {
  constructor() {
    this.folder = mkdtempSync(path.join(os.tmpdir(), "browser-test-"));
    this.running = [];
    this.gateways = [];
  }

  /** The binary's own simulated provider, with a script as in `docs/drill.md`. */
  async simulator(dialect, script) {
    const port = await freePort();
    const args = ["drill", "provider", "--listen", `127.0.0.1:${port}`, "--dialect", dialect, "--script", script];
    const server = new Server(args, this.folder, `provider-${dialect}`, port, environment());
    this.running.push(server);
    return Object.assign(await server.listens(), { dialect });
  }

  /** A provider that plays `play(turn)` for each question: exact faults, and words that come on command. */
  async fake(play) {
    const fake = await FakeProvider.start(play);
    this.running.push(fake);
    return fake;
  }

  /** A gateway with a configuration; a second one on the same port is the same gateway, started again. */
  async gateway(config, { port, env } = {}) {
    port ??= await freePort();
    const file = path.join(this.folder, `handover-${port}.toml`);
    writeFileSync(file, config);
    const args = ["serve", "--config", file, "--listen", `127.0.0.1:${port}`];
    const server = new Server(args, this.folder, "gateway", port, environment(env));
    this.running.push(server);
    this.gateways.push(server);
    return server.listens();
  }

  async close() {
    await Promise.all(this.running.map((server) => server.stop()));
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** A provider's part of the configuration. */
export function provider(name, server, more = "") {
  const dialect = server.dialect ?? "openai";
  const url = dialect === "openai" ? `${server.url}/v1` : server.url;
  return `[providers.${name}]\ndialect = "${dialect}"\nbase_url = "${url}"\napi_keys = ["env:KEY"]\n${more}\n`;
}

/** A route's part of the configuration. A target is `provider/model`, or a table as text. */
export function route(name, targets, more = "") {
  const quoted = targets.map((target) => (target.startsWith("{") ? target : `"${target}"`));
  return `[routes.${name}]\ntargets = [${quoted.join(", ")}]\n${more}\n`;
}

/** For tests that ask a failing provider again and again: without it, it would soon be left alone. */
export const NEVER_RESTING = "[breaker]\nfailures = 100\nmin_calls = 100000\n";

export const LEAD = "openai/gpt-4o";
export const BACKUP = "anthropic/claude-haiku-4-5";
export const LAST = "cohere/command-r7b";

/** The usual house: a lead, a backup that is reduced, and, with a third server, a basic last resort. */
export function chain(lead, backup, last = null, { more = "", top = "", lead_more = "" } = {}) {
  const price = (input, output) => `price = { input = ${input}, output = ${output} }`;
  const targets = [
    `{ model = "${LEAD}", ${price(2.5, 10)} }`,
    `{ model = "${BACKUP}", signal = 2, ${price(1, 5)} }`,
    ...(last ? [`{ model = "${LAST}", signal = 1, ${price(0.06, 0.06)} }`] : []),
  ];
  return (
    top +
    provider("openai", lead, lead_more) +
    provider("anthropic", backup) +
    (last ? provider("cohere", last) : "") +
    route("default", targets, more)
  );
}
