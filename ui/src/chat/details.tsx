/** The story of an answer: what was tried, in words and as bars on one scale, and its numbers. */
import { type Story, modelName } from "../shared/api";
import { status } from "../shared/live";
import { duration, money } from "../shared/time";
import { words } from "../words";
import { Copy } from "./copy";

export interface Row {
  text: string;
  /** From the request's arrival, in milliseconds: its begin, its first word if there was one, its end. */
  from: number;
  first: number | null;
  to: number;
  failed: boolean;
}

/** What happened, in the order of time. */
export function rowsOf(story: Story): Row[] {
  const ids = [...new Set([story.served ?? "", ...story.steps.map((step) => step.target)])];
  const name = (target: string) => modelName(target, ids);
  const rows: Row[] = [];
  // Who began the answer and broke off has one row, with its words in it.
  const broke = story.steps.find((step) => step.broke_off && step.target === story.served);
  for (const step of story.steps) {
    if (step === broke || (step.broke_off && story.hand_overs.some((handed) => handed.from === step.target))) continue;
    const text = step.asked
      ? words.details.attempt(name(step.target), step.words, duration(step.took_ms))
      : words.details.passedOver(name(step.target), step.words);
    rows.push({ text, from: step.at_ms, first: null, to: step.at_ms + step.took_ms, failed: true });
  }
  let from = story.started_ms ?? 0;
  let first = story.first_token_ms;
  for (const handed of story.hand_overs) {
    const text = words.details.tookOver(name(handed.from), handed.words, name(handed.to));
    rows.push({ text, from, first, to: handed.at_ms, failed: true });
    from = handed.at_ms;
    first = handed.at_ms + handed.silence_ms;
  }
  if (story.served) {
    const whole = duration(story.took_ms);
    const brokeAfter = broke && words.details.attempt(name(broke.target), broke.words, duration(broke.took_ms));
    const text =
      first === null
        ? name(story.served)
        : story.outcome === "complete"
          ? words.details.served(name(story.served), duration(first), whole)
          : (brokeAfter ?? words.details.servedSoFar(name(story.served), duration(first)));
    const to = broke ? broke.at_ms + broke.took_ms : story.took_ms;
    rows.push({ text, from, first, to: Math.max(to, first ?? 0), failed: story.outcome === "interrupted" });
  }
  return rows.sort((one, other) => one.from - other.from);
}

export function Details({ story }: { story: Story }) {
  const rows = rowsOf(story);
  const whole = Math.max(1, story.took_ms, ...rows.map((row) => row.to));
  const none = words.time.none;
  const numbers: [string, string | undefined, string | number][] = [
    [words.details.firstWord, words.details.firstWordTip, story.first_token_ms === null ? none : duration(story.first_token_ms)],
    [words.details.total, undefined, story.took_ms ? duration(story.took_ms) : none],
    [words.details.tokensIn, undefined, story.prompt_tokens ?? none],
    [words.details.tokensOut, undefined, story.completion_tokens ?? none],
    [
      words.details.cost,
      undefined,
      story.cost === null ? words.details.noPrice : money(story.cost, status.peek()?.currency ?? "USD"),
    ],
    [words.details.signalMeans, undefined, words.signal[story.signal].word],
  ];
  return (
    <section class="story" tabIndex={-1} aria-label={words.details.title}>
      <ol aria-label={words.details.waterfall}>
        {rows.map((row, place) => (
          <li key={place}>
            {row.text}
            <svg class="fall" viewBox="0 0 100 6" preserveAspectRatio="none" aria-hidden="true">
              <Bar from={row.from} to={row.first ?? row.to} whole={whole} kind={row.first === null && row.failed ? "bad" : "wait"} />
              {row.first !== null && <Bar from={row.first} to={row.to} whole={whole} kind="words" />}
            </svg>
          </li>
        ))}
      </ol>
      <dl>
        {numbers.map(([label, tip, value]) => (
          <div key={label}>
            <dt>{tip ? <abbr title={tip}>{label}</abbr> : label}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      {story.dropped && <p>{words.details.dropped(story.dropped)}</p>}
      <p>
        {words.details.request} <code>{story.id}</code> <Copy text={() => story.id} label={words.details.copyId} />
      </p>
    </section>
  );
}

function Bar({ from, to, whole, kind }: { from: number; to: number; whole: number; kind: string }) {
  const width = Math.max(0.6, ((to - from) / whole) * 100);
  return <rect class={kind} x={Math.min(99.4, (from / whole) * 100)} y="1" width={width} height="4" />;
}
