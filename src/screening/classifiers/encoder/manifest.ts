import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { AppError } from '../../../base/errors.ts'
import { LABELS, type Label } from '../../taxonomy.ts'
import type { ModelFile } from './worker.ts'

export const REFUSAL = 'completion.refusal'
const PROMPT_OUTPUTS = LABELS.map((label) => `prompt.${label}` as const)
const COMPLETION_OUTPUTS = LABELS.map((label) => `completion.${label}` as const)
const OUTPUTS = [...PROMPT_OUTPUTS, ...COMPLETION_OUTPUTS, REFUSAL] as const
const Output = z.enum(OUTPUTS)
export type Output = z.infer<typeof Output>

const FileEntry = z.object({ name: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]*$/), sha256: z.hash('sha256') })
/** p = 1 / (1 + exp(-(a × logit + b))) */
const Calibration = z.object({ a: z.number().positive(), b: z.number() })
/** Least score that keeps a budget of harmless texts flagged by this output alone. */
const Thresholds = z.object({ 'fpr0.5': z.number().min(0).max(1) })

/** What `manifest.json` beside the weights says and judging needs; what is for people (data, metrics, licences) is not read. */
export const EncoderManifest = z.object({
  name: z.string().regex(/^[a-z0-9][a-z0-9-]*$/),
  files: z.array(FileEntry),
  input: z.object({
    /** Tokens of one input, special ones included. */
    maxTokens: z.int().min(16).max(512),
    /** Tokens between the starts of two windows of a long text. */
    stride: z.int().min(8).max(512),
  }),
  /** Columns of the logits, in order. */
  labels: z.array(Output).min(1),
  calibration: z.partialRecord(Output, Calibration),
  thresholds: z.partialRecord(Output, Thresholds),
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

const MODEL_FILE = 'model.onnx'
const VOCABULARY_FILE = 'vocab.txt'
/** However clean the harmless texts were, a label needs this much to count as found. */
const MIN_THRESHOLD = 0.3

export interface LoadedEncoder {
  readonly manifest: EncoderManifest
  /** SHA-256 of the manifest, which holds the digests of the files: names the encoder exactly. */
  readonly digest: string
  readonly vocabulary: string
  readonly model: ModelFile
}

/**
 * Reads the manifest and the vocabulary, a quarter of a megabyte, and checks that it is the one that the manifest names. The weights are read
 * and checked by the process that loads them, so that what was checked is what runs. At once: a start waits for those processes, and
 * they are to begin before whatever else keeps this thread.
 *
 * @throws {AppError} CONFIG_INVALID when a file is missing or malformed; VERIFICATION_FAILED when the vocabulary has another digest
 */
export function loadEncoder(dir: string): LoadedEncoder {
  const bytes = read(join(dir, 'manifest.json'))
  const manifest = parseManifest(bytes)
  const vocabulary = read(join(dir, VOCABULARY_FILE))
  assertDigest(vocabulary, digestOf(manifest, VOCABULARY_FILE))
  const path = join(dir, MODEL_FILE)
  const model = { path, sha256: digestOf(manifest, MODEL_FILE), outputs: manifest.labels.length }
  return { manifest, digest: sha256(bytes), vocabulary: vocabulary.toString('utf8'), model }
}

/** The calibrated columns of a side. */
export function columnsOf(manifest: EncoderManifest, side: Side): Column[] {
  return LABELS.flatMap((label) => {
    const column = columnOf(manifest, `${side}.${label}`)
    return column === undefined ? [] : [{ label, ...column }]
  })
}

export function columnOf(manifest: EncoderManifest, output: Output): Omit<Column, 'label'> | undefined {
  const at = manifest.labels.indexOf(output)
  const calibration = manifest.calibration[output]
  return at < 0 || calibration === undefined ? undefined : { at, calibration }
}

/** Thresholds of a side by label, for the labels that have a column. */
export function thresholdsOf(manifest: EncoderManifest, side: Side): Partial<Record<Label, number>> {
  const thresholds: Partial<Record<Label, number>> = {}
  for (const { label } of columnsOf(manifest, side)) {
    const threshold = manifest.thresholds[`${side}.${label}`]
    if (threshold !== undefined) thresholds[label] = Math.max(MIN_THRESHOLD, threshold['fpr0.5'])
  }
  return thresholds
}

function digestOf({ files }: EncoderManifest, name: string): string {
  const entry = files.find((file) => file.name === name)
  if (entry === undefined) throw new AppError('CONFIG_INVALID', `the manifest of the encoder does not name ${name}`)
  return entry.sha256
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}

function assertDigest(bytes: Uint8Array, expected: string): void {
  if (sha256(bytes) !== expected) {
    throw new AppError('VERIFICATION_FAILED', 'a file of the encoder is not the one that its manifest names: reinstall')
  }
}

function read(path: string): Buffer {
  try {
    return readFileSync(path)
  } catch (cause) {
    throw new AppError('CONFIG_INVALID', `the encoder is not installed: ${path} can't be read`, { cause })
  }
}

function parseManifest(bytes: Buffer): EncoderManifest {
  try {
    const manifest = EncoderManifest.parse(JSON.parse(bytes.toString('utf8')))
    if (new Set(manifest.labels).size !== manifest.labels.length) throw new Error('an output stands twice')
    for (const { label, at } of [...columnsOf(manifest, 'prompt'), ...columnsOf(manifest, 'completion')]) {
      const output = manifest.labels[at]
      if (output === undefined || manifest.thresholds[output] === undefined)
        throw new Error(`no threshold for ${label}`)
    }
    return manifest
  } catch (cause) {
    throw new AppError('CONFIG_INVALID', 'the manifest of the encoder is malformed', { cause })
  }
}
