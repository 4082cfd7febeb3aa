import { z } from 'zod'
import { CheckpointId, Flops, Loss, Name, When, Words } from '../registry/index.ts'

/** What a trainer asks before each segment. */
export const GateQuestion = z
  .strictObject({
    model: Name,
    run: Name,
    flops: Flops.meta({ description: 'cumulative training compute now' }),
    untilFlops: Flops.optional().meta({ description: 'cumulative, at the planned end of the segment' }),
    until: When.optional().meta({ description: 'when the segment is planned to end' }),
    loss: Loss.nullable().default(null).meta({ description: 'on the frozen set of the model line' }),
    lossSet: Name.nullable().default(null),
  })
  .meta({ id: 'TrainingGateQuestion' })
export type GateQuestion = z.input<typeof GateQuestion>

export const ANSWERS = ['continue', 'evaluate-now', 'pause'] as const

/** An answer of the gate. It holds until it expires or compute reaches `maxFlops`, whichever comes first. */
export const Lease = z
  .object({
    format: z.literal('safelevel-lease/1'),
    id: z.string(),
    installation: z.string().meta({ description: 'name of the ledger that has it on record' }),
    model: Name,
    run: Name,
    answer: z.enum(ANSWERS),
    reasons: z.array(z.string()),
    flops: Flops,
    maxFlops: Flops.nullable().meta({ description: 'nothing is trained beyond; null unless the answer is continue' }),
    issuedAt: When,
    expiresAt: When.nullable().meta({ description: 'null unless the answer is continue' }),
    k: z.number().nullable().meta({ description: 'growth of effective compute since the reference, upper bound' }),
    headroom: z.number().nullable().meta({ description: 'buffer / k; at 1 nothing is left' }),
    reference: z.string().nullable().meta({ description: 'the checkpoint that is counted from' }),
    basis: z.enum(['cleared', 'baseline']).nullable().meta({
      description: '`baseline`: the first checkpoint, which nobody has evaluated',
    }),
    state: z.string().meta({ description: 'where training of this line stands' }),
  })
  .meta({ id: 'TrainingLease' })
export type Lease = z.infer<typeof Lease>

/** What travels: the lease as the very text that was signed, and the signature over it. */
export const SignedLease = Lease.extend({
  signed: z.object({
    payload: z.string().meta({ description: 'the lease as canonical JSON (RFC 8785): what the signature is over' }),
    signature: z.string().meta({ description: 'Ed25519 over "safelevel-lease/1\\n" and the payload, base64' }),
    publicKey: z.string().meta({ description: 'raw 32 bytes, base64: pin it where trainers run' }),
  }),
}).meta({ id: 'SignedTrainingLease' })
export type SignedLease = z.infer<typeof SignedLease>

export const NewSettlement = z
  .strictObject({ checkpoint: CheckpointId, reason: Words(2_000).meta({ description: 'what was found, and done' }) })
  .meta({ id: 'AlarmSettlement' })
export type NewSettlement = z.input<typeof NewSettlement>

/** How far a run has said that it is. */
export const RunGauge = z.object({ id: z.string(), model: Name, run: Name, flops: Flops, at: When })
export type RunGauge = z.infer<typeof RunGauge>

/** Whether a recorded checkpoint had been let through. */
export const ReceiptCheck = z
  .object({
    id: z.string().meta({ description: 'of the checkpoint' }),
    model: Name,
    problem: z.string().nullable(),
    at: When,
    settled: z
      .object({ at: When, by: z.string(), reason: z.string() })
      .nullable()
      .default(null)
      .meta({ description: 'who looked into it: the alarm is over, the checkpoint still has no receipt' }),
  })
  .meta({ id: 'ReceiptCheck' })
export type ReceiptCheck = z.infer<typeof ReceiptCheck>
