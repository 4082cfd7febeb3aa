import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { AppError } from '../../../base/errors.ts'
import { shipped } from '../../../base/shipped.ts'
import { DENSE, featuresOf, HASHED, WIDTH } from './features.ts'

const SHIPPED = shipped('assets/refusal')

const Manifest = z.object({
  name: z.literal('refusal-openings'),
  version: z.int().positive(),
  weights: z.object({
    file: z.literal('weights.bin'),
    sha256: z.hash('sha256'),
    hashed: z.literal(HASHED),
    dense: z.array(z.string()).refine((names) => names.join() === DENSE.join()),
  }),
  scale: z.number().positive(),
  bias: z.number(),
  slope: z.number().positive(),
  intercept: z.number(),
})

/** A linear model of how answers open and go on when they refuse. */
export class RefusalModel {
  /** `name@digest` of the manifest, which holds the digest of the weights. */
  readonly id: string
  readonly #weights: Int8Array
  readonly #manifest: z.infer<typeof Manifest>

  private constructor(id: string, weights: Int8Array, manifest: z.infer<typeof Manifest>) {
    this.id = id
    this.#weights = weights
    this.#manifest = manifest
  }

  /** @throws {AppError} CONFIG_INVALID where it isn't installed; VERIFICATION_FAILED for weights that the manifest doesn't name */
  static load(folder = SHIPPED): RefusalModel {
    const bytes = read(join(folder, 'manifest.json'))
    const parsed = Manifest.safeParse(JSON.parse(bytes.toString('utf8')))
    if (!parsed.success)
      throw new AppError('CONFIG_INVALID', 'the manifest of the refusal model is malformed', { cause: parsed.error })
    const weights = read(join(folder, parsed.data.weights.file))
    if (sha256(weights) !== parsed.data.weights.sha256 || weights.length !== WIDTH)
      throw new AppError('VERIFICATION_FAILED', 'the refusal model’s weights are not those of its manifest: reinstall')
    const table = new Int8Array(weights.buffer, weights.byteOffset, weights.length)
    return new RefusalModel(`refusal-openings@${sha256(bytes).slice(0, 16)}`, table, parsed.data)
  }

  /** How likely an answer is a refusal, in (0, 1). */
  probability(answer: string): number {
    const { hashed, dense } = featuresOf(answer)
    const { scale, bias, slope, intercept } = this.#manifest
    let sum = 0
    for (const [at, value] of hashed) sum += value * (this.#weights[at] ?? 0)
    for (const [at, value] of dense.entries()) sum += value * (this.#weights[HASHED + at] ?? 0)
    return 1 / (1 + Math.exp(-(slope * (sum * scale + bias) + intercept)))
  }
}

function read(path: string): Buffer {
  try {
    return readFileSync(path)
  } catch (cause) {
    throw new AppError('CONFIG_INVALID', `the refusal model is not installed: ${path} can't be read`, { cause })
  }
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}
