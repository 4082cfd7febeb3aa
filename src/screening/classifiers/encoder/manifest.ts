import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { AppError } from '../../../base/errors.ts'
import { LABELS, type Label } from '../../taxonomy.ts'

export const REFUSAL = 'completion.refusal'
const PROMPT_OUTPUTS = LABELS.map((label) => `prompt.${label}` as const)
const COMPLETION_OUTPUTS = LABELS.map((label) => `completion.${label}` as const)
const OUTPUTS = [...PROMPT_OUTPUTS, ...COMPLETION_OUTPUTS, REFUSAL] as const
const Output = z.enum(OUTPUTS)
export type Output = z.infer<typeof Output>

const File = z.object({ file: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]*$/), sha256: z.hash('sha256') })
const Probability = z.number().min(0).max(1)
/** p = 1 / (1 + exp(-(slope × logit + intercept))) */
const Calibration = z.object({ slope: z.number().positive(), intercept: z.number() })
/** Per side: screen score from which the encoder is asked about a label. */
const Bands = z.partialRecord(z.enum(LABELS), Probability)

/** What `manifest.json` beside the weights says; fields for people (data, metrics, licences) are not read. */
export const EncoderManifest = z.object({
  name: z.string().regex(/^[a-z0-9][a-z0-9-]*$/),
  version: z.int().positive(),
  model: File,
  vocabulary: File,
  input: z.object({
    /** Tokens of one input, special ones included. */
    maxTokens: z.int().min(16).max(512),
    /** Tokens between the starts of two windows of a long text. */
    stride: z.int().min(8).max(512),
  }),
  /** Columns of the logits, in order. */
  outputs: z.array(Output).min(1),
  calibration: z.partialRecord(Output, Calibration),
  thresholds: z.partialRecord(Output, Probability),
  cascade: z.object({ screen: z.string(), prompt: Bands, completion: Bands }).optional(),
})
export type EncoderManifest = z.infer<typeof EncoderManifest>
export type Calibration = z.infer<typeof Calibration>

export type Side = 'prompt' | 'completion'

/** One column of the logits that scores a label on a side. */
export interface Column {
  readonly label: Label
  readonly at: number
  readonly calibration: Calibration
}

export interface LoadedEncoder {
  readonly manifest: EncoderManifest
  /** SHA-256 of the manifest, which holds the digests of the files: names the encoder exactly. */
  readonly digest: string
  readonly vocabulary: string
  readonly modelPath: string
}

/**
 * Reads the manifest and the vocabulary, and checks that both files are those that the manifest names. The weights themselves are
 * read and checked again by the process that loads them, so that what was checked is what runs.
 *
 * @throws {AppError} CONFIG_INVALID when a file is missing or malformed; VERIFICATION_FAILED when one has another digest
 */
export async function loadEncoder(dir: string): Promise<LoadedEncoder> {
  const bytes = await read(join(dir, 'manifest.json'))
  const manifest = parseManifest(bytes)
  const modelPath = join(dir, manifest.model.file)
  const vocabulary = await read(join(dir, manifest.vocabulary.file))
  assertDigest(vocabulary, manifest.vocabulary.sha256)
  assertDigest(await read(modelPath), manifest.model.sha256)
  return { manifest, digest: sha256(bytes), vocabulary: vocabulary.toString('utf8'), modelPath }
}

/** The calibrated columns of a side. */
export function columnsOf(manifest: EncoderManifest, side: Side): Column[] {
  return LABELS.flatMap((label) => {
    const column = columnOf(manifest, `${side}.${label}`)
    return column === undefined ? [] : [{ label, ...column }]
  })
}

export function columnOf(manifest: EncoderManifest, output: Output): Omit<Column, 'label'> | undefined {
  const at = manifest.outputs.indexOf(output)
  const calibration = manifest.calibration[output]
  return at < 0 || calibration === undefined ? undefined : { at, calibration }
}

/** Thresholds of a side by label, for the labels that have a column. */
export function thresholdsOf(manifest: EncoderManifest, side: Side): Partial<Record<Label, number>> {
  const thresholds: Partial<Record<Label, number>> = {}
  for (const { label } of columnsOf(manifest, side)) {
    const threshold = manifest.thresholds[`${side}.${label}`]
    if (threshold !== undefined) thresholds[label] = threshold
  }
  return thresholds
}

export function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}

function assertDigest(bytes: Uint8Array, expected: string): void {
  if (sha256(bytes) !== expected) {
    throw new AppError('VERIFICATION_FAILED', 'a file of the encoder is not the one that its manifest names: reinstall')
  }
}

async function read(path: string): Promise<Buffer> {
  try {
    return await readFile(path)
  } catch (cause) {
    throw new AppError('CONFIG_INVALID', `the encoder is not installed: ${path} can't be read`, { cause })
  }
}

function parseManifest(bytes: Buffer): EncoderManifest {
  try {
    const manifest = EncoderManifest.parse(JSON.parse(bytes.toString('utf8')))
    if (new Set(manifest.outputs).size !== manifest.outputs.length) throw new Error('an output stands twice')
    for (const { label, at } of [...columnsOf(manifest, 'prompt'), ...columnsOf(manifest, 'completion')]) {
      const output = manifest.outputs[at]
      if (output === undefined || manifest.thresholds[output] === undefined)
        throw new Error(`no threshold for ${label}`)
    }
    return manifest
  } catch (cause) {
    throw new AppError('CONFIG_INVALID', 'the manifest of the encoder is malformed', { cause })
  }
}
