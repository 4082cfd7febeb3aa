import type { Probe } from './probe.ts'

const SAMPLES = 8
const SAMPLE_BYTES = 16 * 1024
/** Doubles have eight bytes; what repeats after two or four repeats after eight too. */
const LANES = 8

/** How the bytes of a file are spread, by their place in a word of eight. */
export interface Spread {
  /** Bits per byte, 0 to 8, over all. */
  readonly entropy: number
  readonly lanes: readonly Lane[]
}
interface Lane {
  readonly entropy: number
  /** How far a byte's share is from that of the byte with the other top bit, summed: 0 = alike, 1 = no byte has its twin. */
  readonly asymmetry: number
}

/** Looks at 128 KiB out of the whole length, at places that hang on nothing but the size. */
export async function spreadOf(probe: Probe): Promise<Spread> {
  const counts = Array.from({ length: LANES }, () => new Uint32Array(256))
  const step = Math.floor(probe.sizeBytes / (SAMPLES + 1) / LANES) * LANES
  for (let sample = 1; sample <= SAMPLES; sample++) {
    const bytes = await probe.read(sample * step, SAMPLE_BYTES)
    for (let at = 0; at < bytes.length; at++) {
      const lane = counts[at % LANES]
      const byte = bytes[at]
      if (lane !== undefined && byte !== undefined) lane[byte] = (lane[byte] ?? 0) + 1
    }
  }
  const all = new Uint32Array(256)
  for (const lane of counts) for (const [byte, count] of lane.entries()) all[byte] = (all[byte] ?? 0) + count
  return {
    entropy: entropyOf(all),
    lanes: counts.map((lane) => ({ entropy: entropyOf(lane), asymmetry: asymmetryOf(lane) })),
  }
}

/**
 * Whether these are floating-point numbers around zero: the byte with sign and exponent takes few values, each as often with one sign as
 * with the other, and the byte before it, of the fraction, takes all. Sound, pictures and counters have no such signs.
 */
export function areNumbers({ lanes }: Spread): boolean {
  return lanes.some(({ entropy, asymmetry }, i) => {
    const fraction = lanes.at(i - 1)?.entropy ?? 0
    return entropy >= 0.95 && entropy <= 5.8 && asymmetry <= 0.25 && fraction >= 6
  })
}

function entropyOf(counts: Uint32Array): number {
  const total = counts.reduce((sum, count) => sum + count, 0)
  if (total === 0) return 0
  let bits = 0
  for (const count of counts) if (count > 0) bits -= (count / total) * Math.log2(count / total)
  return bits
}

function asymmetryOf(counts: Uint32Array): number {
  const total = counts.reduce((sum, count) => sum + count, 0)
  if (total === 0) return 1
  let gap = 0
  for (let byte = 0; byte < 128; byte++) gap += Math.abs((counts[byte] ?? 0) - (counts[byte + 128] ?? 0))
  return gap / total
}
