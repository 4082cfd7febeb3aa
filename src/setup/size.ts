import type { Config } from '../base/config.ts'

/** What traffic is expected. Tokens of four characters, as English has on average. */
export interface Traffic {
  readonly requestsPerSecond: number
  readonly promptTokens: number
  readonly completionTokens: number
  /** Tokens that the model writes in a second, for one answer. */
  readonly modelTokensPerSecond: number
  /** Part of the requests whose answer is streamed. */
  readonly streamedShare: number
  /** Part of what the screen reads that the encoder reads too. */
  readonly uncertainShare: number
  /** Part of the exchanges whose words are kept. */
  readonly keptShare: number
  /** What one core costs in an hour, in whatever currency; null = nobody said. */
  readonly corePrice: number | null
}

/** What this machine did, just now. */
export interface Measured {
  readonly cores: number
  /** Milliseconds of one core for a text of so many characters, least squares through two lengths. */
  readonly screen: Line
  /** The same for the encoder; null where it is not used. */
  readonly encoder: Line | null
  /** Decision events that were on the disk in a second, appended as fast as it goes. */
  readonly ledgerPerSecond: number
  /** Of one decision in the ledger: its record and its part of the tiles. */
  readonly ledgerBytes: number
}

/** A time that grows with the length of a text. */
export interface Line {
  readonly fixedMs: number
  readonly msPerChar: number
}

export interface Sizing {
  /** Milliseconds of one core for the screening of one request with its answer. */
  readonly screeningMs: number
  readonly cores: number
  /** Processes on machines such as this one, at the share of their cores that leaves room for bursts. */
  readonly replicas: number
  /** Requests a second that this machine alone could screen at full load. */
  readonly mostPerSecond: number
  readonly ledgerShare: number
  readonly bytesPerDay: { readonly ledger: number; readonly database: number; readonly content: number }
  readonly costPerMonth: number | null
  /** What screening adds until the first word of a streamed answer leaves, by mode. */
  readonly firstTokenMs: Readonly<Record<'hold' | 'whole' | 'tail', number>>
}

export const CHARS_PER_TOKEN = 4
/** A row of the view over decisions with its indexes: an assumption, on the high side. */
export const ROW_BYTES = 2_500
/** Of the cores, for traffic that does not come evenly. */
export const TARGET_LOAD = 0.6
/** The gateway beside screening: decoding, policy, recording, the wire. */
export const REQUEST_MS = 1
const DAY_SECONDS = 86_400
const MONTH_HOURS = 730

/** What such traffic takes, by what was measured here. Pure. */
export function sizeOf(traffic: Traffic, measured: Measured, streaming: Config['streaming']): Sizing {
  const promptChars = traffic.promptTokens * CHARS_PER_TOKEN
  const answerChars = traffic.completionTokens * CHARS_PER_TOKEN
  const judge = (chars: number): number => {
    const { screen, encoder } = measured
    return costOf(screen, chars) + (encoder === null ? 0 : traffic.uncertainShare * costOf(encoder, chars))
  }
  const windows = Math.ceil(answerChars / streaming.windowChars)
  const windowMs = judge(streaming.overlapChars + streaming.windowChars)
  const streamedMs = streaming.mode === 'whole' ? judge(answerChars) : windows * windowMs
  const answerMs = traffic.streamedShare * streamedMs + (1 - traffic.streamedShare) * judge(answerChars)
  const screeningMs = judge(promptChars) + answerMs
  const cores = (traffic.requestsPerSecond * (screeningMs + REQUEST_MS)) / 1_000
  const usable = measured.cores * TARGET_LOAD
  const perDay = traffic.requestsPerSecond * DAY_SECONDS
  return {
    screeningMs,
    cores,
    replicas: Math.max(1, Math.ceil(cores / usable)),
    mostPerSecond: (measured.cores * 1_000) / (screeningMs + REQUEST_MS),
    ledgerShare: traffic.requestsPerSecond / measured.ledgerPerSecond,
    bytesPerDay: {
      ledger: perDay * measured.ledgerBytes,
      database: perDay * ROW_BYTES,
      content: perDay * traffic.keptShare * (promptChars + answerChars),
    },
    costPerMonth: traffic.corePrice === null ? null : (cores / TARGET_LOAD) * traffic.corePrice * MONTH_HOURS,
    firstTokenMs: firstToken({ traffic, streaming, judge, answerChars, promptMs: judge(promptChars) }),
  }
}

interface Waiting {
  readonly traffic: Traffic
  readonly streaming: Config['streaming']
  readonly judge: (chars: number) => number
  readonly answerChars: number
  readonly promptMs: number
}

/** How long until the first word leaves, beyond the model's own first word (docs/guide/streaming.md). */
function firstToken({ traffic, streaming, judge, answerChars, promptMs }: Waiting): Sizing['firstTokenMs'] {
  const { windowChars, holdBackChars, overlapChars } = streaming
  const writingMs = (chars: number): number => (chars / CHARS_PER_TOKEN / traffic.modelTokensPerSecond) * 1_000
  // The first word leaves when so much was judged after it; windows come whole, and an answer may end before.
  const judged = Math.min(answerChars, Math.ceil((holdBackChars + CHARS_PER_TOKEN) / windowChars) * windowChars)
  return {
    hold: promptMs + writingMs(judged) + judge(Math.min(judged, overlapChars + windowChars)),
    whole: promptMs + writingMs(answerChars) + judge(answerChars),
    tail: promptMs,
  }
}

function costOf({ fixedMs, msPerChar }: Line, chars: number): number {
  return fixedMs + msPerChar * chars
}

/** The line through two points; never one that falls. */
export function lineThrough(short: { chars: number; ms: number }, long: { chars: number; ms: number }): Line {
  const msPerChar = Math.max(0, (long.ms - short.ms) / (long.chars - short.chars))
  return { fixedMs: Math.max(0, short.ms - msPerChar * short.chars), msPerChar }
}
