import { render } from "preact";
import { act } from "preact/test-utils";
import { beforeEach, expect, test } from "vitest";
import { Picker, choice, openPicker } from "../../src/chat/picker";
import { conversation, change, newConversation, removeAll } from "../../src/chat/store";
import { shownRoute } from "../../src/shared/chip";
import { status } from "../../src/shared/live";
import type { Route, Status, Target } from "../../src/shared/api";
import { words } from "../../src/words";
import { turn } from "./tabs";

const target = (id: string, changes: Partial<Target> = {}): Target =>
  ({ id, place: 1, of: 2, state: "ready", is_off: false, slow: false, tried_again_in_s: null, signal: "4", ...changes }) as Target;
const route = (name: string, targets: Target[], answering = targets[0]?.id ?? null): Route =>
  ({ name, level: "lead", answering, targets }) as Route;
const offered = (...routes: Route[]) => void (status.value = { routes } as Status);

const usual = () =>
  offered(
    route("default", [
      target("anthropic/claude-sonnet", { state: "resting", tried_again_in_s: 24 }),
      target("azure/gpt-mini", { place: 2, signal: "2" }),
    ], "azure/gpt-mini"),
    route("cheap", [target("azure/gpt-mini", { signal: "4" }), target("local/llama", { place: 2, signal: "unrated" })]),
  );

let page: HTMLElement;
beforeEach(async () => {
  if (page) await act(() => render(null, page));
  removeAll();
  usual();
  document.body.replaceChildren((page = document.createElement("main")));
  await act(() => {
    change((c) => ({ ...c, model: null, only: false }));
    render(<Picker />, page);
  });
});

const button = () => page.querySelector<HTMLElement>("button") as HTMLElement;
const search = () => page.querySelector<HTMLInputElement>("input[role=combobox]") as HTMLInputElement;
const options = () => [...page.querySelectorAll<HTMLElement>("[role=option]")];
const names = () => options().map((option) => option.querySelector("b")?.textContent);
const activeName = () => document.getElementById(search().getAttribute("aria-activedescendant") ?? "")?.querySelector("b")?.textContent;
const press = (key: string, on: HTMLElement = search()) =>
  act(() => void on.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true })));
const type = (text: string) =>
  act(() => {
    search().value = text;
    search().dispatchEvent(new Event("input", { bubbles: true }));
  });

test("everything that can be asked is offered once, Auto first", async () => {
  await press("ArrowDown", button());
  expect(names()).toEqual([words.picker.auto, words.picker.autoRoute("cheap"), "claude-sonnet", "gpt-mini", "llama"]);
  expect(options()[0]?.textContent).toContain("claude-sonnet, then gpt-mini");
  expect(options()[0]?.textContent).toContain(words.picker.recommended);
  expect(options()[2]?.textContent).toContain("Resting");
  expect(options()[2]?.textContent).toContain("next try in 24 s");
  expect(options()[2]?.textContent).toContain(words.signal["4"].word);
});

test("a model can be picked with the keyboard alone", async () => {
  button().focus();
  await press("ArrowDown", button());
  expect(document.activeElement).toBe(search());
  expect(activeName()).toBe(words.picker.auto);
  await press("End");
  expect(activeName()).toBe("llama");
  await press("ArrowDown");
  expect(activeName()).toBe(words.picker.auto);
  await press("ArrowUp");
  await press("ArrowUp");
  expect(activeName()).toBe("gpt-mini");
  await press("Home");
  await press("ArrowDown");
  await press("ArrowDown");
  await press("Enter");
  expect(conversation.value.model).toBe("anthropic/claude-sonnet");
  expect(document.activeElement).toBe(button());
  expect(options()).toEqual([]);
  expect(button().getAttribute("aria-label")).toBe("Model: claude-sonnet");
});

test("typing on the button or in the list finds a model", async () => {
  await press("l", button());
  expect(search().value).toBe("l");
  expect(activeName()).toBe("llama");
  await type("azure gpt");
  expect(names()).toEqual(["gpt-mini"]);
  await type("nobody");
  expect(page.textContent).toContain(words.picker.none);
  await press("Enter");
  expect(conversation.value.model).toBe(null);
});

test("Escape closes the list, changes nothing and stops no answer", async () => {
  let reached = 0;
  page.addEventListener("keydown", () => reached++);
  button().focus();
  await press("ArrowDown", button());
  reached = 0;
  await press("ArrowDown");
  await press("Escape");
  expect(options()).toEqual([]);
  expect(conversation.value.model).toBe(null);
  expect(document.activeElement).toBe(button());
  expect(reached).toBe(0);
});

test("only this model: for a model, never for a whole route", async () => {
  const box = () => page.querySelector<HTMLInputElement>("[role=switch]") as HTMLInputElement;
  await act(() => openPicker());
  expect(box().disabled).toBe(true);
  await type("llama");
  await press("Enter");
  await act(() => openPicker());
  await act(() => box().click());
  expect(conversation.value).toMatchObject({ model: "local/llama", only: true });
  expect(choice.value).toMatchObject({ only: true, choice: { model: "local/llama" } });
  await act(() => change((c) => ({ ...c, model: "cheap" })));
  expect(choice.value.only).toBe(false);
});

test("a model that is gone gives way to Auto, and comes back as the choice", async () => {
  await act(() => change((c) => ({ ...c, model: "old/model-x", only: true })));
  expect(page.textContent).toContain(words.picker.gone("model-x"));
  expect(choice.value).toMatchObject({ gone: "old/model-x", only: false, choice: { model: null } });
  await act(() => offered(route("default", [target("old/model-x")])));
  expect(choice.value).toMatchObject({ gone: null, only: true, choice: { model: "old/model-x" } });
  await act(() => void (status.value = null));
  expect(choice.value).toMatchObject({ gone: null, choice: { model: "old/model-x" } });
});

test("a change under way says that it counts from the next message", async () => {
  await act(() => change((c) => ({ ...c, turns: [turn("a", "q", "w", { phase: "answering" })] })));
  expect(page.textContent).not.toContain(words.picker.fromNext);
  await act(() => openPicker());
  await type("llama");
  await press("Enter");
  expect(page.textContent).toContain(words.picker.fromNext);
  await act(() => change((c) => ({ ...c, turns: [turn("a", "q", "w")] })));
  expect(page.textContent).not.toContain(words.picker.fromNext);
});

test("the chip in the header speaks of the route that is picked", async () => {
  expect(shownRoute.value).toBe(null);
  await act(() => change((c) => ({ ...c, model: "local/llama" })));
  expect(shownRoute.value).toBe("cheap");
  await act(() => newConversation());
});

test("under Auto the resting lead is named, with its next try", () => {
  expect(page.textContent).toContain(words.chip.nextTry("claude-sonnet", "24 s"));
});

test("five hundred models stay usable: fifty are drawn, the search finds the rest", async () => {
  const many = Array.from({ length: 500 }, (_, place) => target(`p/model-${place}`));
  await act(() => offered(route("default", many)));
  await act(() => change((c) => ({ ...c, model: "p/model-321" })));
  await act(() => openPicker());
  expect(options()).toHaveLength(51);
  expect(activeName()).toBe("model-321");
  expect(page.textContent).toContain(words.picker.more(450));
  await type("499");
  expect(names()).toEqual(["model-499"]);
});

test("two providers of one model can be told apart", async () => {
  await act(() => offered(route("default", [target("a/m"), target("b/m", { place: 2 })])));
  await act(() => openPicker());
  expect(names()).toEqual([words.picker.auto, "a/m", "b/m"]);
});

test("before the list is here the page says so", async () => {
  await act(() => void (status.value = null));
  await act(() => openPicker());
  expect(page.textContent).toContain(words.picker.noStatus);
});
