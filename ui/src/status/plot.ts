/**
 * Draws a chart with uPlot, which is loaded when the first one is drawn: the chat page does without.
 *
 * Colours are read from the page at each drawing, so light and dark follow the system.
 */
import type uPlot from "uplot";
import { clock } from "../shared/time";
import { type Chart, stack } from "./chartdata";

const HEIGHT = 140;

/** Makes the picture; `pointed` is told the place of the minute under the pointer, or `null`. */
export async function draw(
  into: HTMLElement,
  chart: Chart,
  times: number[],
  pointed: (place: number | null) => void,
): Promise<uPlot> {
  const { default: Plot } = await import("uplot");
  const colour = (name: string) => getComputedStyle(into).getPropertyValue(`--${name}`).trim();
  const axis = { stroke: () => colour("soft"), grid: { stroke: () => colour("line"), width: 1 }, ticks: { show: false } };
  const bars = Plot.paths.bars?.({ size: [0.9], align: 0 });
  const series = chart.series.map((one): uPlot.Series => {
    const paint = () => (one.hatched ? hatch(colour(one.colour), colour("panel")) : colour(one.colour));
    if (chart.stacked && bars) return { stroke: paint, fill: paint, width: 0, paths: bars, points: { show: false } };
    return { stroke: () => colour(one.colour), width: 2, dash: one.dash ?? [], points: { size: 4 } };
  });
  const font = "12px system-ui, sans-serif";
  const plot = new Plot(
    {
      width: into.clientWidth,
      height: HEIGHT,
      legend: { show: false },
      cursor: { drag: { x: false, y: false }, y: false, points: { show: false } },
      scales: { y: { range: (_, __, most) => [0, most > 0 ? most * 1.08 : 1] } },
      axes: [
        { ...axis, font, size: 24, space: 60, values: (_, splits) => splits.map((s) => clock(s * 1000)) },
        { ...axis, font, size: 50, space: 30, values: (_, splits) => splits.map((v) => chart.tick(v)) },
      ],
      // The highest of a stack is painted first, and the others over it.
      series: [{}, ...(chart.stacked ? series.reverse() : series)],
      hooks: { setCursor: [(of) => pointed(of.cursor.idx ?? null)] },
    },
    data(chart, times),
    into,
  );
  const resized = new ResizeObserver(() => plot.setSize({ width: into.clientWidth, height: HEIGHT }));
  resized.observe(into);
  const scheme = matchMedia("(prefers-color-scheme: dark)");
  const painted = () => plot.redraw();
  scheme.addEventListener("change", painted);
  const destroy = plot.destroy.bind(plot);
  plot.destroy = () => {
    resized.disconnect();
    scheme.removeEventListener("change", painted);
    destroy();
  };
  return plot;
}

export function redraw(plot: uPlot, chart: Chart, times: number[]): void {
  plot.setData(data(chart, times));
}

function data(chart: Chart, times: number[]): uPlot.AlignedData {
  const lines = chart.stacked ? stack(chart.series).reverse() : chart.series.map((one) => one.values);
  return [times, ...lines];
}

/** Stripes: who cannot tell the colours sees what failed all the same. */
function hatch(ink: string, paper: string): CanvasPattern | string {
  const tile = document.createElement("canvas");
  tile.width = tile.height = 6;
  const pen = tile.getContext("2d");
  if (!pen) return ink;
  pen.fillStyle = paper;
  pen.fillRect(0, 0, 6, 6);
  pen.strokeStyle = ink;
  pen.lineWidth = 2;
  pen.beginPath();
  for (const at of [-6, 0, 6]) {
    pen.moveTo(at, 6);
    pen.lineTo(at + 6, 0);
  }
  pen.stroke();
  return pen.createPattern(tile, "repeat") ?? ink;
}
