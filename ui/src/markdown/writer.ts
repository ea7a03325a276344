/**
 * Markdown into DOM nodes, while it comes.
 *
 * The text is a model's, so it is hostile until shown otherwise: nodes are made by name and text is put in as text, no
 * HTML is ever read. Nothing is loaded: an image is a link. A link leads to https, http or mailto, or it stays text.
 * Not a character is lost: what looked like markup and never ended is shown as it was written.
 */
import * as smd from "streaming-markdown";
import { words } from "../words";

/** Deeper quotes and lists are shown at this depth: a browser lays out a thousand levels for minutes. */
const DEEPEST = 24;
/** So much at a time, and never a longer piece in one text node: to append to a node copies it. */
const PIECE = 1024;
/** A link's address or a fence's label that is longer is none. The parser reads all of it again for each character. */
const LONGEST_PENDING = 4096;
const GROWN = 64;
/** More columns are put into the last one: their layout takes the square of their number. */
const WIDEST = 500;

/** Marks that turn the direction of text around: they make code and addresses read as what they are not. */
const BIDI = /[\u202a-\u202e\u2066-\u2069]/g;

/** Text whose first letter is one of an alphabet that is written from right to left. */
const RIGHT_TO_LEFT = /^\P{L}*[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]/u;

const NAMES: Partial<Record<number, string>> = {
  [smd.PARAGRAPH]: "p",
  // The page has headings of its own above these.
  [smd.HEADING_1]: "h3",
  [smd.HEADING_2]: "h4",
  [smd.HEADING_3]: "h5",
  [smd.HEADING_4]: "h6",
  [smd.HEADING_5]: "h6",
  [smd.HEADING_6]: "h6",
  [smd.CODE_INLINE]: "code",
  [smd.EQUATION_INLINE]: "code",
  [smd.ITALIC_AST]: "em",
  [smd.ITALIC_UND]: "em",
  [smd.STRONG_AST]: "strong",
  [smd.STRONG_UND]: "strong",
  [smd.STRIKE]: "s",
  [smd.LINK]: "a",
  [smd.RAW_URL]: "a",
  [smd.IMAGE]: "a",
  [smd.BLOCKQUOTE]: "blockquote",
  [smd.RULE]: "hr",
  [smd.LIST_UNORDERED]: "ul",
  [smd.LIST_ORDERED]: "ol",
  [smd.LIST_ITEM]: "li",
  [smd.CHECKBOX]: "span",
};

/** What begins and ends these in the text. */
const MARKS: Partial<Record<number, string>> = {
  [smd.ITALIC_AST]: "*",
  [smd.ITALIC_UND]: "_",
  [smd.STRONG_AST]: "**",
  [smd.STRONG_UND]: "__",
  [smd.STRIKE]: "~~",
  [smd.CODE_INLINE]: "`",
  [smd.LINK]: "[",
  [smd.IMAGE]: "![",
};

/** What can be nested without end: the lines of text, and the blocks. */
const INLINE: number[] = [smd.ITALIC_AST, smd.ITALIC_UND, smd.STRONG_AST, smd.STRONG_UND, smd.STRIKE, smd.LINK];
const FLAT: number[] = [smd.BLOCKQUOTE, smd.LIST_UNORDERED, smd.LIST_ORDERED, smd.LIST_ITEM];

/** Where a line begins, and its first characters decide what it is. */
const BEGINNINGS: number[] = [
  smd.DOCUMENT,
  smd.LINE_BREAK,
  smd.BLOCKQUOTE,
  smd.LIST_ORDERED,
  smd.LIST_UNORDERED,
  smd.TABLE,
];

interface Open {
  type: number;
  node: HTMLElement;
  /** What began it in the text. */
  mark: string;
  /** How often something was added to it. */
  grown: number;
  /** Whether the mark is none: it is within a word. */
  literal?: boolean;
}

/** An address that may be followed, made whole; `null` for any other. */
export function safeUrl(raw: string): URL | null {
  if (!/^\s*(https?:|mailto:)/i.test(raw)) return null;
  try {
    const url = new URL(raw.replace(BIDI, ""));
    return ["https:", "http:", "mailto:"].includes(url.protocol) ? url : null;
  } catch {
    return null;
  }
}

export class Writer {
  private readonly parser: smd.Parser;
  private readonly open: Open[];
  private written = "";
  private isOver = false;
  private hadList = false;
  /** How far the fence of the code block that is written was indented. */
  private fenceColumn = 0;
  /** What is still taken from the beginning of a line of code. */
  private strip: { quotes: number; columns: number } | null = null;
  /** A link whose address has an opening bracket too many: the closing one comes as text. */
  private owed: HTMLAnchorElement | null = null;
  /** Emphasis by underscores that has just ended: when a letter follows, it is a name like `_a` or `b_`. */
  private ended: Open | null = null;

  constructor(root: HTMLElement) {
    root.replaceChildren();
    this.open = [{ type: smd.DOCUMENT, node: root, mark: "", grown: 0 }];
    this.parser = smd.parser({
      data: null,
      add_token: (_, type) => this.begin(type),
      end_token: () => this.end(),
      add_text: (_, text) => this.add(text),
      set_attr: (_, name, value) => this.set(name, value),
    });
    // The parser's own arrays end at 24 levels, and what is deeper falls off silently.
    this.parser.tokens = [smd.DOCUMENT] as unknown as Uint32Array;
    this.parser.spaces = [0] as unknown as Uint8Array;
  }

  /** Shows `text`; `false` when it is not a continuation of what is shown: then a new writer is due. */
  write(text: string, isWhole: boolean): boolean {
    const { length } = this.written;
    // Compared as a whole, which is many times faster than `startsWith`.
    if (text.slice(0, length) !== this.written || (this.isOver && text.length > length)) return false;
    this.feed(text.slice(length));
    this.written = text;
    if (isWhole && !this.isOver) this.finish();
    return true;
  }

  private feed(text: string): void {
    const { parser } = this;
    for (let at = 0; at < text.length; ) {
      if (parser.token === smd.NEWLINE) at = this.beginLine(text, at);
      const piece = text.slice(at, at + PIECE);
      const line = piece.indexOf("\n");
      at += line < 0 ? piece.length : line + 1;
      smd.parser_write(parser, line < 0 ? piece : piece.slice(0, line + 1));
      if (parser.pending.length > LONGEST_PENDING) this.giveUp();
    }
  }

  /**
   * A line in a code block, or the first one behind it. The parser ends a block within a list at an empty line and
   * makes spaces of tabs; here the block ends with its fence alone, and its lines lose what the fence was indented by.
   */
  private beginLine(text: string, from: number): number {
    const { parser } = this;
    const above = parser.tokens[parser.len] ?? smd.DOCUMENT;
    if (above !== smd.CODE_FENCE) {
      parser.token = above === smd.LIST_ITEM ? smd.LINE_BREAK : above;
      return from;
    }
    const quotes = this.open.filter((one) => one.type === smd.BLOCKQUOTE).length;
    const strip = (this.strip ??= { quotes, columns: quotes > 0 ? Infinity : this.fenceColumn });
    for (let at = from; at < text.length; at++) {
      const char = text[at];
      if (char === ">" && strip.quotes > 0) {
        if (--strip.quotes === 0) strip.columns = this.fenceColumn;
      } else if ((char === " " || char === "\t") && strip.columns > 0) strip.columns -= char === "\t" ? 4 : 1;
      else {
        parser.token = smd.CODE_FENCE;
        this.strip = null;
        return at;
      }
    }
    return text.length;
  }

  /** Takes what was held back for text. */
  private giveUp(): void {
    const { parser } = this;
    const held = parser.pending;
    parser.pending = "";
    parser.hr_chars = parser.fence_start = 0;
    // A bare address is in the text already.
    if (parser.token === smd.RAW_URL) return;
    if (!BEGINNINGS.includes(parser.token)) {
      parser.text += held;
      return;
    }
    // A joiner of no width begins a paragraph whatever comes behind it.
    smd.parser_write(parser, "\u2060");
    for (let at = 0; at < held.length; at += PIECE) smd.parser_write(parser, held.slice(at, at + PIECE));
  }

  private isInLink(): boolean {
    return this.parser.token === smd.LINK || this.parser.token === smd.IMAGE;
  }

  private finish(): void {
    this.isOver = true;
    if (this.isInLink() && this.parser.pending.startsWith("](")) this.giveUp();
    smd.parser_write(this.parser, "\n");
    // What is open still was never ended by its mark.
    this.parser.pending = "\n";
    while (this.open.length > 1) this.end();
  }

  private begin(type: number): void {
    this.grown();
    this.owed = this.ended = null;
    if (type === smd.LIST_ORDERED || type === smd.LIST_UNORDERED) this.hadList = true;
    // Behind a list, text that is indented belongs to an item of it; code has its fence.
    if (type === smd.CODE_BLOCK && this.hadList)
      type = this.parser.token = this.parser.tokens[this.parser.len] = smd.PARAGRAPH;
    const isPushed = type !== smd.LINE_BREAK && type !== smd.RULE && type !== smd.CHECKBOX;
    if (isPushed) this.parser.spaces[this.parser.len] = 0;
    if (type === smd.CODE_FENCE) this.fenceColumn = this.parser.indent_len;
    const above = this.top().node;
    const mark = type === smd.EQUATION_INLINE ? (this.parser.pending[0] === "$" ? "$" : "\\(") : (MARKS[type] ?? "");
    const floor = this.open[DEEPEST]?.node;
    const inWord = (type === smd.ITALIC_UND || type === smd.STRONG_UND) && /[\p{L}\p{N}_]$/u.test(lastWord(above));
    if (inWord || (floor && INLINE.includes(type))) {
      append(above, mark);
      this.open.push({ type, node: above, mark, grown: 0, literal: true });
      return;
    }
    const node = floor && FLAT.includes(type) ? this.flat(type, floor) : this.make(type, above);
    if (type === smd.CHECKBOX) node.textContent = "☐";
    if (type === smd.EQUATION_INLINE && mark === "$") append(node, mark);
    this.open.push({ type, node, mark, grown: 0 });
  }

  /** A browser looks for the direction of a block again with each change of it: once it is known, it is told. */
  private grown(): void {
    const top = this.top();
    if (++top.grown === GROWN && top.node.dir === "auto")
      top.node.dir = RIGHT_TO_LEFT.test(top.node.textContent ?? "") ? "rtl" : "ltr";
  }

  /** In place of what would be nested too deep. */
  private flat(type: number, floor: HTMLElement): HTMLElement {
    return type === smd.LIST_ITEM ? block(within(floor, "div")) : floor;
  }

  private top(): Open {
    return this.open[this.open.length - 1] as Open;
  }

  private make(type: number, above: HTMLElement): HTMLElement {
    switch (type) {
      case smd.CODE_BLOCK:
      case smd.CODE_FENCE:
      case smd.EQUATION_BLOCK:
        return codeBlock(above);
      case smd.TABLE: {
        const region = within(above, "div");
        region.className = "table";
        scrollable(region, words.markdown.table);
        return within(region, "table");
      }
      case smd.LINE_BREAK:
        // A code block has a line of its own already.
        return above.lastElementChild?.localName === "figure" && lastWord(above) === "" ? document.createElement("br") : within(above, "br");
      case smd.TABLE_ROW:
        return within(tablePart(above), "tr");
      case smd.TABLE_CELL:
        if (above.children.length >= WIDEST) return above.lastElementChild as HTMLElement;
        return block(within(above, above.parentElement?.localName === "thead" ? "th" : "td"));
      default:
        return block(within(above, NAMES[type] ?? "span"));
    }
  }

  private end(): void {
    // What a line's end left behind belongs to what ends by it.
    if (this.parser.text !== "") this.add(this.parser.text);
    this.parser.text = "";
    const last = this.open.pop() as Open;
    const { type, node, mark, literal } = last;
    this.ended = null;
    const { pending } = this.parser;
    if (literal) {
      if (mark === "[") append(node, pending === "]" ? "]" : "");
      else if (pending === mark || pending === mark[0]) append(node, mark);
    } else if (type === smd.LINK || type === smd.IMAGE) {
      if (!node.hasAttribute("href")) unwrap(node, mark, pending === "]" ? "]" : "");
    } else if (type === smd.RAW_URL) trimUrl(node as HTMLAnchorElement);
    else if (type === smd.EQUATION_INLINE) {
      if (pending === "$" || pending === "\\") mark === "$" && append(node, mark);
      else unwrap(node, mark === "$" ? "" : mark);
    } else if (mark !== "") {
      const closed = this.isClosed(type, mark);
      if (!closed || isEmpty(node)) unwrap(node, mark, closed ? mark : "");
      else if (mark[0] === "_") this.ended = last;
    }
  }

  /** Whether what ends now was ended by its mark, not by the end of its paragraph. */
  private isClosed(type: number, mark: string): boolean {
    const { pending } = this.parser;
    if (type === smd.CODE_INLINE) return pending === "" || /^ ?`*$/.test(pending);
    return pending === mark || pending === mark[0] || pending === mark + mark;
  }

  private add(text: string): void {
    this.grown();
    const { node } = this.top();
    if (this.owed && text.startsWith(")")) {
      this.owed.href += ")";
      text = text.slice(1);
    }
    if (this.ended && /^[\p{L}\p{N}_]/u.test(text)) unwrap(this.ended.node, this.ended.mark, this.ended.mark);
    this.owed = this.ended = null;
    append(node, text.replace(BIDI, (mark) => `⟨U+${mark.charCodeAt(0).toString(16).toUpperCase()}⟩`));
  }

  private set(name: number, value: string): void {
    const { type, node, literal } = this.top();
    if (name === smd.LANG) label(node, value);
    else if (name === smd.START && node.localName === "ol") node.setAttribute("start", String(Number.parseInt(value.slice(0, 9), 10)));
    else if (name === smd.CHECKED) node.textContent = "☑";
    else if (literal) append(node, `](${value})`);
    else this.link(type, node as HTMLAnchorElement, value);
  }

  private link(type: number, node: HTMLAnchorElement, value: string): void {
    // A bare address ends where its text does: `trimUrl`.
    if (type === smd.RAW_URL) return;
    const [address = ""] = value.trim().replace(/^<(.*)>$/, "$1").split(/\s/);
    const url = safeUrl(address);
    if (!url || node.querySelector("a[href]")) return append(node, `](${value})`);
    if (type === smd.IMAGE && !node.textContent) append(node, address);
    follow(node, url);
    const owes = address.split("(").length > address.split(")").length;
    this.owed = owes ? node : null;
  }
}

function follow(node: HTMLAnchorElement, url: URL): void {
  node.href = url.href;
  node.rel = "noopener noreferrer nofollow";
  node.target = "_blank";
  const place = url.protocol === "mailto:" ? url.pathname : url.host;
  if (!node.textContent?.includes(place)) node.title = place;
}

/** Punctuation behind a bare address belongs to the sentence. */
function trimUrl(node: HTMLAnchorElement): void {
  const whole = node.textContent ?? "";
  if (whole.length > LONGEST_PENDING) return unwrap(node, "");
  const address = whole.replace(/[.,;:!?'"\])}>*_~`]+$/, (end) => (whole.includes("(") && end.startsWith(")") ? ")" : ""));
  const url = safeUrl(address);
  if (!url) return unwrap(node, "");
  node.textContent = address;
  node.after(whole.slice(address.length));
  follow(node, url);
}

/** Whether there is nothing in it but marks: then these are no emphasis either. */
function isEmpty(node: HTMLElement): boolean {
  return node.childElementCount === 0 && node.localName !== "code" && /^[*_~]*$/.test(node.textContent ?? "");
}

const within = (above: HTMLElement, name: string) => above.appendChild(document.createElement(name));

function block(node: HTMLElement): HTMLElement {
  if (/^(p|h.|li|div|blockquote|t[hd])$/.test(node.localName)) node.dir = "auto";
  return node;
}

/** The text that `node` ends with, as far as it matters. */
function lastWord(node: HTMLElement): string {
  return node.lastChild?.nodeType === Node.TEXT_NODE ? (node.lastChild as Text).data.slice(-2) : "";
}

function append(node: HTMLElement, text: string): void {
  if (text === "") return;
  const last = node.lastChild;
  if (last?.nodeType === Node.TEXT_NODE && (last as Text).length < PIECE) (last as Text).appendData(text);
  else node.append(text);
}

function unwrap(node: HTMLElement, before: string, after = ""): void {
  node.replaceWith(before, ...node.childNodes, after);
}

function tablePart(table: HTMLElement): HTMLElement {
  if (table.childElementCount < 2) return within(table, table.childElementCount === 0 ? "thead" : "tbody");
  return table.lastElementChild as HTMLElement;
}

/** A region of its own that scrolls sideways, by keys, too. */
function scrollable(node: HTMLElement, name: string): void {
  node.tabIndex = 0;
  node.setAttribute("role", "region");
  node.setAttribute("aria-label", name);
}

function codeBlock(above: HTMLElement): HTMLElement {
  const figure = within(above, "figure");
  const head = within(figure, "figcaption");
  within(head, "span").textContent = words.markdown.code;
  const copy = within(head, "button");
  copy.className = "btn copy";
  copy.setAttribute("type", "button");
  copy.setAttribute("aria-label", words.markdown.copyCode);
  copy.textContent = words.chat.copy;
  const pre = within(figure, "pre");
  pre.dir = "ltr";
  scrollable(pre, words.markdown.code);
  return within(pre, "code");
}

function label(code: HTMLElement, value: string): void {
  const language = (value.trim().toLowerCase().split(/\s/)[0] ?? "").replace(/[^a-z0-9+-]/g, "").slice(0, 32);
  if (language === "") return;
  code.className = `language-${language}`;
  const caption = code.closest("figure")?.querySelector("span");
  if (caption) caption.textContent = language;
}
