/** What a target's row opens to: settings, breakers in engineers' terms, its errors, and what an operator may do. */
import { useSignal } from "@preact/signals";
import { type Breaker, type Target, getJson, modelName } from "../shared/api";
import { duration, money, percent, ticking } from "../shared/time";
import { words } from "../words";
import { type Row, errorsOf } from "./rows";
import { refresh, stories } from "./stories";
import { at } from "./view";

export function Opened({ row, currency }: { row: Row; currency: string }) {
  const { target } = row;
  const errors = errorsOf(stories.value, target.id);
  const label = words.status;
  return (
    <tr class="opened">
      <td colSpan={9}>
        <div>
          <Actions row={row} />
          <dl>
            <dt>{label.settings}</dt>
            <dd>
              <div>{price(target, currency)}</div>
              <div>
                {label.inRoutes}: {row.routes.join(", ")}
              </div>
              {target.first_token_p50_ms !== null && target.first_token_p95_ms !== null && (
                <div>
                  {label.firstHalf}: {duration(target.first_token_p50_ms)}, {duration(target.first_token_p95_ms)}
                </div>
              )}
            </dd>
            <dt>{label.breaker}</dt>
            <dd>
              <div>
                {label.providerBreaker}: {breaker(target.provider_breaker)}
              </div>
              {target.keys.map((key, place) => (
                <div key={place}>
                  {label.key(place + 1)}: {breaker(key.breaker)}; {label.inFlight(key.in_flight, key.limit)}
                  {key.rests_s !== null && `; ${label.rests(ticking(key.rests_s * 1000))}`}
                </div>
              ))}
              {target.diverted_share > 0 && <div>{label.diverted(percent(target.diverted_share))}</div>}
            </dd>
            <dt>{label.errors}</dt>
            <dd>
              {errors.length === 0 && label.noErrors}
              {errors.map((kind) => (
                <div key={kind.words}>
                  {kind.count} × {kind.words}, <span class="muted">{words.time.ago(ticking(at.value - kind.last))}</span>
                </div>
              ))}
            </dd>
          </dl>
        </div>
      </td>
    </tr>
  );
}

function price(target: Target, currency: string): string {
  if (!target.price) return words.status.noPrice;
  return words.status.price(money(target.price.input, currency), money(target.price.output, currency));
}

function breaker(of: Breaker): string {
  const terms = words.status.breakers;
  switch (of.state) {
    case "open":
      return terms.open(of.open_for_s === null ? null : ticking(of.open_for_s * 1000));
    case "ramping":
      return terms.ramping(percent(of.share ?? 0));
    case "closed":
    case "probing":
      return terms[of.state];
  }
}

type Deed = "rest" | "use" | "test";
interface Done {
  tested: null | { ok: true; first_token_ms: number } | { ok: false; code: string; words: string };
}

function Actions({ row }: { row: Row }) {
  const asks = useSignal(false);
  const busy = useSignal<Deed | null>(null);
  const said = useSignal("");
  const { id, is_off } = row.target;
  const label = words.status;

  async function does(deed: Deed) {
    asks.value = false;
    busy.value = deed;
    said.value = deed === "test" ? label.testing : "";
    try {
      said.value = outcome(await post(id, deed));
      if (deed === "test") void refresh();
    } catch (error) {
      said.value = label.notDone((error as Error).message);
    }
    busy.value = null;
  }

  return (
    <div class="row">
      <button type="button" class="btn" disabled={busy.value !== null} onClick={() => does("test")}>
        {label.test}
      </button>
      {is_off ? (
        <button type="button" class="btn" disabled={busy.value !== null} onClick={() => does("use")}>
          {label.use}
        </button>
      ) : (
        <button
          type="button"
          class="btn"
          aria-expanded={asks.value}
          disabled={busy.value !== null}
          onClick={() => (asks.value = !asks.value)}
        >
          {label.rest}
        </button>
      )}
      {asks.value && !is_off && (
        <span class="row" role="group" aria-label={label.rest}>
          <span>
            {label.sureRest(modelName(id))} {row.alone.length > 0 && <b>{label.sureAlone(row.alone.join(", "))}</b>}
          </span>
          <button type="button" class="btn primary" onClick={() => does("rest")}>
            {label.yes}
          </button>
          <button type="button" class="btn" onClick={() => (asks.value = false)}>
            {label.no}
          </button>
        </span>
      )}
      <span role="status">{said.value}</span>
    </div>
  );
}

function post(id: string, deed: Deed): Promise<Done> {
  return getJson<Done>("/api/targets", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ id, do: deed }),
  });
}

function outcome({ tested }: Done): string {
  if (!tested) return "";
  return tested.ok ? words.status.tested(duration(tested.first_token_ms)) : words.status.testFailed(tested.words);
}
