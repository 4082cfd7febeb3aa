/**
 * The bytes of base64 as RFC 4648 writes them; null for every other spelling, so that no text has a twin.
 *
 * @param alphabet `base64` with padding (§4), or `base64url` without (§5)
 */
export function readBase64(text: string, alphabet: 'base64' | 'base64url' = 'base64'): Buffer | null {
  const bytes = Buffer.from(text, alphabet)
  return bytes.toString(alphabet) === text ? bytes : null
}
