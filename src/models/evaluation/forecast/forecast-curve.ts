import { z } from 'zod'
import { type ComputeFacts, type Curve, computeGrowth, type Point, predictLoss } from '../compute/index.ts'

const Flops = z.number().meta({ description: 'training compute, floating-point operations, cumulative' })
const Drawn = z.object({ flops: Flops, loss: z.number(), lower: z.number(), upper: z.number() })
const Fit = z.object({
  floor: z.number(),
  scale: z.number(),
  exponent: z.number(),
  unit: z.number().meta({ description: 'FLOP; the curve is floor + scale * (flops / unit) ^ -exponent' }),
  residual: z.number().meta({ description: 'standard deviation of the points around the curve' }),
})

/** What is expected of compute that was not spent yet, as far as the measured family tells. */
export const ForecastCurve = z
  .object({
    model: z.string(),
    madeAt: z.string(),
    lossSet: z.string().nullable(),
    measured: z.array(z.object({ flops: Flops, loss: z.number() })),
    fit: Fit.nullable(),
    measuredTo: Flops.nullable().meta({ description: 'the largest of the family' }),
    readableTo: Flops.nullable().meta({ description: 'how far the curve may be read: further only by the RSO’s word' }),
    curve: z.array(Drawn.extend({ extrapolated: z.boolean() })).meta({
      description: 'losses to be expected; one in twenty measurements lies below `lower`, one in twenty above `upper`',
    }),
    checkpoints: z.array(
      z.object({ checkpoint: z.string(), flops: Flops, loss: z.number().nullable(), is: z.enum(['reference', 'now']) }),
    ),
    limits: z.array(
      z.object({
        times: z.number(),
        byRatio: Flops.meta({ description: 'where the ratio of FLOP, with gains and multiplier, comes to it' }),
        byCurve: Flops.nullable().meta({
          description: 'where the upper bound of the curve does; null = not within reach',
        }),
      }),
    ),
    target: z
      .object({
        flops: Flops,
        k: z.number().nullable(),
        kHi: z.number().nullable().meta({ description: 'growth since the reference, upper bound; null = no bound' }),
        confidence: z.enum(['measured', 'low']),
        loss: Drawn.omit({ flops: true }).nullable(),
      })
      .nullable(),
    refused: z
      .string()
      .nullable()
      .meta({ description: 'why the curve says nothing of the target, and who may let it' }),
  })
  .meta({ id: 'ForecastCurve' })
export type ForecastCurve = z.infer<typeof ForecastCurve>

export interface ForecastQuestion {
  readonly model: string
  readonly madeAt: string
  readonly lossSet: string | null
  readonly points: readonly Point[]
  readonly curve: Curve | null
  readonly multiplier: number
  /** How far the RSO lets the curve be read, FLOP. */
  readonly allowedTo: number | null
  readonly reference: { readonly checkpoint: string; readonly facts: ComputeFacts } | null
  readonly now: { readonly checkpoint: string; readonly facts: ComputeFacts } | null
  readonly target: number | null
  readonly interval: number
  readonly buffer: number
}

const DRAWN_POINTS = 48
const HALVINGS = 48

/** Reads the curve as far as it may be read and no further; what lies beyond is refused, in words. */
export function forecastCurve(question: ForecastQuestion): ForecastCurve {
  const { model, madeAt, lossSet, points, curve, allowedTo, reference, now, target, interval, buffer } = question
  const readableTo = curve === null ? null : Math.max(curve.largest, allowedTo ?? 0)
  const smallest = points.length === 0 ? 0 : Math.min(...points.map(({ flops }) => flops))
  return {
    ...{ model, madeAt, lossSet, measured: points.map(({ flops, loss }) => ({ flops, loss })) },
    fit: curve === null ? null : { ...curve.fit },
    ...{ measuredTo: curve?.largest ?? null, readableTo },
    curve: curve === null || readableTo === null ? [] : drawn(curve, smallest, readableTo),
    checkpoints: [
      ...(reference === null ? [] : [mark(reference, 'reference')]),
      ...(now === null || now.checkpoint === reference?.checkpoint ? [] : [mark(now, 'now')]),
    ],
    limits: reference === null ? [] : [interval, buffer].map((times) => limit(question, times, readableTo)),
    target: target === null || reference === null ? null : targetOf(question, target, readableTo),
    refused: refusal(question, readableTo),
  }
}

function mark(
  { checkpoint, facts: { flops, loss } }: { readonly checkpoint: string; readonly facts: ComputeFacts },
  is: 'reference' | 'now',
) {
  return { checkpoint, flops, loss, is }
}

function drawn(curve: Curve, from: number, to: number): ForecastCurve['curve'] {
  const step = Math.log(to / from) / (DRAWN_POINTS - 1)
  return Array.from({ length: DRAWN_POINTS }, (_, i) => {
    const flops = i === DRAWN_POINTS - 1 ? to : from * Math.exp(i * step)
    return { flops, ...predictLoss(curve, flops), extrapolated: flops > curve.largest }
  })
}

function refusal({ curve, points, target }: ForecastQuestion, readableTo: number | null): string | null {
  if (curve === null || readableTo === null) {
    return points.length === 0
      ? 'no family was measured: set a curve (PUT /api/v1/models/{model}/curve); the ratio of FLOP is all there is'
      : 'the points of the family show no falling curve, or are fewer than four: the ratio of FLOP is all there is'
  }
  if (target === null || target <= readableTo) return null
  return `${power(target)} FLOP lies beyond ${power(readableTo)}, to which the curve may be read: the RSO has to say that it holds there`
}

/** Growth at so much compute, with the loss that the curve expects there. */
function growthAt(question: ForecastQuestion, flops: number, readableTo: number | null) {
  const { curve, reference, now, multiplier, allowedTo } = question
  if (reference === null) return null
  const readable = curve !== null && readableTo !== null && flops <= readableTo
  const gains = (now ?? reference).facts.gains
  const loss = readable ? predictLoss(curve, flops).loss : null
  return computeGrowth({ now: { flops, loss, gains }, reference: reference.facts, multiplier, curve, allowedTo })
}

function limit(question: ForecastQuestion, times: number, readableTo: number | null): ForecastCurve['limits'][number] {
  const { reference, now, multiplier } = question
  const { flops = 0, gains = 1 } = reference?.facts ?? {}
  // Just above the reference the multiplier counts at once, so nothing lies below it.
  const byRatio = Math.max(flops, (times * flops * gains) / ((now?.facts.gains ?? gains) * multiplier))
  const passes = (at: number) => !((growthAt(question, at, readableTo)?.kHi ?? 0) < times)
  if (readableTo === null || readableTo <= flops || !passes(readableTo)) return { times, byRatio, byCurve: null }
  let [low, high] = [Math.log(flops), Math.log(readableTo)]
  for (let i = 0; i < HALVINGS; i++) {
    const middle = (low + high) / 2
    if (passes(Math.exp(middle))) high = middle
    else low = middle
  }
  return { times, byRatio, byCurve: Math.exp(high) }
}

function targetOf(question: ForecastQuestion, flops: number, readableTo: number | null): ForecastCurve['target'] {
  const growth = growthAt(question, flops, readableTo)
  if (growth === null) return null
  const finite = (value: number) => (Number.isFinite(value) ? value : null)
  const { curve } = question
  const loss = curve !== null && readableTo !== null && flops <= readableTo ? predictLoss(curve, flops) : null
  return { flops, k: finite(growth.k), kHi: finite(growth.kHi), confidence: growth.confidence, loss }
}

/** `2.50e24` */
export function power(flops: number): string {
  return flops.toExponential(2).replace('e+', 'e')
}
