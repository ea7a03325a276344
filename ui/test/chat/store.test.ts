import { expect, test, vi } from "vitest";

test("the store can be loaded", async () => {
  vi.resetModules();
  localStorage.clear();
  const store = await import("../../src/chat/store");
  store.change((c) => ({ ...c, turns: [{ id: "t", question: "Why is the sky blue?", answers: [], shown: 0 }] }));
  expect(store.conversations.value.map((e) => e.title)).toEqual(["Why is the sky blue?"]);
  expect(localStorage.getItem(`handover/chat/${store.conversation.value.id}`)).toContain("sky");
  vi.resetModules();
  const again = await import("../../src/chat/store");
  expect(again.conversation.value).toEqual(store.conversation.value);
});
