/** The page in one sentence, which is also the tab's title and its icon. */
import { type Route, type SignalLevel, type Status, modelName } from "../shared/api";
import { levelOf } from "../shared/chip";
import { filled } from "../shared/signal";
import { moment, ticking } from "../shared/time";
import { words } from "../words";

/** Routes whose story is told below the headline; the others are told of by number. */
const TOLD = 3;

/** From the worst to the best; nobody knows how good an unrated model is. */
const ORDER: SignalLevel[] = ["0", "unrated", "1", "2", "3", "4"];

export function headline(status: Status | null): string {
  if (!status) return words.status.waiting;
  const all = status.routes.length;
  if (all === 0) return words.status.noRoutes;
  const about = status.routes.filter((route) => route.level === status.level).length;
  const text = words.status.headline[status.level];
  return about < all ? words.status.ofRoutes(text, about, all) : text;
}

export function tabTitle(status: Status | null, isOld: boolean): string {
  const text = isOld ? words.status.tabOld : status ? headline(status) : words.status.title;
  return `${text} · ${words.product}`;
}

/** The signal of the route that is worst off. */
export function worstSignal(routes: Route[]): SignalLevel {
  const levels = routes.map((route) => levelOf(route));
  return ORDER.find((level) => levels.includes(level)) ?? "0";
}

/** Since when it has been so, and who saw an error: of the routes that the headline is about, the newest change first. */
export function sentences(status: Status, nowMs: number): string[] {
  const about = status.routes.filter((route) => route.level === status.level).sort((a, b) => b.since_ms - a.since_ms);
  const told = about.slice(0, TOLD).map((route) => sentence(route, nowMs));
  return about.length > TOLD ? [...told, words.status.moreRoutes(about.length - TOLD)] : told;
}

function sentence(route: Route, nowMs: number): string {
  const since = moment(route.since_ms, nowMs);
  const ids = route.targets.map((target) => target.id);
  const who = route.answering === null ? null : modelName(route.answering, ids);
  const first = who === null ? words.status.sinceNone(route.name, since) : words.status.sinceLead(route.name, who, since);
  return `${first} ${words.status.failed(route.failed_since)}`;
}

/** How fresh the page is: a mark and words, and whether it is old. `ageMs` is `null` before the first data. */
export function freshness(ageMs: number | null, waitedMs: number, isOld: boolean, isPaused: boolean): string {
  if (ageMs === null) return waitedMs > 5000 ? `◌ ${words.status.noGateway(ticking(waitedMs))}` : `◌ ${words.status.waiting}`;
  if (isPaused) return `◌ ${words.status.pausedFor(ticking(ageMs))}`;
  return isOld ? `◌ ${words.status.stale(ticking(ageMs))}` : `● ${words.status.live(ticking(ageMs))}`;
}

const COLOURS: Record<SignalLevel, string> = {
  "4": "#0b57a4",
  "3": "#0a6f5c",
  "2": "#c48a1a",
  "1": "#c9572f",
  "0": "#c0283f",
  unrated: "#80868d",
};

/** The tab's icon: as many bars as the signal has, a cross for none, hollow bars when nothing is known. */
export function icon(level: SignalLevel | null): string {
  const colour = COLOURS[level ?? "unrated"];
  const bars = [9, 15, 21, 27].map((height, place) => {
    const on = level !== null && place < filled(level);
    const paint = on ? `fill='${colour}'` : "fill='none' stroke='#80868d' stroke-width='1.5'";
    return `<rect x='${2 + place * 8}' y='${30 - height}' width='5' height='${height}' rx='1' ${paint}/>`;
  });
  const cross = level === "0" ? `<path d='M3 3l14 14M17 3L3 17' stroke='${colour}' stroke-width='4'/>` : "";
  const svg = `<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 32 32'>${bars.join("")}${cross}</svg>`;
  return `data:image/svg+xml,${encodeURIComponent(svg)}`;
}
