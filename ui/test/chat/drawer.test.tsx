import { render } from "preact";
import { act } from "preact/test-utils";
import { beforeEach, expect, test, vi } from "vitest";
import { Drawer } from "../../src/chat/drawer";
import { Keys, registerKeys } from "../../src/chat/keys";
import { change, conversation, conversations, newConversation, removeAll, settings } from "../../src/chat/store";
import { words } from "../../src/words";
import { plus, turn } from "./tabs";

const page = document.body.appendChild(document.createElement("main"));

beforeEach(async () => {
  await act(() => render(null, page));
  removeAll();
  for (const question of ["one", "two"]) {
    newConversation();
    change(plus(turn(question, question, "x")));
  }
  await act(() => render(<><Drawer /><Keys /></>, page));
});

const dialog = () => page.querySelector("dialog");
const button = (name: string) =>
  [...page.querySelectorAll<HTMLElement>("dialog button")].find((one) => (one.getAttribute("aria-label") ?? one.textContent?.trim())?.startsWith(name));
const click = (name: string) => act(() => button(name)?.click());
const open = async () => {
  page.querySelector<HTMLElement>("button.conversations")?.focus();
  await act(() => page.querySelector<HTMLElement>("button.conversations")?.click());
};
const press = (init: KeyboardEventInit, on: EventTarget = document.body) =>
  act(() => void on.dispatchEvent(new KeyboardEvent("keydown", { bubbles: true, cancelable: true, ...init })));

test("the list is hidden until it is asked for, and gives the focus back", async () => {
  expect(dialog()).toBe(null);
  await open();
  expect(dialog()?.open).toBe(true);
  expect(dialog()?.textContent).toContain(words.drawer.kept);
  await click(words.drawer.close);
  expect(dialog()).toBe(null);
  expect(document.activeElement?.className).toContain("conversations");
});

test("another conversation can be opened, and a new one begun", async () => {
  await open();
  await click("one");
  expect(conversation.value.title).toBe("one");
  expect(dialog()).toBe(null);
  await open();
  await click(words.drawer.new);
  expect(conversation.value.turns).toEqual([]);
});

test("a conversation can be named; Escape leaves the name as it was", async () => {
  await open();
  await click(`${words.drawer.rename}: two`);
  const field = () => dialog()?.querySelector<HTMLInputElement>("form input") as HTMLInputElement;
  field().value = "Renamed";
  await press({ key: "Escape" }, field());
  expect(conversations.value.map((entry) => entry.title)).toContain("two");
  expect(dialog()).not.toBe(null);
  await click(`${words.drawer.rename}: two`);
  field().value = "Renamed";
  await act(() => void field().form?.dispatchEvent(new Event("submit", { bubbles: true, cancelable: true })));
  expect(conversations.value.map((entry) => entry.title)).toContain("Renamed");
});

test("nothing is deleted without a question", async () => {
  await open();
  await click(`${words.drawer.remove}: two`);
  expect(dialog()?.textContent).toContain(words.drawer.sureOne("two"));
  expect(document.activeElement?.textContent).toBe(words.drawer.no);
  await click(words.drawer.no);
  expect(conversations.value).toHaveLength(2);
  await click(`${words.drawer.remove}: two`);
  await act(() => dialog()?.querySelector<HTMLElement>(".question button")?.click());
  expect(conversations.value.map((entry) => entry.title)).toEqual(["one"]);
  await click(words.drawer.removeAll);
  await act(() => dialog()?.querySelector<HTMLElement>(".question button")?.click());
  expect(conversations.value).toEqual([]);
});

test("a setting takes effect at once", async () => {
  await open();
  const box = dialog()?.querySelector<HTMLInputElement>("label input");
  await act(() => box?.click());
  expect(settings.value.showBackup).toBe(false);
});

test("keys work everywhere, but a question mark that is typed is a question mark", async () => {
  const actions = { chooseModel: vi.fn(), newChat: vi.fn(), toError: vi.fn() };
  const stop = registerKeys(actions);
  const field = page.appendChild(document.createElement("textarea"));
  await press({ key: "k", ctrlKey: true }, field);
  await press({ key: "O", ctrlKey: true, shiftKey: true }, field);
  await press({ key: "®", code: "KeyR", altKey: true }, field);
  for (const action of Object.values(actions)) expect(action).toHaveBeenCalledTimes(1);
  await press({ key: "?" }, field);
  expect(dialog()).toBe(null);
  await press({ key: "?" });
  expect(dialog()?.textContent).toContain("Shift+Enter");
  await press({ key: "k", ctrlKey: true });
  expect(actions.chooseModel).toHaveBeenCalledTimes(1);
  await click(words.drawer.close);
  stop();
  await press({ key: "k", ctrlKey: true }, field);
  expect(actions.chooseModel).toHaveBeenCalledTimes(1);
  field.remove();
});
