/** The last hour in three pictures. Each says what it shows in a sentence, and can be read as a table. */
import { useSignal } from "@preact/signals";
import { Table } from "../shared/table";
import { words } from "../words";
import { type Chart, type Series, answersChart, costChart, firstWordChart, minutes, sum } from "./chartdata";
import { HEIGHT, columns, dots, line, stack, steps } from "./plot";
import { hasPrices, past } from "./view";

export function Charts() {
  const of = past.value;
  if (!of) return null;
  const times = minutes(of);
  return (
    <section>
      <h2>{words.status.hour}</h2>
      <div class="cards">
        <Card chart={answersChart(of)} times={times} />
        <Card chart={firstWordChart(of)} times={times} />
        <Card chart={costChart(of, hasPrices.value)} times={times} />
      </div>
    </section>
  );
}

interface Props {
  chart: Chart;
  /** The clock at the beginning of each minute. */
  times: string[];
}

function Card({ chart, times }: Props) {
  const asTable = useSignal(false);
  const has = chart.series.length > 0;
  return (
    <div class="card" role="group" aria-label={chart.title}>
      <div class="row">
        <h3>
          {chart.title} <small class="muted">{chart.unit}</small>
        </h3>
        <span class="fill" />
        {has && (
          <button type="button" class="btn" aria-pressed={asTable.value} onClick={() => (asTable.value = !asTable.value)}>
            {words.status.asTable}
          </button>
        )}
      </div>
      {!has && <p class="muted small">{chart.empty}</p>}
      {has && chart.note && <p class="muted small">{chart.note}</p>}
      {has && (asTable.value ? <Numbers chart={chart} times={times} /> : <Picture chart={chart} times={times} />)}
    </div>
  );
}

function Picture({ chart, times }: Props) {
  const stacked = chart.stacked ? stack(chart.series) : [];
  const most = Math.max(0, ...(stacked.at(-1) ?? chart.series.flatMap((one) => one.values.map(Number))));
  const ticks = steps(most, chart.least);
  const top = ticks.at(-1) ?? 1;
  return (
    <>
      <div class="plot small" role="img" aria-label={`${chart.title}: ${chart.summary}`}>
        <div class="ticks">
          {ticks.map((value) => (
            <span key={value}>{chart.tick(value)}</span>
          ))}
        </div>
        <svg viewBox={`0 0 ${times.length} ${HEIGHT}`} preserveAspectRatio="none">
          <path class="grid" d={ticks.map((value) => `M0 ${HEIGHT * (1 - value / top)}h${times.length}`).join("")} />
          {times.map((time, place) => (
            <rect key={place} x={place} width="1" height={HEIGHT}>
              <title>{[time, ...chart.series.map((one) => `${one.name} ${told(one.values[place], chart)}`)].join("\n")}</title>
            </rect>
          ))}
          {chart.series.map((one, place) => {
            const upper = stacked[place];
            if (upper) return <path key={one.name} class={paint(one)} d={columns(upper, stacked[place - 1], top)} />;
            return (
              <g key={one.name} class={paint(one)}>
                <path d={line(one.values, top)} stroke-dasharray={one.dash} />
                <path class="dots" d={dots(one.values, top)} />
              </g>
            );
          })}
        </svg>
        <div class="times">
          {[0, 1, 2, 3].map((third) => (
            <span key={third}>{times[Math.round(((times.length - 1) * third) / 3)]}</span>
          ))}
        </div>
      </div>
      <div class="legend small">
        {chart.series.map((one) => (
          <span key={one.name}>
            <svg class={`swatch ${paint(one)}`} viewBox={one.dash ? "0 0 28 10" : "0 0 10 10"} aria-hidden="true">
              <path d={one.dash ? "M0 5h28" : "M1 1h8v8h-8z"} stroke-dasharray={one.dash} />
            </svg>{" "}
            {one.name} {told(chart.stacked ? sum(one.values) : one.values.findLast((value) => value !== null), chart)}
          </span>
        ))}
      </div>
    </>
  );
}

/** A line is drawn, a column filled, and one of failures only outlined: who cannot tell the colours sees it. */
function paint(of: Series): string {
  return `s-${of.colour} ${of.dash ? "drawn" : of.outlined ? "outlined" : "filled"}`;
}

function told(value: number | null | undefined, chart: Chart): string {
  return value === null || value === undefined ? words.time.none : chart.format(value);
}

function Numbers({ chart, times }: Props) {
  return (
    <Table label={chart.title} columns={[words.status.minute, ...chart.series.map((one) => `>${one.name}`)]} tall>
      {times
        .map((time, place) => (
          <tr key={place}>
            <td>{time}</td>
            {chart.series.map((one) => (
              <td class="n">{told(one.values[place], chart)}</td>
            ))}
          </tr>
        ))
        .reverse()}
    </Table>
  );
}
