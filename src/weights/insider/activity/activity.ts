/** Where an activity was told of. */
export const SOURCES = ['ledger', 'ocsf', 'cloudtrail', 'okta', 'auditd', 'cert', 'lanl'] as const
export type Source = (typeof SOURCES)[number]

export type Field = string | number | boolean | null

/** Where somebody was, as far as it is known. Degrees, WGS 84. */
export interface Place {
  readonly ip: string | null
  readonly latitude: number | null
  readonly longitude: number | null
}

/**
 * One thing that somebody did at work: what rules and models of behaviour look at, whichever source told of it. Two with the same `id` are one.
 * Holds no content: identifiers, numbers and codes.
 */
export interface Activity {
  readonly id: string
  /** When it happened, milliseconds since 1970. */
  readonly timeMs: number
  readonly source: Source
  /** A ledger event's kind (`weights.read`), or `<source>.<its name for it>`. */
  readonly kind: string
  /** Who did it, by id; null where nobody is known, or Safelevel itself did. */
  readonly person: string | null
  /** The device or machine, by its id in the source. */
  readonly host: string | null
  /** The grant of weights under which it was done. */
  readonly grant: string | null
  /** `model/version` in the vault. */
  readonly version: string | null
  /** Position of a file within the version. */
  readonly file: number | null
  /** First byte that was read of that file, where something was read. */
  readonly start: number | null
  /** Bytes that left; 0 where none did. */
  readonly bytes: number
  readonly outcome: 'success' | 'failure'
  readonly place: Place | null
  readonly subject: { readonly type: string; readonly id: string } | null
  /** What else the source tells, by its names; a ledger event's `data`, flattened with dots; lists are joined by commas. */
  readonly data: Readonly<Record<string, Field>>
}
