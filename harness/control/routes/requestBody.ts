/**
 * The body of a request: bounded, and JSON.
 */
import type { Context } from 'hono';
import { ApiError, badBody } from '../apiError.ts';

const MAX_BODY_BYTES = 65_536;

/** @throws ApiError for a body that is too large, or no JSON */
export async function readJson({ req }: Context): Promise<unknown> {
  const text = await readText(req.raw.body);
  if (text.trim() === '') throw badBody('expected JSON, got nothing');
  try {
    return JSON.parse(text) as unknown;
  } catch (cause) {
    throw badBody(`expected JSON, got a text that is not: ${(cause as Error).message}`);
  }
}

async function readText(body: ReadableStream<Uint8Array> | null): Promise<string> {
  if (body === null) return '';
  const chunks: Uint8Array[] = [];
  let sizeBytes = 0;
  const reader = body.getReader();
  for (let read = await reader.read(); !read.done; read = await reader.read()) {
    sizeBytes += read.value.byteLength;
    if (sizeBytes > MAX_BODY_BYTES) {
      await reader.cancel();
      throw new ApiError(413, `request body too large: expected at most ${MAX_BODY_BYTES} bytes`);
    }
    chunks.push(read.value);
  }
  return Buffer.concat(chunks).toString('utf8');
}
