/** Small pictures: screenshots with a palette of their own, and an animated picture that keeps what does not change. */
import { deflateSync, crc32 as zlibCrc } from "node:zlib";
import gifenc from "gifenc";
import { PNG } from "pngjs";

const { GIFEncoder, applyPalette, quantize } = gifenc;

/** A screenshot with at most `colours` colours, as a PNG of the smallest kind that has them. */
export function smallPng(png, colours = 128) {
  const { width, height, data } = PNG.sync.read(png);
  const palette = quantize(data, colours, { format: "rgb565" });
  const pixels = applyPalette(data, palette, "rgb565");
  const rows = Buffer.alloc((width + 1) * height);
  for (let y = 0; y < height; y += 1) rows.set(pixels.subarray(y * width, (y + 1) * width), y * (width + 1) + 1);
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 3, 0, 0, 0], 8);
  return Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    chunk("IHDR", header),
    chunk("PLTE", Buffer.from(palette.flat())),
    chunk("IDAT", deflateSync(rows, { level: 9, memLevel: 9 })),
    chunk("IEND", Buffer.alloc(0)),
  ]);
}

function chunk(name, data) {
  const body = Buffer.concat([Buffer.from(name, "latin1"), data]);
  const framed = Buffer.alloc(body.length + 8);
  framed.writeUInt32BE(data.length, 0);
  framed.set(body, 4);
  framed.writeUInt32BE(crc(body), body.length + 4);
  return framed;
}

/** CRC-32 as PNG has it; Node has it built in from version 22 on. */
const crc = zlibCrc ?? ((bytes) => {
  let sum = 0xffffffff;
  for (const byte of bytes) {
    sum ^= byte;
    for (let bit = 0; bit < 8; bit += 1) sum = sum & 1 ? (sum >>> 1) ^ 0xedb88320 : sum >>> 1;
  }
  return (sum ^ 0xffffffff) >>> 0;
});

/** An animated picture of screenshots, `frames` being `{ png, ms }`. Pixels that stay are not stored again. */
export function gif(frames, colours = 64) {
  const images = frames.map(({ png }) => PNG.sync.read(png));
  const { width, height } = images[0];
  // One palette for all, from frames that differ most: the first, the last, and some between.
  const chosen = images.filter((_, n) => n % Math.ceil(images.length / 8) === 0).concat(images.at(-1));
  const palette = quantize(Buffer.concat(chosen.map((image) => image.data)), colours - 1, { format: "rgb565" });
  const transparent = palette.length;
  const encoder = GIFEncoder();
  let before = null;
  for (const [n, image] of images.entries()) {
    const pixels = applyPalette(image.data, palette, "rgb565");
    const shown = before ? pixels.map((pixel, at) => (pixel === before[at] ? transparent : pixel)) : pixels;
    encoder.writeFrame(shown, width, height, {
      palette: n === 0 ? [...palette, [0, 0, 0]] : undefined,
      transparent: n > 0,
      transparentIndex: transparent,
      delay: frames[n].ms,
      dispose: 1,
    });
    before = pixels;
  }
  encoder.finish();
  return Buffer.from(encoder.bytes());
}
