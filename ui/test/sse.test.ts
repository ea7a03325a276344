import { expect, test } from "vitest";
import { Splitter } from "../src/shared/sse";

function check(pieces: string[], expected: [string, string, string][]) {
  const splitter = new Splitter();
  const seen = pieces.flatMap((piece) => splitter.push(piece)).map((e) => [e.id, e.event, e.data]);
  expect(seen).toEqual(expected);
}

test("no word of an answer is lost however the network cuts it", () => {
  const stream = 'id: 0\nevent: text\ndata: {"text":"a\\n"}\n\n: alive\n\nid: 1\r\nevent: done\r\ndata: {}\r\n\r\n';
  const expected: [string, string, string][] = [
    ["0", "text", '{"text":"a\\n"}'],
    ["1", "done", "{}"],
  ];
  check([stream], expected);
  check([...stream], expected);
  for (let at = 0; at <= stream.length; at++) check([stream.slice(0, at), stream.slice(at)], expected);
});

test("half an event is not taken for a whole one", () => {
  check(["data: half"], []);
  check(["data: a\ndata: b\n\n"], [["", "message", "a\nb"]]);
});
