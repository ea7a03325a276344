import { render } from "preact";
import { act } from "preact/test-utils";
import { beforeEach, expect, test, vi } from "vitest";
import { Markdown } from "../../src/markdown/markdown";
import { Writer } from "../../src/markdown/writer";
import { words } from "../../src/words";
import { allowed, attacks } from "./attacks";

function rendered(markdown: string, pieces: string[] = [markdown]): HTMLElement {
  const box = document.createElement("div");
  const writer = new Writer(box);
  let text = "";
  for (const piece of pieces) writer.write((text += piece), false);
  writer.write(markdown, true);
  return box;
}

function check(markdown: string, html: string) {
  const box = rendered(markdown);
  for (const node of box.querySelectorAll("*")) for (const name of ["dir", "rel", "target"]) node.removeAttribute(name);
  expect(box.innerHTML).toBe(html);
}

function inPieces(text: string, length: number): string[] {
  const pieces: string[] = [];
  for (let at = 0; at < text.length; at += length) pieces.push(text.slice(at, at + length));
  return pieces;
}

test("there are enough attacks to mean something", () => expect(attacks.length).toBeGreaterThanOrEqual(40));

test.each(attacks)("no answer runs, loads or hides anything: $name", ({ markdown, shows, links }) => {
  for (const pieces of [[markdown], [...markdown], inPieces(markdown, 4)]) {
    const box = rendered(markdown, pieces);
    for (const node of box.querySelectorAll<HTMLElement>("*")) {
      expect(allowed.elements).toContain(node.localName);
      for (const { name, value } of node.attributes) {
        expect(allowed.attributes).toContain(name);
        if (name === "href") expect(value).toMatch(allowed.addresses);
        if (name === "class") expect(value).toMatch(allowed.classes);
      }
      if (node.hasAttribute("href")) {
        expect(node.getAttribute("rel")).toBe("noopener noreferrer nofollow");
        expect(node.getAttribute("target")).toBe("_blank");
      }
    }
    if (shows) expect(box.textContent).toContain(shows);
    if (links) expect([...box.querySelectorAll("a")].map((link) => link.getAttribute("href"))).toEqual(links);
    expect(box.textContent).not.toMatch(/[\u202a-\u202e\u2066-\u2069]/);
  }
});

test("a link says where it leads when its text does not", () => {
  const titles = (markdown: string) => [...rendered(markdown).querySelectorAll("a")].map((a) => a.title);
  expect(titles("[bank](https://bank.example@evil.example/)")).toEqual(["evil.example"]);
  expect(titles("[evil.example](https://evil.example/a) https://b.example/c")).toEqual(["", ""]);
  expect(titles("[write](mailto:a@b.example)")).toEqual(["a@b.example"]);
});

test("nothing that was written is lost when it only looked like markup", () => {
  const same = (text: string) => expect(rendered(text).textContent).toBe(text);
  same("array[i] = b[j] * 2");
  same("5*3 = 15");
  same("snake_case_name and my__init__x");
  same("costs $five or more");
  same("the attributes _a and b._c, x.__d and y.__e");
  same("**** and ____");
  same("a `b");
  same("see [1] and [2][3]");
  same("cut in [the middle](https://a.exam");
  same("![half");
  same("a < b && c > d");
  same("~~a");
  same("it is 2 * 3 * 4");
});

test("text looks as it was meant", () => {
  check("**a** *b* ~~c~~ `d`", "<p><strong>a</strong> <em>b</em> <s>c</s> <code>d</code></p>");
  check("# A\n\ntext", "<h3>A</h3><p>text</p>");
  check("1. a\n2. b\n\n3. c", "<ol><li>a</li><li>b</li><li>c</li></ol>");
  check("7. a", '<ol start="7"><li>a</li></ol>');
  check("- [x] a\n- [ ] b", "<ul><li><span>☑</span> a</li><li><span>☐</span> b</li></ul>");
  check("> a\n> b", "<blockquote><p>a<br>b</p></blockquote>");
  check("a\nb", "<p>a<br>b</p>");
  check("a\n\n---\n\nb", "<p>a</p><hr><p>b</p>");
  check("$x$ costs $5", "<p><code>$x$</code> costs $5</p>");
  check("[w](https://a.example/A_(b)).", '<p><a href="https://a.example/A_(b)" title="a.example">w</a>.</p>');
  check("(see https://a.example/b).", '<p>(see <a href="https://a.example/b">https://a.example/b</a>).</p>');
});

test("a code block has its language, a name and a button, and can be scrolled by keys", () => {
  const box = rendered("```TypeScript\nlet a = 1;\n```");
  expect(box.querySelector("figcaption")?.textContent).toBe(`typescript${words.chat.copy}`);
  expect(box.querySelector("code")?.className).toBe("language-typescript");
  expect(box.querySelector("code")?.textContent).toBe("let a = 1;");
  expect(box.querySelector("pre")?.tabIndex).toBe(0);
  expect(box.querySelector("pre")?.getAttribute("aria-label")).toBe(words.markdown.code);
  expect(rendered("| a |\n|---|\n| b |").querySelector("[role=region]")?.getAttribute("aria-label")).toBe(words.markdown.table);
});

test("an answer looks the same however it came", () => {
  const text = long(3000);
  const whole = rendered(text).innerHTML;
  for (const length of [1, 3, 7, 500]) expect(rendered(text, inPieces(text, length)).innerHTML).toBe(whole);
});

test("code in lists and quotes is whole, and at its edge", () => {
  const code = (text: string) => [...rendered(text).querySelectorAll("code")].map((one) => one.textContent);
  const lines = ["if x:", "    y()", "", "\tz()"];
  const under = (indent: string) => ["```py", ...lines, "```"].map((line) => (line ? indent + line : line)).join("\n");
  for (const [head, indent] of [["1. a", "   "], ["- a\n  - b", "    "], ["1. a\n   - b", "     "], ["- a\n", "  "], ["text", ""]]) {
    const box = rendered(`${head}\n${under(indent ?? "")}\n\nend`);
    expect(box.querySelector("code")?.textContent).toBe(lines.join("\n"));
    expect(box.lastElementChild?.outerHTML).toBe('<p dir="auto">end</p>');
  }
  expect(code("> ```\n> a\n>  b\n> ```\n> text")).toEqual(["a\n b"]);
  expect(code("1. a\n   ```\n   b\n   ```\n2. c\n   ```\n   d\n   ```")).toEqual(["b", "d"]);
  expect(rendered("- a\n  ```\n  b\n  ```\n- c").querySelectorAll("ul > li")).toHaveLength(2);
  expect(code("```\n  a\n```")).toEqual(["  a"]);
});

test("a paragraph of a list is no code", () => {
  check("1. **A**\n\n    Text *b*\n\n    more\n\n2. C", '<ol><li><strong>A</strong></li></ol><p>Text <em>b</em></p><p>more</p><ol start="2"><li>C</li></ol>');
  expect(rendered("a\n\n    code").querySelector("pre code")?.textContent).toBe("code");
});

test("a block runs in the direction of its first letter, however long it is", () => {
  const dir = (text: string) => rendered(text, [...text]).querySelector("p")?.dir;
  expect(dir("short")).toBe("auto");
  expect(dir(`1. ${"long ".repeat(50)}`.slice(3))).toBe("ltr");
  expect(dir("שלום ".repeat(50))).toBe("rtl");
  expect(dir("1, 2, ".repeat(50))).toBe("ltr");
});

test("what is shown stays the same nodes while more comes", () => {
  const box = document.createElement("div");
  const writer = new Writer(box);
  writer.write("First.\n\nSecond ", false);
  const [first, second] = box.children;
  writer.write("First.\n\nSecond goes on.\n\nThird", false);
  expect(box.children[0]).toBe(first);
  expect(box.children[1]).toBe(second);
});

test("a half-written link shows its text only, and is not followed yet", () => {
  const box = document.createElement("div");
  const writer = new Writer(box);
  writer.write("see [the docs](https://a.exam", false);
  expect(box.textContent).toBe("see the docs");
  expect(box.querySelector("a")?.hasAttribute("href")).toBe(false);
});

/** Text with everything in it, of about this many characters. */
function long(length: number): string {
  const block = "# Title\n\nSome **bold** and `code`, a [link](https://a.example/b).\n\n- one\n- two\n\n    **in** the item\n- three\n  ```py\n  if x:\n\n      y()\n  ```\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n```js\nlet a = 1;\n```\n\n";
  return block.repeat(Math.ceil(length / block.length)).slice(0, length);
}

/** How many times the document is asked to change. */
function changesOf(text: string): number {
  const spies = [
    vi.spyOn(Node.prototype, "appendChild"),
    vi.spyOn(Element.prototype, "append"),
    vi.spyOn(CharacterData.prototype, "appendData"),
    vi.spyOn(Element.prototype, "setAttribute"),
  ];
  rendered(text, inPieces(text, 4));
  const changes = spies.reduce((sum, spy) => sum + spy.mock.calls.length, 0);
  for (const spy of spies) spy.mockRestore();
  return changes;
}

test("a long answer costs no more per word than a short one", () => {
  const [short, longer] = [changesOf(long(5000)), changesOf(long(50_000))];
  expect(longer).toBeLessThan(short * 11);
  expect(longer).toBeLessThan(50_000);
}, 60_000);

test("a line without an end is cut into pieces that are cheap to add to", () => {
  const box = rendered("x".repeat(1_000_000));
  const nodes = [...(box.firstElementChild?.childNodes ?? [])] as Text[];
  expect(Math.max(...nodes.map((node) => node.length))).toBeLessThan(4096);
  expect(box.textContent).toHaveLength(1_000_000);
});

test.each([
  ["address", "[x](https://a.example/"],
  ["image", "![x](data:image/png;base64,"],
  ["label of a fence", "```"],
  ["rule", "-"],
  ["number", "1"],
])("a very long %s does not make the page stand still, and is not lost", (_, begin) => {
  const filler = begin === "-" ? "-" : begin === "1" ? "1" : "y";
  const text = begin + filler.repeat(200_000);
  const box = rendered(text, inPieces(text, 4096));
  expect(box.textContent?.replaceAll("\u2060", "").length).toBeGreaterThan(190_000);
});

function depthOf(node: Element): number {
  let deepest = 0;
  for (let at: Element[] = [node]; at.length > 0; deepest++) at = at.flatMap((one) => [...one.children]);
  return deepest;
}

test.each([
  ["quotes", `${"> ".repeat(1000)}deep\n\nout`],
  ["lists", `${Array.from({ length: 1000 }, (_, level) => `${"  ".repeat(level)}- level ${level}`).join("\n")}\n\nout`],
  ["brackets", `${"[".repeat(1000)}deep`],
  ["marks", `${"*_".repeat(1000)}deep`],
])("a thousand levels of %s are shown, and laid out in time", (name, text) => {
  const box = rendered(text);
  expect(depthOf(box)).toBeLessThan(60);
  expect(box.textContent).toContain(name === "lists" ? "level 999" : "deep");
});

test("a table of five thousand cells has all of them", () => {
  const row = `|${" a |".repeat(10)}\n`;
  const text = `${row}|${"---|".repeat(10)}\n${row.repeat(500)}`;
  expect(rendered(text).querySelectorAll("td")).toHaveLength(5000);
});

let page: HTMLElement;
beforeEach(() => {
  document.body.replaceChildren((page = document.createElement("main")));
});

const show = (text: string, streaming: boolean) => act(() => render(<Markdown text={text} streaming={streaming} />, page));

test("an answer that is not a continuation of the one before is shown anew", async () => {
  await show("One **two", true);
  expect(page.textContent).toBe("One tw");
  await show("One **two** three", false);
  expect(page.textContent).toBe("One two three");
  await show("Something else", false);
  expect(page.textContent).toBe("Something else");
  await show("Something else, longer", true);
  await show("Something else, longer.", false);
  expect(page.textContent).toBe("Something else, longer.");
});

test("code can be copied as it is", async () => {
  const writeText = vi.fn(() => Promise.resolve());
  vi.stubGlobal("navigator", { ...navigator, clipboard: { writeText } });
  await show("```js\nlet a = 1;\n```", false);
  page.querySelector<HTMLElement>("button.copy")?.click();
  await vi.waitFor(() => expect(page.querySelector("button.copy")?.textContent).toBe(words.chat.copied));
  expect(writeText).toHaveBeenCalledWith("let a = 1;");
  vi.unstubAllGlobals();
});
