/** The last requests, with filters; each opens its story. */
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { SignalLevel, Story } from "../shared/api";
import { Name } from "../shared/name";
import { Table } from "../shared/table";
import { Signal } from "../shared/signal";
import { Tick } from "../shared/tick";
import { clock, duration } from "../shared/time";
import { words } from "../words";
import { type Filter, isFailed, isSwitched, matches, noFilter } from "./filters";
import { isFetched, keepFresh, stories } from "./stories";
import { isLogged, routeNames, targetIds } from "./view";

const LEVELS: SignalLevel[] = ["4", "3", "2", "1", "unrated", "0"];

export function Requests() {
  const filter = useSignal<Filter>(noFilter);
  useEffect(keepFresh, []);
  const found = stories.value.filter((story) => matches(story, filter.value));
  const hasAny = stories.value.length > 0;
  return (
    <section>
      <div class="row">
        <h2>{words.status.requests}</h2>
        {!isLogged.value && <span class="muted small">{words.status.noPrompt}</span>}
      </div>
      {hasAny && <Filters filter={filter.value} set={(next) => (filter.value = next)} count={found.length} />}
      {!hasAny && isFetched.value && <p class="muted">{words.status.noRequests}</p>}
      {hasAny && found.length === 0 && <p class="muted">{words.status.noMatch}</p>}
      {found.length > 0 && <Found found={found} />}
    </section>
  );
}

function Filters({ filter, set, count }: { filter: Filter; set: (filter: Filter) => void; count: number }) {
  const label = words.status.filters;
  const pick = (key: "route" | "target" | "signal", options: [string, string][]) => (
    <label class="small">
      {label[key]}{" "}
      <select value={filter[key]} onChange={(event) => set({ ...filter, [key]: event.currentTarget.value })}>
        <option value="">{label.all}</option>
        {options.map(([value, text]) => (
          <option key={value} value={value}>
            {text}
          </option>
        ))}
      </select>
    </label>
  );
  const tick = (key: "switched" | "failed") => (
    <Tick label={label[key]} on={filter[key]} set={(on) => set({ ...filter, [key]: on })} />
  );
  const same = (text: string): [string, string] => [text, text];
  const isSet = JSON.stringify(filter) !== JSON.stringify(noFilter);
  return (
    <div class="row filters" role="group" aria-label={label.title}>
      {pick("route", routeNames.value.split("\n").map(same))}
      {pick("target", targetIds.value.split("\n").map(same))}
      {pick("signal", LEVELS.map((level) => [level, words.signal[level].word]))}
      {tick("switched")}
      {tick("failed")}
      <label class="small">
        {label.slower}{" "}
        <input
          class="number"
          inputMode="decimal"
          value={filter.slower}
          onInput={(event) => set({ ...filter, slower: event.currentTarget.value })}
        />
      </label>
      {isSet && (
        <button type="button" class="btn" onClick={() => set(noFilter)}>
          {label.clear}
        </button>
      )}
      <span class="muted small" role="status">
        {label.count(count, stories.value.length)}
      </span>
    </div>
  );
}

function Found({ found }: { found: Story[] }) {
  const of = words.status.requestColumns;
  const columns = [of.time, of.route, of.served, of.signal, of.outcome, `>${of.took}`, `>${of.attempts}`];
  return (
    <Table label={words.status.requests} columns={columns} tall>
      {found.map((story) => (
        <Line key={story.id} story={story} />
      ))}
    </Table>
  );
}

function Line({ story }: { story: Story }) {
  return (
    <tr>
      <td>
        <button type="button" class="plain link" onClick={() => (location.hash = story.id)}>
          {clock(story.began_at_ms, true)}
        </button>
      </td>
      <td>{story.route ?? story.asked}</td>
      <td>
        {story.served === null ? words.time.none : <Name id={story.served} />}
        {isSwitched(story) && <small class="muted">{words.status.switched}</small>}
      </td>
      <td>
        <Signal level={story.signal} />
      </td>
      <td class={isFailed(story) ? "is-resting" : ""}>
        {isFailed(story) && "✕ "}
        {words.status.outcome[story.outcome]}
      </td>
      <td class="n">{duration(story.took_ms)}</td>
      <td class="n">{story.attempts}</td>
    </tr>
  );
}
