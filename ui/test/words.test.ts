import { expect, test } from "vitest";
import { words } from "../src/words";

const files = import.meta.glob<string>(["../src/**/*.ts", "../src/**/*.tsx", "!../src/words.ts"], {
  query: "?raw",
  import: "default",
  eager: true,
});
const source = Object.values(files).join("\n");

/** Every entry of `of`, as the names that lead to it. */
function entries(of: object, before: string[] = []): string[][] {
  return Object.entries(of).flatMap(([name, value]) => {
    const path = [...before, name];
    return typeof value === "object" && !Array.isArray(value) ? entries(value, path) : [path];
  });
}

const occurs = (pattern: string) => new RegExp(pattern).test(source);
const named = (path: string[]) => ["words", ...path].join("\\.");

/** By its whole name; or out of a group that is taken as one, by its own name or by any. */
function isUsed(path: string[]): boolean {
  if (occurs(`${named(path)}\\b`)) return true;
  const own = `\\b${path.at(-1)}\\b`;
  return path.some((_, depth) => {
    const group = named(path.slice(0, depth));
    if (depth === path.length - 1 && occurs(`${group}\\[`)) return true;
    return occurs(`${group}(?![\\w.])`) && occurs(own);
  });
}

test("nobody downloads, or translates, a sentence that is never shown", () => {
  expect(entries(words).length).toBeGreaterThan(300);
  expect(entries({ ...words, unknown: { sentence_of_nobody: "" } }).filter((path) => !isUsed(path))).toEqual([
    ["unknown", "sentence_of_nobody"],
  ]);
});
