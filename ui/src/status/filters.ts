/** Which of the last requests are shown. */
import type { SignalLevel, Story } from "../shared/api";

export interface Filter {
  route: string;
  target: string;
  signal: SignalLevel | "";
  switched: boolean;
  failed: boolean;
  /** Seconds, as they were typed. */
  slower: string;
}

export const noFilter: Filter = { route: "", target: "", signal: "", switched: false, failed: false, slower: "" };

/** Somebody else than the first target answered, or went on with the answer. */
export function isSwitched(story: Story): boolean {
  return story.hand_overs.length > 0 || (story.reason !== null && story.served !== null);
}

export function isFailed(story: Story): boolean {
  return story.outcome === "failed" || story.outcome === "interrupted";
}

/** Whether a target had a part in a request: asked, or served. */
function hasPart(story: Story, target: string): boolean {
  return story.served === target || story.steps.some((step) => step.target === target && step.asked);
}

export function matches(story: Story, filter: Filter): boolean {
  const slower = Number.parseFloat(filter.slower.replace(",", "."));
  return (
    (filter.route === "" || story.route === filter.route) &&
    (filter.target === "" || hasPart(story, filter.target)) &&
    (filter.signal === "" || story.signal === filter.signal) &&
    (!filter.switched || isSwitched(story)) &&
    (!filter.failed || isFailed(story)) &&
    (Number.isNaN(slower) || story.took_ms > slower * 1000)
  );
}
