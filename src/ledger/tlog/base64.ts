/**
 * Standard base64 (RFC 4648 §4), strictly: one text for each value, so that nothing can be respelt.
 *
 * @returns null unless `text` is the canonical encoding, padding included.
 */
export function decodeBase64(text: string): Buffer | null {
  const bytes = Buffer.from(text, 'base64')
  return bytes.toString('base64') === text ? bytes : null
}

export function encodeBase64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64')
}
