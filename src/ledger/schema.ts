import { z } from 'zod'

/** Who did it. `key` is a customer's API key by id; `operator` the machine token; `system` Safelevel itself. */
export const Actor = z.object({
  type: z.enum(['key', 'operator', 'system', 'staff', 'anonymous']),
  id: z.string().max(200),
})
export type Actor = z.infer<typeof Actor>

/** JSON without content: identifiers, numbers, codes, labels. */
export type EventData = { [key: string]: EventValue }
export type EventValue = null | boolean | number | string | EventValue[] | EventData

const EventValue: z.ZodType<EventValue> = z
  .lazy(() =>
    z.union([z.null(), z.boolean(), z.number(), z.string(), z.array(EventValue), z.record(z.string(), EventValue)]),
  )
  .meta({ id: 'EventValue' })

/**
 * One fact on the ledger. Holds keyed digests and metadata, never prompts, completions or personal data
 * (DESIGN invariant 7). Serialised as RFC 8785 canonical JSON, at most 32 KiB.
 */
export const LedgerEvent = z
  .object({
    id: z.string().meta({ description: 'time-ordered, unique; a decision’s event id is its decision id' }),
    time: z.iso.datetime().meta({ description: 'UTC, milliseconds' }),
    kind: z
      .string()
      .regex(/^[a-z]+(\.[a-z_]+)+$/)
      .meta({ description: 'room and what happened: `gateway.decision`' }),
    actor: Actor,
    subject: z.object({ type: z.string(), id: z.string() }),
    digests: z
      .record(z.string(), z.string())
      .meta({ description: 'HMAC-SHA-256 of content under the digest key, hex' }),
    policy: z.object({ version: z.string(), digest: z.string() }).optional(),
    data: z.record(z.string(), EventValue),
  })
  .meta({ id: 'LedgerEvent' })
export type LedgerEvent = z.infer<typeof LedgerEvent>

/** One entry as staff may read it. */
export const LedgerEntry = z
  .object({
    position: z.int().nonnegative().meta({ description: '0-based, gap-free' }),
    recordedAt: z.iso.datetime().meta({ description: 'when it was written, by the clock of the writer' }),
    leafHash: z.hash('sha256').meta({ description: 'hex; RFC 6962 leaf hash in the public tree' }),
    event: LedgerEvent.nullable().meta({ description: 'null once the body was erased' }),
  })
  .meta({ id: 'LedgerEntry' })
export type LedgerEntry = z.infer<typeof LedgerEntry>
