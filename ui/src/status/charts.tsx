/** The last hour in three pictures. Each says what it shows in a sentence, and can be read as a table. */
import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import type uPlot from "uplot";
import type { History } from "../shared/api";
import { Table } from "../shared/table";
import { clock } from "../shared/time";
import { words } from "../words";
import { type Chart, type Series, answersChart, costChart, firstWordChart, minutes, sum } from "./chartdata";
import { draw, redraw } from "./plot";
import { hasPrices, past } from "./view";

export function Charts() {
  const of = past.value;
  if (!of) return null;
  return (
    <section>
      <h2>{words.status.hour}</h2>
      <div class="cards">
        <Card chart={answersChart(of)} of={of} />
        <Card chart={firstWordChart(of)} of={of} />
        <Card chart={costChart(of, hasPrices.value)} of={of} />
      </div>
    </section>
  );
}

function Card({ chart, of }: { chart: Chart; of: History }) {
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
          <button
            type="button"
            class="btn"
            aria-pressed={asTable.value}
            onClick={() => (asTable.value = !asTable.value)}
          >
            {words.status.asTable}
          </button>
        )}
      </div>
      {!has && <p class="muted small">{chart.empty}</p>}
      {has && chart.note && <p class="muted small">{chart.note}</p>}
      {has && (asTable.value ? <Numbers chart={chart} of={of} /> : <Picture chart={chart} of={of} failed={() => (asTable.value = true)} />)}
    </div>
  );
}

function Picture({ chart, of, failed }: { chart: Chart; of: History; failed: () => void }) {
  const box = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const minute = useSignal<number | null>(null);
  const times = minutes(of);
  const names = chart.series.map((one) => one.name).join("\n");

  useEffect(() => {
    let isGone = false;
    const into = box.current;
    if (into) {
      draw(into, chart, times, (place) => (minute.value = place)).then((made) => {
        if (isGone) made.destroy();
        else plot.current = made;
      }, failed);
    }
    return () => {
      isGone = true;
      plot.current?.destroy();
      plot.current = null;
    };
  }, [names]);
  useEffect(() => {
    if (plot.current) redraw(plot.current, chart, times);
  }, [of]);

  const shown = minute.value === null ? null : (times[minute.value] ?? null);
  return (
    <>
      <div ref={box} class="plot" role="img" aria-label={`${chart.title}: ${chart.summary}`} />
      <div class="legend small">
        {shown !== null && <b>{clock(shown * 1000)}</b>}
        {chart.series.map((one) => (
          <span key={one.name}>
            <Swatch of={one} stacked={chart.stacked} /> {one.name} {legendValue(one, chart, minute.value)}
          </span>
        ))}
      </div>
    </>
  );
}

/** What stands behind a name: the value of the minute under the pointer; else the hour's sum, or the newest value. */
function legendValue(one: Series, chart: Chart, minute: number | null): string {
  const newest = one.values.findLast((value) => value !== null);
  const value = minute !== null ? one.values[minute] : chart.stacked && newest !== undefined ? sum(one.values) : newest;
  return value === null || value === undefined ? words.time.none : chart.format(value);
}

function Swatch({ of, stacked }: { of: Series; stacked: boolean }) {
  return (
    <svg class="swatch" viewBox={stacked ? "0 0 14 10" : "0 0 28 10"} aria-hidden="true">
      {stacked ? (
        <path d={of.hatched ? "M0 10L10 0M6 10L16 0" : "M0 0h14v10H0z"} style={{ color: `var(--${of.colour})` }} />
      ) : (
        <path d="M0 5h28" stroke-dasharray={of.dash?.join(" ")} style={{ color: `var(--${of.colour})` }} />
      )}
    </svg>
  );
}

function Numbers({ chart, of }: { chart: Chart; of: History }) {
  const times = minutes(of);
  return (
    <Table label={chart.title} columns={[words.status.minute, ...chart.series.map((one) => `>${one.name}`)]} tall>
      {times
        .map((time, place) => (
          <tr key={time}>
            <td>{clock(time * 1000)}</td>
            {chart.series.map((one) => {
              const value = one.values[place] ?? null;
              return <td class="n">{value === null ? words.time.none : chart.format(value)}</td>;
            })}
          </tr>
        ))
        .reverse()}
    </Table>
  );
}
