/**
 * The shapes of a chart, as paths of an SVG: a column is 1 wide, and the picture `HEIGHT` high.
 *
 * The picture is stretched to its place, so strokes are to be drawn with `vector-effect: non-scaling-stroke`.
 */
import type { Series } from "./chartdata";

export const HEIGHT = 100;

/** The values that the axis names, from 0 to a round one above `most`; three or four of them. */
export function steps(most: number, least: number): number[] {
  const rough = Math.max(most / 3, least);
  const power = 10 ** Math.floor(Math.log10(rough));
  // One in a million, so that 0.3 / 0.1 is not more than 3.
  const step = power * ([1, 2, 5].find((one) => one * power > rough * (1 - 1e-6)) ?? 10);
  const count = Math.max(2, Math.ceil(most / step - 1e-6));
  return Array.from({ length: count + 1 }, (_, place) => Number((place * step).toPrecision(3)));
}

/** Each series on top of those before it. */
export function stack(series: Series[]): number[][] {
  const total: number[] = [];
  return series.map((one) => one.values.map((value, place) => (total[place] = (total[place] ?? 0) + (value ?? 0))));
}

const high = (value: number, top: number) => Number((HEIGHT * (1 - value / top)).toFixed(1));

/** The columns between two lines of a stack. */
export function columns(upper: number[], lower: number[] | undefined, top: number): string {
  return upper
    .map((value, place) => {
      const base = lower?.[place] ?? 0;
      return value > base ? `M${place + 0.1} ${high(base, top)}V${high(value, top)}h.8V${high(base, top)}z` : "";
    })
    .join("");
}

/** A line from minute to minute, which breaks where nothing is known. */
export function line(values: (number | null)[], top: number): string {
  return values
    .map((value, place) => (value === null ? "" : `${(values[place - 1] ?? null) === null ? "M" : "L"}${place + 0.5} ${high(value, top)}`))
    .join("");
}

/** Dots where one value stands alone: as a line it would not be seen. */
export function dots(values: (number | null)[], top: number): string {
  return line(
    values.map((value, place) => ((values[place - 1] ?? values[place + 1] ?? null) === null ? value : null)),
    top,
  ).replace(/ [\d.]+/g, "$&h0");
}
