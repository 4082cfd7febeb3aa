const CHARSET = 'qpzry9x8gf2tvdw0s3jn54khce6mua7l'
const GENERATOR = [0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3] as const

/**
 * Bytes as people copy keys: with a name before them and a checksum behind.
 *
 * @param prefix lower case
 * @see BIP 173, whose limit of 90 characters age lifts
 */
export function bech32(prefix: string, bytes: Uint8Array): string {
  const data = toFives(bytes)
  const name = [...prefix].map((char) => char.charCodeAt(0))
  const expanded = [...name.map((code) => code >> 5), 0, ...name.map((code) => code & 31)]
  const checksum = polymod([...expanded, ...data, 0, 0, 0, 0, 0, 0]) ^ 1
  const check = [5, 4, 3, 2, 1, 0].map((place) => (checksum >> (5 * place)) & 31)
  return `${prefix}1${[...data, ...check].map((five) => CHARSET[five]).join('')}`
}

/** Groups of 5 bits, padded with zeros. */
function toFives(bytes: Uint8Array): number[] {
  const fives: number[] = []
  let held = 0
  let bits = 0
  for (const byte of bytes) {
    held = (held << 8) | byte
    bits += 8
    while (bits >= 5) {
      bits -= 5
      fives.push((held >> bits) & 31)
    }
    held &= (1 << bits) - 1
  }
  if (bits > 0) fives.push((held << (5 - bits)) & 31)
  return fives
}

function polymod(values: readonly number[]): number {
  let sum = 1
  for (const value of values) {
    const top = sum >> 25
    sum = ((sum & 0x1ffffff) << 5) ^ value
    GENERATOR.forEach((generator, place) => {
      if ((top >> place) & 1) sum ^= generator
    })
  }
  return sum
}
