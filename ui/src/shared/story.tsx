/** The story of one request: what happened, in words and as a waterfall of attempts, then the numbers. */
import { useSignal } from "@preact/signals";
import { type Story, modelName } from "./api";
import { status } from "./live";
import { Name } from "./name";
import { Signal } from "./signal";
import { duration, money } from "./time";
import { words } from "../words";

/** One attempt on the axis of time: waiting up to `wordAt`, then (when it served) words until `to`. All in ms. */
export interface Bar {
  target: string;
  from: number;
  wordAt: number;
  to: number;
  served: boolean;
}

/** Attempts in the order of time. One that was passed over took no time and is not among them. */
export function bars(story: Story): Bar[] {
  const failed = story.steps
    .filter((step) => step.asked)
    .map((step): Bar => {
      const to = step.at_ms + step.took_ms;
      const wordAt = step.broke_off ? Math.min(to, Math.max(step.at_ms, story.first_token_ms ?? to)) : to;
      return { target: step.target, from: step.at_ms, wordAt, to, served: step.broke_off };
    });
  if (story.served === null || story.cached_age_s !== null) return failed;
  const last = story.hand_overs.at(-1);
  const from = last ? last.at_ms : (story.started_ms ?? 0);
  const wordAt = last ? last.at_ms + last.silence_ms : (story.first_token_ms ?? story.took_ms);
  const served = { target: story.served, from, wordAt: Math.min(wordAt, story.took_ms), to: story.took_ms, served: true };
  return [...failed, served].sort((a, b) => a.from - b.from);
}

/** What happened, one sentence per event, in the order of time. */
export function told(story: Story): string[] {
  const say = words.details;
  const ids = [...story.steps.map((step) => step.target), ...(story.served === null ? [] : [story.served])];
  const name = (id: string) => modelName(id, ids);
  const goneOn = (target: string) => story.hand_overs.some((one) => one.from === target);
  const events = story.steps
    .filter((step) => !(step.broke_off && goneOn(step.target)))
    .map((step) => ({
      at: step.at_ms + step.took_ms,
      text: step.asked
        ? say.attempt(name(step.target), step.words, duration(step.took_ms))
        : say.passedOver(name(step.target), step.words),
    }));
  for (const one of story.hand_overs) {
    events.push({ at: one.at_ms, text: say.tookOver(name(one.from), one.words, name(one.to)) });
  }
  const lines = events.sort((a, b) => a.at - b.at).map((event) => event.text);
  if (story.cached_age_s !== null) lines.push(words.notice.cached(duration(story.cached_age_s * 1000)));
  else if (story.served !== null) lines.push(end(story, name(story.served)));
  if (story.canary) lines.push(words.notice.canary(name(story.served ?? "")));
  if (story.stopped) lines.push(story.stopped.words);
  if (story.error !== null) lines.push(story.error);
  return lines;
}

function end(story: Story, model: string): string {
  const first = story.first_token_ms;
  const said = first === null ? null : words.details.servedSoFar(model, duration(first));
  if (story.outcome === "complete") return words.details.served(model, duration(first ?? story.took_ms), duration(story.took_ms));
  return `${said ?? model}; ${words.status.outcome[story.outcome]}`;
}

export function StoryView({ story }: { story: Story }) {
  const say = words.details;
  const of = status.value;
  const money_ = story.cost === null ? say.noPrice : money(story.cost, of?.currency ?? "USD");
  const facts: [string, string | number][] = [
    [say.firstWord, story.first_token_ms === null ? words.time.none : duration(story.first_token_ms)],
    [say.total, duration(story.took_ms)],
    [say.tokensIn, story.prompt_tokens ?? words.time.none],
    [say.tokensOut, story.completion_tokens ?? words.time.none],
    [say.cost, money_],
  ];
  return (
    <div class="story">
      <ol>
        {told(story).map((line) => (
          <li>{line}</li>
        ))}
      </ol>
      <Waterfall story={story} />
      <dl class="facts">
        <div>
          <dt>{say.signalMeans}</dt>
          <dd>
            <Signal level={story.signal} />
          </dd>
        </div>
        {facts.map(([term, value]) => (
          <div key={term}>
            <dt title={term === say.firstWord ? say.firstWordTip : undefined}>{term}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      {story.dropped && <p class="small">{say.dropped(story.dropped)}</p>}
      <Id id={story.id} />
      {story.content && (
        <>
          <h3>{words.status.prompt}</h3>
          <pre>{story.content.prompt}</pre>
        </>
      )}
    </div>
  );
}

function Id({ id }: { id: string }) {
  const said = useSignal("");
  const copy = () =>
    navigator.clipboard.writeText(id).then(
      () => (said.value = words.chat.copied),
      () => (said.value = words.chat.notCopied),
    );
  return (
    <p class="row small">
      <span>
        {words.details.request} <code>{id}</code>
      </span>
      <button type="button" class="btn" aria-label={words.details.copyId} onClick={copy}>
        {words.chat.copy}
      </button>
      <span role="status">{said.value}</span>
    </p>
  );
}

function Waterfall({ story }: { story: Story }) {
  const all = bars(story);
  const whole = Math.max(1, story.took_ms, ...all.map((bar) => bar.to));
  const percent = (ms: number) => `${((100 * ms) / whole).toFixed(2)}%`;
  if (all.length === 0) return null;
  return (
    <div class="waterfall" aria-label={words.details.waterfall} role="list">
      {all.map((bar) => (
        <div role="listitem" class="lane">
          <Name id={bar.target} />
          <svg aria-hidden="true">
            <rect class="waits" x={percent(bar.from)} width={percent(Math.max(bar.wordAt - bar.from, whole / 200))} />
            {bar.served && <rect class="speaks" x={percent(bar.wordAt)} width={percent(bar.to - bar.wordAt)} />}
            {!bar.served && <rect class="fails" x={percent(Math.max(0, bar.to - whole / 100))} width="1%" />}
          </svg>
          <span class="small muted">{duration(bar.to - bar.from)}</span>
        </div>
      ))}
    </div>
  );
}
