/** A conversation as a Markdown file: every question and answer, who answered, what broke. */
import { type ChatError, modelName, parts } from "../shared/api";
import { clock, duration } from "../shared/time";
import { words } from "../words";
import { type Answer, type Conversation, chainOf, versionsOf, writerOf } from "./model";
import { openFence, piecesOf } from "./seam";

export function exportMarkdown(c: Conversation): string {
  const blocks = [`# ${(c.title ?? words.drawer.untitled).replace(/\s+/g, " ")}`];
  for (const turn of c.turns) {
    const versions = versionsOf(turn);
    blocks.push(`## ${words.chat.you}`, turn.question);
    versions.forEach((at, place) => {
      const version = versions.length > 1 ? ` (${words.chat.version(place + 1, versions.length)})` : "";
      blocks.push(`## ${words.chat.assistant}${version}`, ...answerBlocks(chainOf(turn, at)));
    });
  }
  return `${blocks.filter((block) => block.trim()).join("\n\n")}\n`;
}

function answerBlocks(chain: Answer[]): string[] {
  const blocks: string[] = [];
  let by: string | null = null;
  for (const piece of piecesOf(chain)) {
    if (piece.seam !== null) {
      const say = piece.seam !== "wish" && piece.seam.how === "restart" ? words.seam.restarted : words.seam.continued;
      blocks.push(`*${say(name(piece.seam === "wish" ? by : piece.seam.from), name(piece.by))}*`);
    }
    by = piece.by;
    blocks.push(closed(piece.text));
  }
  const last = chain.at(-1);
  if (!last) return blocks;
  if (last.phase === "stopped") blocks.push(`> ${words.chat.stoppedByYou}`);
  if (last.error) blocks.push(errorBlock(last, last.error));
  return [...blocks, byline(last)];
}

const name = (target: string | null) => (target === null ? words.chat.assistant : modelName(target));

/** A fence that the model did not close would swallow the rest of the file. */
function closed(text: string): string {
  const fence = openFence(text).match(/^(`+|~+)/)?.[0];
  return fence ? `${text.trimEnd()}\n${fence}` : text;
}

function errorBlock(answer: Answer, error: ChatError): string {
  const { title } = words.error[error.kind];
  const model = name(error.story?.served ?? writerOf(answer) ?? answer.asked);
  const failed = answer.failed.map(({ target, code }) => `${name(target)} ${words.reason(code)}`);
  const text = failed.length > 0 ? words.error.all_failed.text(failed.join(", ")) : error.message;
  return `> **${typeof title === "string" ? title : title(model)}** ${text.replace(/\s+/g, " ")}`;
}

/** Who answered, as the line under an answer says it. */
function byline({ story, at }: Answer): string {
  const day = new Date(at).toLocaleDateString("sv");
  if (!story?.served) return `*${day} ${clock(at)}*`;
  const { model, provider } = parts(story.served);
  const { place, of } = story;
  const role = place === null || of === null ? "" : ` (${place === 1 ? words.role.lead : words.role.backup(place, of)})`;
  const signal = words.signal[story.signal].word;
  return `*${signal} · ${model} · ${provider}${role} · ${duration(story.took_ms)} · ${day} ${clock(at)}*`;
}

/** Gives the file to the browser, named after its title. */
export function download(c: Conversation): void {
  const url = URL.createObjectURL(new Blob([exportMarkdown(c)], { type: "text/markdown" }));
  const link = document.createElement("a");
  link.href = url;
  link.download = `${fileName(c.title ?? words.drawer.untitled)}.md`;
  link.click();
  // The browser reads it after this task has ended.
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}

function fileName(title: string): string {
  return title.replace(/[^\p{L}\p{N}]+/gu, "-").replace(/^-+|-+$/g, "").slice(0, 60) || words.product;
}
