/**
 * The body, or nothing where it is longer than `max` bytes: no more than that is kept.
 * It is read from the request itself: a framework's own request (Next.js) cannot be copied with another body.
 */
export async function bytesOf({ body }: Request, max: number): Promise<Uint8Array | undefined> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of body ?? []) {
    length += chunk.byteLength;
    if (length > max) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
