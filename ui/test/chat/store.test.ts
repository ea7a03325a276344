import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { merge } from "../../src/chat/merge";
import type { Conversation } from "../../src/chat/model";
import { openTab, plus, turn, withTurns } from "./tabs";

beforeEach(() => {
  vi.useFakeTimers();
  localStorage.clear();
  sessionStorage.clear();
});
afterEach(() => {
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

const item = (id: string) => localStorage.getItem(`handover/chat/${id}`);
const texts = (c: Conversation) => c.turns.map((one) => [one.question, one.answers.at(-1)?.parts.map((p) => p.text).join("")]);
/** From now on these fail, as `name` says. */
function broken(name: string, methods: ("getItem" | "setItem")[] = ["setItem"]) {
  const failing = () => {
    throw new DOMException("no", name);
  };
  const get = (storage: Storage, key: string | symbol) => {
    const value: unknown = Reflect.get(storage, key);
    return methods.includes(key as "getItem") ? failing : typeof value === "function" ? value.bind(storage) : value;
  };
  vi.stubGlobal("localStorage", new Proxy(localStorage, { get }));
}

test("a reload brings the conversation, its draft and the choice of model back", async () => {
  const { store } = await openTab();
  store.change((c) => ({ ...withTurns(turn("a", "Why?", "Because."))(c), model: "p/m", only: true }));
  store.draft.value = "and then";
  const again = (await openTab()).store;
  expect(again.conversation.value).toEqual(store.conversation.value);
  expect(again.draft.value).toBe("and then");
});

test("a draft outlives its tab, and what was sent does not come back as a draft", async () => {
  const { store } = await openTab();
  store.draft.value = "hello";
  sessionStorage.clear();
  const next = (await openTab()).store;
  expect(next.draft.value).toBe("hello");
  next.change(plus(turn("a", "hello", "hi")));
  next.draft.value = "";
  next.newConversation();
  expect(next.draft.value).toBe("");
});

test("each conversation has its own draft", async () => {
  const { store } = await openTab();
  store.change(plus(turn("a", "one", "1")));
  const first = store.conversation.value.id;
  store.draft.value = "in the first";
  store.newConversation();
  expect(store.draft.value).toBe("");
  store.draft.value = "in the new one";
  store.openConversation(first);
  expect(store.draft.value).toBe("in the first");
  store.newConversation();
  expect(store.draft.value).toBe("in the new one");
});

test("a new chat keeps the model that was picked", async () => {
  const { store } = await openTab();
  store.change((c) => ({ ...plus(turn("a", "one", "1"))(c), model: "p/m", only: true }));
  store.newConversation();
  expect(store.conversation.value).toMatchObject({ model: "p/m", only: true, turns: [] });
});

test("the title is the first question, cut at a word, unless the reader names it", async () => {
  const { store } = await openTab();
  const question = "  Summarise\nour travel policy for trips under two days, please, and be as brief as you can ";
  store.change(plus(turn("a", question)));
  expect(store.conversation.value.title).toBe("Summarise our travel policy for trips under two days,…");
  const { id } = store.conversation.value;
  store.rename(id, " Travel ");
  expect(store.conversations.value[0]?.title).toBe("Travel");
  store.rename(id, " ");
  expect(store.conversations.value[0]?.title).toContain("Summarise");
});

test("words that come are kept soon, the end of an answer at once, and a page that goes keeps all", async () => {
  const { store } = await openTab();
  const say = (text: string, over = false) =>
    store.change(withTurns(turn("a", "q", text, over ? {} : { phase: "answering" })));
  const kept = () => item(store.conversation.value.id) ?? "";
  say("one");
  say("one two");
  expect(kept()).not.toContain("one");
  vi.advanceTimersByTime(store.SAVE_AFTER_MS);
  expect(kept()).toContain("one two");
  say("one two three");
  dispatchEvent(new Event("pagehide"));
  expect(kept()).toContain("one two three");
  say("one two three four", true);
  expect(kept()).toContain("one two three four");
});

test("an answer goes on where it was asked, whatever the reader opens meanwhile", async () => {
  const { store } = await openTab();
  store.change(plus(turn("a", "q", "one", { phase: "answering" })));
  const { id } = store.conversation.value;
  store.newConversation();
  store.change(withTurns(turn("a", "q", "one two")), id);
  expect(store.conversation.value.turns).toEqual([]);
  expect(item(id)).toContain("one two");
  store.openConversation(id);
  expect(texts(store.conversation.value)).toEqual([["q", "one two"]]);
});

test("the last fifty conversations are kept, the oldest go with their drafts", async () => {
  const { store } = await openTab();
  const ids: string[] = [];
  for (let count = 0; count < 53; count++) {
    vi.advanceTimersByTime(1000);
    store.newConversation();
    store.change(plus(turn("a", `question ${count}`, "x")));
    store.draft.value = "draft";
    ids.push(store.conversation.value.id);
  }
  expect(store.conversations.value).toHaveLength(50);
  expect(store.conversations.value[0]?.title).toBe("question 52");
  expect(ids.map((id) => item(id) !== null)).toEqual(ids.map((_, place) => place >= 3));
  expect(Object.keys(localStorage).filter((key) => key.startsWith("handover/draft/"))).toHaveLength(50);
});

test("what is deleted is gone from the browser", async () => {
  const { store } = await openTab();
  store.change(plus(turn("a", "one", "1")));
  const first = store.conversation.value.id;
  store.newConversation();
  store.change(plus(turn("b", "two", "2")));
  store.remove(first);
  expect(store.conversations.value.map((entry) => entry.title)).toEqual(["two"]);
  expect(item(first)).toBe(null);
  store.removeAll();
  expect(store.conversations.value).toEqual([]);
  expect(store.conversation.value.turns).toEqual([]);
  expect(JSON.stringify({ ...localStorage })).not.toContain("two");
});

test("a question that was taken back leaves no empty entry", async () => {
  const { store } = await openTab();
  store.change(plus(turn("a", "one")));
  store.change(withTurns());
  expect(store.conversations.value).toEqual([]);
  expect(item(store.conversation.value.id)).toBe(null);
});

test.each([
  ["half of it", (raw: string) => raw.slice(0, -20)],
  ["another version", (raw: string) => raw.replace('"v":1', '"v":99')],
  ["no turns", (raw: string) => raw.replace('"turns"', '"torns"')],
  ["an answer without text", (raw: string) => raw.replace('"parts":[{"text"', '"parts":[{"toxt"')],
  ["a phase that does not exist", (raw: string) => raw.replace('"phase":"done"', '"phase":"dreaming"')],
  ["an error of another kind", (raw: string) => raw.replace('"error":null', '"error":{"kind":"odd"}')],
  ["nothing", () => "null"],
  ["no JSON", () => "\u0000"],
])("a damaged conversation (%s) is put aside, not lost, and the page goes on", async (_, damage) => {
  const { store } = await openTab();
  store.change(plus(turn("a", "precious", "words")));
  const { id } = store.conversation.value;
  const damaged = damage(item(id) ?? "");
  localStorage.setItem(`handover/chat/${id}`, damaged);
  const again = (await openTab()).store;
  expect(again.conversation.value.turns).toEqual([]);
  again.openConversation(id);
  expect(again.conversations.value).toEqual([]);
  const aside = Object.keys(localStorage).filter((key) => key.startsWith(`handover/damaged/chat/${id}`));
  expect(aside.map((key) => localStorage.getItem(key))).toEqual([damaged]);
});

test.each([["{"], ["null"], ['{"v":1,"list":[{"id":1}]}'], [null]])("a damaged list (%s) is made anew from what is kept", async (raw) => {
  const { store } = await openTab();
  store.change(plus(turn("a", "one", "1")));
  if (raw === null) localStorage.removeItem("handover/index");
  else localStorage.setItem("handover/index", raw);
  expect((await openTab()).store.conversations.value.map((entry) => entry.title)).toEqual(["one"]);
});

test("fields that a former version did not have get their usual values", async () => {
  const { store } = await openTab();
  store.change(plus(turn("a", "one", "1")));
  const { id } = store.conversation.value;
  localStorage.setItem(`handover/chat/${id}`, (item(id) ?? "").replace('"thinking":"",', "").replace('"continues":false', '"x":1'));
  expect((await openTab()).store.conversation.value.turns[0]?.answers[0]).toMatchObject({ thinking: "", continues: false });
});

test("a full storage is said, nothing on the page is lost, and deleting helps", async () => {
  const { store } = await openTab();
  store.change(plus(turn("a", "one", "1")));
  const first = store.conversation.value.id;
  broken("QuotaExceededError");
  store.newConversation();
  store.change(plus(turn("b", "two", "2")));
  const second = store.conversation.value.id;
  expect(store.storageTrouble.value).toBe("full");
  store.openConversation(first);
  expect(store.conversations.value.map((entry) => entry.title).sort()).toEqual(["one", "two"]);
  store.openConversation(second);
  expect(texts(store.conversation.value)).toEqual([["two", "2"]]);
  vi.unstubAllGlobals();
  store.remove(first);
  store.change(plus(turn("c", "three", "3")));
  expect(store.storageTrouble.value).toBe(null);
  expect(item(second)).toContain("three");
});

test("a page whose storage is blocked goes on in memory and says so", async () => {
  broken("SecurityError", ["getItem", "setItem"]);
  const { store } = await openTab();
  store.draft.value = "hello";
  store.change(plus(turn("a", "one", "1")));
  store.change(plus(turn("b", "two", "2")));
  expect(store.storageTrouble.value).toBe("blocked");
  const first = store.conversation.value.id;
  store.newConversation();
  store.openConversation(first);
  expect(texts(store.conversation.value)).toEqual([["one", "1"], ["two", "2"]]);
  expect(store.conversations.value).toHaveLength(1);
});

test("a window that allows no byte is blocked, not full", async () => {
  broken("QuotaExceededError");
  const { store } = await openTab();
  store.change(plus(turn("a", "one", "1")));
  expect(store.storageTrouble.value).toBe("blocked");
});

test("settings are kept, and nonsense among them is not believed", async () => {
  const { store } = await openTab();
  store.settings.value = { ...store.settings.value, phoneStyle: true };
  expect((await openTab()).store.settings.value).toEqual({ showBackup: true, readAloud: false, phoneStyle: true });
  localStorage.setItem("handover/settings", '{"showBackup":"no","readAloud":true}');
  expect((await openTab()).store.settings.value).toEqual({ showBackup: true, readAloud: true, phoneStyle: false });
});

/** Two tabs with the same conversation open, and the way for what they write. */
async function twoTabs() {
  const one = await openTab();
  one.store.change(plus(turn("a", "first", "1")));
  const { id } = one.store.conversation.value;
  const two = await openTab();
  const carry = (to: typeof one) => to.hears(`handover/chat/${id}`, item(id));
  return { one, two, id, carry };
}

test("two tabs that ask at the same time lose neither question, and come to rest", async () => {
  const { one, two, carry, id } = await twoTabs();
  one.store.change(plus(turn("b", "from one", "b", { at: 2000 })));
  const ofOne = item(id);
  two.store.change(plus(turn("c", "from two", "c", { at: 3000 })));
  two.hears(`handover/chat/${id}`, ofOne);
  vi.advanceTimersByTime(1000);
  carry(one);
  vi.advanceTimersByTime(1000);
  const both = [["first", "1"], ["from one", "b"], ["from two", "c"]];
  expect(texts(one.store.conversation.value)).toEqual(both);
  expect(texts(two.store.conversation.value)).toEqual(both);
  const before = item(id);
  carry(one);
  carry(two);
  expect(vi.getTimerCount()).toBe(0);
  expect(item(id)).toBe(before);
});

test("an older copy from another tab does not shorten the answer that comes here", async () => {
  const { one, carry, id } = await twoTabs();
  const older = item(id);
  one.store.change(withTurns(turn("a", "first", "1 2 3", { seen: 9 })));
  one.hears(`handover/chat/${id}`, older);
  expect(texts(one.store.conversation.value)).toEqual([["first", "1 2 3"]]);
  carry(one);
  expect(texts(one.store.conversation.value)).toEqual([["first", "1 2 3"]]);
});

test("what one tab reads of an answer shows in the other", async () => {
  const { one, two, carry } = await twoTabs();
  one.store.change(plus(turn("b", "q", "long text", { phase: "answering", seen: 4, at: 2000 })));
  vi.advanceTimersByTime(1000);
  carry(two);
  expect(texts(two.store.conversation.value).at(-1)).toEqual(["q", "long text"]);
});

test("a question that was taken back in one tab does not come back from the other", async () => {
  const { one, two, carry } = await twoTabs();
  one.store.change(withTurns());
  one.store.change(plus(turn("b", "instead", "2", { at: 2000 })));
  carry(two);
  vi.advanceTimersByTime(1000);
  carry(one);
  expect(texts(one.store.conversation.value)).toEqual([["instead", "2"]]);
  expect(texts(two.store.conversation.value)).toEqual([["instead", "2"]]);
});

test("an answer that was taken back before it was sent is not sent by the other tab", async () => {
  const { one, two, carry, id } = await twoTabs();
  one.store.change(plus(turn("b", "oops", "", { phase: "sending", seen: -1, at: 2000 })));
  vi.advanceTimersByTime(1000);
  carry(two);
  one.store.change((c) => ({ ...c, turns: c.turns.slice(0, 1) }));
  two.store.rename(id, "changed meanwhile");
  vi.advanceTimersByTime(1000);
  carry(one);
  vi.advanceTimersByTime(1000);
  carry(two);
  expect(texts(one.store.conversation.value)).toEqual([["first", "1"]]);
  expect(texts(two.store.conversation.value)).toEqual([["first", "1"]]);
});

test("a page that comes back from the background reads what it missed", async () => {
  const { one, two } = await twoTabs();
  vi.advanceTimersByTime(1000);
  two.store.change(plus(turn("b", "meanwhile", "2", { at: 2000 })));
  document.dispatchEvent(new Event("visibilitychange"));
  expect(texts(one.store.conversation.value).at(-1)).toEqual(["meanwhile", "2"]);
});

test("a conversation that another tab went on with is opened as it is now", async () => {
  const { one, two, id } = await twoTabs();
  one.store.newConversation();
  two.store.change(plus(turn("b", "meanwhile", "2", { at: 2000 })));
  one.store.openConversation(id);
  expect(texts(one.store.conversation.value).at(-1)).toEqual(["meanwhile", "2"]);
});

test("damage from another tab is not taken over", async () => {
  const { one, id } = await twoTabs();
  one.hears(`handover/chat/${id}`, '{"v":1,"conversation":{}}');
  one.hears("handover/index", "{");
  one.hears("someone/else", "{");
  expect(texts(one.store.conversation.value)).toEqual([["first", "1"]]);
});

test("a conversation that another tab deleted stays where it is read, until it is changed", async () => {
  const { one, id } = await twoTabs();
  localStorage.clear();
  one.hears(`handover/chat/${id}`, null);
  expect(texts(one.store.conversation.value)).toEqual([["first", "1"]]);
});

test("merging does not depend on which tab does it", () => {
  const base: Conversation = { id: "x", title: "t", at: 5, turns: [], model: null, only: false };
  const one = { ...base, turns: [turn("d", "gone", "4"), turn("a", "q", "1"), turn("b", "r", "22", { seen: 2, phase: "answering" })] };
  const other = { ...base, at: 6, model: "p/m", turns: [turn("a", "q", "1"), turn("b", "r", "2"), turn("c", "s", "3", { at: 900 })] };
  const gone = new Set(["d"]);
  expect(merge(one, other, gone)).toEqual(merge(other, one, gone));
  expect(merge(one, other, gone)).toMatchObject({ model: "p/m", at: 6 });
  expect(texts(merge(one, other, gone))).toEqual([["s", "3"], ["q", "1"], ["r", "2"]]);
  const same = { ...other, at: 5 };
  expect(merge(one, same, gone)).toEqual(merge(same, one, gone));
});
