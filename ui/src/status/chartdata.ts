/** What the charts of the last hour show: numbers, a sentence, and a table with the same. */
import { type AnswersBySignal, type History, type SignalLevel, modelName } from "../shared/api";
import { clock, duration, money } from "../shared/time";
import { words } from "../words";

/** Lines that can still be told apart in one picture. */
export const MOST_LINES = 6;

export interface Series {
  name: string;
  /** Painted in the colour of this signal. */
  colour: SignalLevel;
  /** A line, and how it is dashed, as SVG has it; else columns. */
  dash?: string;
  /** Columns that are not filled. */
  outlined?: boolean;
  values: (number | null)[];
}

export interface Chart {
  title: string;
  unit: string;
  /** One on top of the other, or lines beside each other. */
  stacked: boolean;
  /** None when there is nothing to show. */
  series: Series[];
  /** The picture in one sentence. */
  summary: string;
  /** What the picture alone would hide. */
  note?: string;
  /** What is said in place of an empty picture. */
  empty: string;
  format: (value: number) => string;
  /** The same beside the axis. */
  tick: (value: number) => string;
  /** No two values of the axis are closer than this: `format` could not tell them apart. */
  least: number;
}

const STACK: (keyof AnswersBySignal)[] = ["4", "3", "2", "1", "unrated", "failed"];

const LINES: [SignalLevel, string][] = [
  ["4", "none"],
  ["2", "8 4"],
  ["3", "2 3"],
  ["1", "12 3 2 3"],
  ["unrated", "4 4"],
  ["0", "14 4"],
];

/** The clock at the beginning of each minute, oldest first. */
export function minutes(of: History): string[] {
  const count = Math.max(of.answers.length, of.cost.length);
  return Array.from({ length: count }, (_, place) => clock(of.minute_ms - (count - 1 - place) * 60_000));
}

export function answersChart(of: History): Chart {
  const series = STACK.map((key): Series => {
    const values = of.answers.map((minute) => minute[key]);
    if (key === "failed") return { name: words.status.failedColumn, colour: "0", outlined: true, values };
    return { name: words.signal[key].word, colour: key, values };
  }).filter((one) => sum(one.values) > 0);
  const parts = series.map((one) => `${sum(one.values)} ${one.name}`);
  return {
    title: words.status.answers,
    unit: words.status.bySignal,
    stacked: true,
    series,
    summary: words.status.sumOfHour(parts.join(", ")),
    empty: words.status.nothingYet,
    format: String,
    tick: String,
    least: 1,
  };
}

export function firstWordChart(of: History): Chart {
  const ids = Object.keys(of.targets);
  const known = (id: string) => (of.targets[id]?.first_token_p95 ?? []).filter((value) => value !== null).length;
  const lines = ids.filter((id) => known(id) > 0).sort((a, b) => known(b) - known(a));
  const series = lines.slice(0, MOST_LINES).map((id, place): Series => {
    const [colour, dash] = LINES[place] ?? ["unrated", "none"];
    const values = (of.targets[id]?.first_token_p95 ?? []).map((ms) => (ms === null ? null : ms / 1000));
    return { name: modelName(id, ids), colour, dash, values };
  });
  const format = (s: number) => duration(s * 1000);
  const says = series.map((one) => {
    const top = peak(one.values);
    const last = one.values.findLast((value) => value !== null) ?? 0;
    return words.status.lineSays(one.name, format(last), format(top.value), minutes(of)[top.place] ?? "");
  });
  const more = lines.length - series.length;
  return {
    title: words.status.firstWords,
    unit: more > 0 ? `${words.status.seconds}, ${words.status.morePlaces(more)}` : words.status.seconds,
    stacked: false,
    series,
    summary: says.join("; "),
    empty: words.status.nothingYet,
    format,
    tick: String,
    least: 0.1,
  };
}

export function costChart(of: History, hasPrices: boolean): Chart {
  const format = (value: number) => money(value, of.currency);
  const top = peak(of.cost);
  const isKnown = of.cost.some((value) => value !== null);
  // What was answered for nothing is a picture, too; an hour without answers is none.
  const isQuiet = !of.answers.some((minute) => STACK.some((key) => minute[key] > 0)) && sum(of.cost) === 0;
  return {
    title: words.status.costChart,
    unit: words.status.perMinute(of.currency),
    stacked: true,
    series: hasPrices && !isQuiet ? [{ name: words.status.costChart, colour: "4", values: of.cost }] : [],
    summary: isKnown
      ? words.status.costSays(format(sum(of.cost)), format(top.value), minutes(of)[top.place] ?? "")
      : words.status.costUnknown,
    ...(isKnown ? {} : { note: words.status.costUnknown }),
    empty: hasPrices ? words.status.nothingYet : words.status.noPrices,
    format,
    tick: format,
    least: 0.00001,
  };
}

export function sum(values: (number | null)[]): number {
  return values.reduce<number>((all, value) => all + (value ?? 0), 0);
}

function peak(values: (number | null)[]): { value: number; place: number } {
  const value = Math.max(0, ...values.map((one) => one ?? 0));
  return { value, place: Math.max(0, values.lastIndexOf(value)) };
}
