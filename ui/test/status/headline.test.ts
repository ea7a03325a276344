import { expect, test } from "vitest";
import { freshness, headline, icon, sentences, tabTitle, worstSignal } from "../../src/status/headline";
import { route, status, target } from "./made";

const lead = route("chat", "lead", 0, [target("a/one")]);
const backup = route("code", "backup", 1, [target("a/one"), target("b/two", { signal: "2" })]);
const nobody = route("mail", "none", null, [target("a/one")]);

test("the first sentence of the page is true of all routes", () => {
  const check = (of: Parameters<typeof headline>[0], expected: string) => expect(headline(of)).toBe(expected);
  check(null, "Waiting for the gateway…");
  check(status("none", []), "No route is configured");
  check(status("lead", [lead]), "Everything on the lead model");
  check(status("lead", [lead, lead]), "Everything on the lead model");
  check(status("backup", [backup]), "Running on a backup");
  check(status("backup", [lead, backup]), "Running on a backup: 1 of 2 routes");
  check(status("none", [lead, backup, nobody]), "No model can answer: 1 of 3 routes");
  check(status("none", [nobody]), "No model can answer");
});

test("a tab in the background does not say that all is well when nothing is known", () => {
  expect(tabTitle(status("lead", [lead]), false)).toBe("Everything on the lead model · Handover");
  expect(tabTitle(status("lead", [lead]), true)).toBe("No update · Handover");
  expect(tabTitle(null, false)).toBe("Status · Handover");
});

test("the second line is about the routes of the headline, and only about them", () => {
  const check = (of: ReturnType<typeof status>, expected: RegExp[]) => {
    const told = sentences(of, 0);
    expect(told.length).toBe(expected.length);
    told.forEach((line, place) => expect(line).toMatch(expected[place] ?? ""));
  };
  check(status("lead", [lead]), [/^Route chat has answered with one since .*\. Nobody has seen an error\.$/]);
  check(status("backup", [lead, backup]), [/^Route code has answered with two since/]);
  check(status("none", [lead, { ...nobody, failed_since: 1 }]), [/^Route mail has had nobody since .*\. 1 answer has failed since\.$/]);
  check(status("none", [{ ...nobody, failed_since: 12 }]), [/12 answers have failed since\.$/]);
  // The newest change comes first, and a long list ends.
  const many = Array.from({ length: 5 }, (_, n) => ({ ...lead, name: `r${n}`, since_ms: n }));
  check(status("lead", many), [/^Route r4 /, /^Route r3 /, /^Route r2 /, /^2 more routes likewise\.$/]);
  check(status("lead", []), []);
});

test("the icon shows the route that is worst off", () => {
  const check = (levels: string[], expected: string) => {
    const routes = levels.map((signal, n) =>
      route(`r${n}`, signal === "0" ? "none" : "backup", signal === "0" ? null : 0, [
        target("a/x", { signal: signal as "4" }),
      ]),
    );
    expect(worstSignal(routes)).toBe(expected);
  };
  check(["4"], "4");
  check(["4", "2", "3"], "2");
  check(["4", "unrated", "1"], "unrated");
  check(["4", "0", "unrated"], "0");
  check([], "0");
});

test("the icon can be read without its colour", () => {
  const check = (level: Parameters<typeof icon>[0], bars: number, cross: boolean) => {
    const svg = decodeURIComponent(icon(level));
    expect(svg.match(/fill='#/g)?.length ?? 0).toBe(bars);
    expect(svg.includes("<path")).toBe(cross);
  };
  check("4", 4, false);
  check("3", 3, false);
  check("2", 2, false);
  check("1", 1, false);
  check("unrated", 0, false);
  check(null, 0, false);
  check("0", 0, true);
});

test("how fresh the page is, is always said", () => {
  const check = (age: number | null, waited: number, isOld: boolean, isPaused: boolean, expected: string) =>
    expect(freshness(age, waited, isOld, isPaused)).toBe(expected);
  check(null, 0, false, false, "◌ Waiting for the gateway…");
  check(null, 5001, false, false, "◌ The gateway has not answered for 5 s. It is tried again by itself.");
  check(0, 9000, false, false, "● Live, updated 1 s ago");
  check(999, 9000, false, false, "● Live, updated 1 s ago");
  check(5000, 9000, false, false, "● Live, updated 5 s ago");
  check(12_000, 90_000, true, false, "◌ No update for 12 s, numbers may be old");
  check(180_000, 900_000, true, false, "◌ No update for 3 min, numbers may be old");
  check(30_000, 90_000, false, true, "◌ Paused, as it was 30 s ago");
});
