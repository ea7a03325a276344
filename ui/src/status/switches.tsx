/** Who took over from whom lately, and what it cost in time. */
import { type Switch, modelName } from "../shared/api";
import { Table } from "../shared/table";
import { clock, duration } from "../shared/time";
import { words } from "../words";
import { past } from "./view";

export function whenOf(one: Pick<Switch, "when" | "how">): string {
  if (one.when === "before_first_word") return words.status.when.before_first_word;
  return one.how === "restart" ? words.status.when.restarted : words.status.when.continued;
}

export function Switches() {
  const list = past.value?.switches ?? [];
  const of = words.status.switchColumns;
  const columns = [of.time, of.route, of.fromTo, of.why, of.when, `>${of.added}`, of.request];
  return (
    <section>
      <h2>{words.status.switches}</h2>
      {list.length === 0 ? (
        <p class="muted">{words.status.noSwitches}</p>
      ) : (
        <Table label={words.status.switches} columns={columns} tall>
              {list.map((one) => (
                <tr key={one.request_id + one.from + one.to}>
                  <td>{clock(one.at_ms, true)}</td>
                  <td>{one.route}</td>
                  <td>
                    {modelName(one.from, [one.to])} → {modelName(one.to, [one.from])}
                  </td>
                  <td>{one.words}</td>
                  <td>{whenOf(one)}</td>
                  <td class="n">{duration(one.added_ms)}</td>
                  <td>
                    <a href={`#${one.request_id}`}>{short(one.request_id)}</a>
                  </td>
                </tr>
              ))}
        </Table>
      )}
    </section>
  );
}

/** The end of an id tells requests apart; the whole of it is in the story. */
export function short(id: string): string {
  return id.length > 12 ? `…${id.slice(-8)}` : id;
}
