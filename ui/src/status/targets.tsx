/** Every target with what came of it lately; a row opens for settings, breakers, errors, and what an operator may do. */
import { useSignal } from "@preact/signals";
import type { Beat, Status, Target } from "../shared/api";
import { Name } from "../shared/name";
import { Signal } from "../shared/signal";
import { measured, nextTry } from "../shared/state";
import { Table } from "../shared/table";
import { Tick } from "../shared/tick";
import { duration, money, percent, ticking } from "../shared/time";
import { words } from "../words";
import { Opened } from "./opened";
import { type Row, beatPath, beatsLabel, isInTrouble, noHistory, rows } from "./rows";
import { at, past, sinceMs } from "./view";

/** More rows than this are found by name, and shown when they are wanted. */
const MANY = 12;
const SHOWN = 50;

export function Targets({ of }: { of: Status }) {
  const find = useSignal("");
  const onlyTrouble = useSignal(false);
  const all = useSignal(false);
  const every = rows(of);
  const wanted = find.value.toLowerCase();
  const found = every.filter(
    (row) => row.target.id.toLowerCase().includes(wanted) && (!onlyTrouble.value || isInTrouble(row)),
  );
  const shown = all.value ? found : found.slice(0, SHOWN);
  const label = words.status.columns;
  const numbers = [label.success, label.firstWord, label.perMinute, label.today].map((name) => `>${name}`);
  const columns = [label.target, label.signal, label.state, label.beats, ...numbers, label.lastError];
  return (
    <section>
      <div class="row">
        <h2>{words.status.targets}</h2>
        <span class="fill" />
        {every.length > MANY && (
          <>
            <input
              type="search"
              aria-label={words.status.find}
              placeholder={words.status.find}
              value={find.value}
              onInput={(event) => (find.value = event.currentTarget.value)}
            />
            <Tick label={words.status.onlyTrouble} on={onlyTrouble.value} set={(on) => (onlyTrouble.value = on)} />
            <span class="muted small">{words.status.filters.count(found.length, every.length)}</span>
          </>
        )}
      </div>
      <Table label={words.status.targets} columns={columns}>
        {shown.map((row) => (
          <TargetRow key={row.target.id} row={row} currency={of.currency} />
        ))}
      </Table>
      {shown.length < found.length && (
        <button type="button" class="btn" onClick={() => (all.value = true)}>
          {words.status.showAll(found.length)}
        </button>
      )}
    </section>
  );
}

function TargetRow({ row, currency }: { row: Row; currency: string }) {
  const isOpen = useSignal(false);
  const { target, state } = row;
  const was = past.value?.targets[target.id] ?? noHistory;
  const error = was.last_error;
  const none = words.time.none;
  return (
    <>
      <tr>
        <th scope="row">
          <button
            type="button"
            class="plain"
            aria-expanded={isOpen.value}
            onClick={() => (isOpen.value = !isOpen.value)}
          >
            <span aria-hidden="true">{isOpen.value ? "▾" : "▸"}</span>
            <Name id={target.id} />
          </button>
        </th>
        <td>
          {row.signals.map(({ level, routes }) => (
            <div key={level}>
              <Signal level={level} />{" "}
              {row.signals.length > 1 && <span class="muted small">{routes.join(", ")}</span>}
            </div>
          ))}
        </td>
        <td>
          <b class={`state is-${state}`}>
            {words.state[state].mark} {words.state[state].word}
          </b>
          <StateNote target={target} />
        </td>
        <td>
          <Beats beats={was.beats} />
        </td>
        <td class="n">{was.success === null ? none : percent(was.success)}</td>
        <td class="n">{was.first_token_p95_ms === null ? none : duration(was.first_token_p95_ms)}</td>
        <td class="n">{was.per_minute}</td>
        <td class="n">{was.cost_today === null ? none : money(was.cost_today, currency)}</td>
        <td class="muted error">
          {error ? words.status.why(error.words, ticking(at.value - error.at_ms)) : words.status.noneToday}
        </td>
      </tr>
      {isOpen.value && <Opened row={row} currency={currency} />}
    </>
  );
}

function StateNote({ target }: { target: Target }) {
  const next = nextTry(target, sinceMs.value);
  if (target.is_off) {
    const is = words.status.measured(words.state[measured(target)].word);
    return (
      <small class="muted">
        {words.status.forced}; {is}
      </small>
    );
  }
  return next === null ? null : <small class="muted">{next}</small>;
}

function Beats({ beats }: { beats: Beat[] }) {
  return (
    <svg class="beats" viewBox="0 0 150 18" role="img" aria-label={beatsLabel(beats)}>
      {["none", "ok", "slow", "failed"].map((kind) => (
        <path key={kind} class={kind} d={beatPath(beats, kind)} />
      ))}
    </svg>
  );
}
