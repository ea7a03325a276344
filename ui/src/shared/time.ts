/** Times as people read them. */
import { words } from "../words";

/** `0.4 s`, `12 s`, `3 min`, `2 h`: as exact as it matters. */
export function duration(ms: number): string {
  const s = ms / 1000;
  if (ms < 99.5) return `${Math.round(ms)} ms`;
  if (s < 9.95) return `${s.toFixed(1)} s`;
  return coarse(s);
}

/** Whole seconds, at least one: for what counts up or down while it is read. */
export function ticking(ms: number): string {
  return coarse(Math.max(1, ms / 1000));
}

function coarse(s: number): string {
  if (s < 99.5) return `${Math.round(s)} s`;
  if (s < 5970) return `${Math.round(s / 60)} min`;
  if (s < 172_800) return `${Math.round(s / 3600)} h`;
  return `${Math.round(s / 86_400)} ${words.time.days}`;
}

/** The time of day at this reader's place: `14:05`. */
export function clock(unixMs: number, seconds = false): string {
  const options: Intl.DateTimeFormatOptions = { hour: "2-digit", minute: "2-digit", hourCycle: "h23" };
  if (seconds) options.second = "2-digit";
  return new Intl.DateTimeFormat(undefined, options).format(unixMs);
}

/** The time of day, with the day where it may be another one than `nowMs`. */
export function moment(unixMs: number, nowMs: number): string {
  const day = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short" });
  const of = day.format(unixMs);
  return of === day.format(nowMs) ? clock(unixMs) : `${of}, ${clock(unixMs)}`;
}

/** Money: enough digits to see that it is not nothing. */
export function money(amount: number, currency: string): string {
  const digits = amount === 0 || amount >= 0.995 ? 2 : amount >= 0.01 ? 3 : 5;
  const sign = currency === "USD" ? "$" : `${currency} `;
  return sign + amount.toFixed(digits).replace(/(\.\d\d\d*?)0+$/, "$1");
}

/** A share, never rounded up to all: `99.9 %` is what is left when one of a million failed. */
export function percent(share: number): string {
  return `${Math.floor(share * 1000 + 1e-6) / 10} %`;
}
