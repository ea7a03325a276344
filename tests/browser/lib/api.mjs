/** The gateway's API and the terminal, for what must be the same there as in the page. */
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { BINARY, environment } from "./house.mjs";

/** A question as an application sends it; `{ status, headers, text }`. */
export async function complete(gateway, { stream = false, model = "default", content = "Hello" } = {}) {
  const response = await fetch(`${gateway.url}/v1/chat/completions`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ model, stream, messages: [{ role: "user", content }] }),
  });
  let text = "";
  try {
    for await (const part of response.body.pipeThrough(new TextDecoderStream())) text += part;
  } catch {
    // An answer that breaks off ends here; what came of it counts.
  }
  return { status: response.status, headers: response.headers, text };
}

/** The JSON objects of a stream of server-sent events. */
export function dataOf(text) {
  return [...text.matchAll(/^data: (\{.*)$/gm)].map((match) => JSON.parse(match[1]));
}

export async function getJson(gateway, path) {
  const response = await fetch(gateway.url + path);
  if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
  return response.json();
}

/** A `handover` command; its output, whatever its exit code. */
export async function command(...args) {
  const run = promisify(execFile)(BINARY, args, { env: environment(), timeout: 30_000 });
  run.child.stdin.end();
  return run.catch((error) => error);
}

/** A `handover` command in a real terminal (tmux), as soon as its screen shows `expected`. */
export async function screen(expected, ...args) {
  const run = promisify(execFile);
  const socket = `handover-browser-${process.pid}`;
  const tmux = (...words) => run("tmux", ["-L", socket, ...words], { env: environment({ TERM: "xterm-256color" }) });
  await tmux("-f", "/dev/null", "new-session", "-d", "-x", "100", "-y", "30", BINARY, ...args);
  try {
    const deadline = Date.now() + 20_000;
    let shown = "";
    while (Date.now() < deadline) {
      shown = (await tmux("capture-pane", "-p")).stdout;
      if (expected.test(shown)) return shown;
      await new Promise((next) => setTimeout(next, 50));
    }
    throw new Error(`the screen never showed ${expected}:\n${shown}`);
  } finally {
    await tmux("kill-server").catch(() => undefined);
  }
}
