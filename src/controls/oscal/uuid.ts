import { createHash } from 'node:crypto'

/** Of everything that is named here; chosen once. */
const NAMESPACE = Buffer.from('6f0f8f6c3d5a4d0e9b1e52a7c6f4d821', 'hex')

/**
 * The same name always has the same identifier, so that what is exported twice can be compared.
 *
 * @param parts of the name, such as `['control', 'GOV-01']`; joined so that no two lists give the same name
 * @returns a UUID of version 5
 * @see RFC 9562 §5.5
 */
export function stableUuid(...parts: readonly string[]): string {
  const bytes = createHash('sha1').update(NAMESPACE).update(JSON.stringify(parts)).digest().subarray(0, 16)
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x50, 6)
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8)
  const hex = bytes.toString('hex')
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-')
}
