/**
 * Two tabs with the same conversation: what each has is kept.
 *
 * The result does not depend on which tab merges, so that two tabs that merge each other's words come to rest.
 */
import { type Answer, type Conversation, type Turn, isOver, textOf } from "./model";

/** `mine` and `theirs` in one, without the turns and answers that were taken back in either. */
export function merge(mine: Conversation, theirs: Conversation, gone: ReadonlySet<string>): Conversation {
  const newer = later(mine, theirs);
  const both = (one: Turn, other: Turn) => mergeTurns(one, other, newer === mine, gone);
  const turns = united(mine.turns, theirs.turns, (turn) => turn.id, both).filter((turn) => !gone.has(turn.id));
  return { ...newer, title: newer.title ?? mine.title ?? theirs.title, turns: turns.sort(byTime) };
}

function later(one: Conversation, other: Conversation): Conversation {
  if (one.at !== other.at) return one.at > other.at ? one : other;
  return JSON.stringify(one) >= JSON.stringify(other) ? one : other;
}

function byTime(one: Turn, other: Turn): number {
  const at = (turn: Turn) => turn.answers[0]?.at ?? Infinity;
  const difference = at(one) - at(other);
  return difference < 0 || difference > 0 ? difference : one.id < other.id ? -1 : 1;
}

/** All of both, in the order of the first, each once. */
function united<T>(mine: T[], theirs: T[], id: (of: T) => string, both: (one: T, other: T) => T): T[] {
  const rest = new Map(theirs.map((one) => [id(one), one]));
  const all = mine.map((one) => {
    const other = rest.get(id(one));
    rest.delete(id(one));
    return other ? both(one, other) : one;
  });
  return [...all, ...rest.values()];
}

function mergeTurns(mine: Turn, theirs: Turn, mineIsNewer: boolean, gone: ReadonlySet<string>): Turn {
  const all = united(mine.answers, theirs.answers, (answer) => answer.key, further);
  const answers = all.filter((answer) => !gone.has(answer.key));
  answers.sort((one, other) => one.at - other.at || (one.key < other.key ? -1 : 1));
  const shows = mineIsNewer ? mine : theirs;
  const key = shows.answers[shows.shown]?.key;
  const shown = Math.max(0, answers.findIndex((answer) => answer.key === key));
  return { ...shows, answers, shown };
}

/** The same answer twice: the one that has come further. */
function further(one: Answer, other: Answer): Answer {
  const order =
    one.seen - other.seen ||
    Number(isOver(one)) - Number(isOver(other)) ||
    textOf(one).length - textOf(other).length ||
    (JSON.stringify(one) >= JSON.stringify(other) ? 1 : -1);
  return order > 0 ? one : other;
}
