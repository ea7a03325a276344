/** What this reader wants to see, kept in this browser. */
import { effect, signal } from "@preact/signals";
import { onOtherTab, parsed, read, write } from "./storage";

export interface Settings {
  /** The notice above an answer that a backup gave. */
  showBackup: boolean;
  /** Whole answers go to screen readers, once they are complete. */
  readAloud: boolean;
  /** 5G, 4G, 3G, EDGE instead of Full, Good, Reduced, Basic. */
  phoneStyle: boolean;
}

const usual: Settings = { showBackup: true, readAloud: false, phoneStyle: false };

function accepted(value: unknown): Settings {
  const given = value as Partial<Record<keyof Settings, unknown>> | null;
  const chosen = (name: keyof Settings) => (typeof given?.[name] === "boolean" ? given[name] : usual[name]);
  return { showBackup: chosen("showBackup"), readAloud: chosen("readAloud"), phoneStyle: chosen("phoneStyle") };
}

const load = (raw: string | null): Settings => parsed(raw ?? "null", accepted) ?? usual;

export const settings = signal<Settings>(load(read("settings")));

let last = settings.value;
effect(() => {
  if (settings.value !== last) write("settings", JSON.stringify((last = settings.value)));
});

onOtherTab((key, raw) => {
  if (key === "settings") settings.value = last = load(raw);
});
