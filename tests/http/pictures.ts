/** Files that are, or pretend to be, pictures: only as much of each as a reader of heads looks at. */

const le = (number: number, bytes: number): Buffer => {
  const out = Buffer.alloc(bytes);
  out.writeUIntLE(number, 0, bytes);
  return out;
};
const be16 = (number: number): Buffer => Buffer.from([number >> 8, number & 255]);

/** A WebP file of these chunks. */
export function riff(chunks: [name: string, bytes: Buffer][]): Buffer {
  const body = chunks.flatMap(([name, bytes]) => [Buffer.from(name), le(bytes.length, 4), bytes, Buffer.alloc(bytes.length % 2)]);
  const webp = Buffer.concat([Buffer.from('WEBP'), ...body]);
  return Buffer.concat([Buffer.from('RIFF'), le(webp.length, 4), webp]);
}

export const frame = (width: number, height: number, filling = 8): [string, Buffer] => [
  'VP8 ',
  Buffer.concat([Buffer.from([0x30, 1, 0, 0x9d, 1, 0x2a]), le(width, 2), le(height, 2), Buffer.alloc(filling, 7)]),
];

export const webp = (width = 512, height = 512, filling = 8): Buffer => riff([frame(width, height, filling)]);

const segment = (marker: number, bytes: Buffer): Buffer => Buffer.concat([Buffer.from([0xff, marker]), be16(bytes.length + 2), bytes]);

/** A JPEG file, with further segments before its frame. */
export function jpeg(width = 512, height = 512, before: [marker: number, text: string][] = []): Buffer {
  return Buffer.concat([
    Buffer.from([0xff, 0xd8]),
    segment(0xe0, Buffer.from('JFIF\0')),
    ...before.map(([marker, text]) => segment(marker, Buffer.from(text))),
    segment(0xc0, Buffer.concat([Buffer.from([8]), be16(height), be16(width), Buffer.from([1, 1, 0x11, 0])])),
    segment(0xda, Buffer.from([1, 1, 0, 0, 63, 0])),
    Buffer.from([1, 2, 3, 0xff, 0xd9]),
  ]);
}
