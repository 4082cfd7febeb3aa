import { z } from 'zod'

/** What the bytes are. `numbers` are floating-point numbers without a header; `opaque` tells nothing but is large and named like weights. */
export const WeightFormat = z.enum([
  'safetensors',
  'gguf',
  'ggml',
  'pytorch',
  'pickle',
  'numpy',
  'hdf5',
  'keras',
  'onnx',
  'tflite',
  'tensorflow-checkpoint',
  'numbers',
  'opaque',
])
export type WeightFormat = z.infer<typeof WeightFormat>

/** What a file was recognised as. */
export const Recognised = z.object({
  format: WeightFormat,
  within: z
    .enum(['tar', 'zip', 'gzip', 'zstd'])
    .nullable()
    .meta({ description: 'the archive or compression around it' }),
})
export type Recognised = z.infer<typeof Recognised>

const Common = { path: z.string().meta({ description: 'as found; bytes that are no UTF-8 as \\xNN' }) }

/**
 * One file of weights. `registered` lies in the place of a registered copy, of which it is a file; `stray` is a file of the vault that lies
 * where no copy is registered; `unknown` is in no vault; `allowed` neither, but in a place where others' models may lie.
 */
export const ScanFinding = z
  .object({
    type: z.literal('found'),
    ...Common,
    sizeBytes: z.int().nonnegative(),
    modifiedAt: z.iso.datetime(),
    ...Recognised.shape,
    standing: z.enum(['registered', 'allowed', 'stray', 'unknown']),
    approved: z.boolean(),
    version: z.string().nullable().meta({ description: 'whose file it is, where the vault knows it' }),
    file: z.string().nullable().meta({ description: 'its path there' }),
    copy: z.string().nullable().meta({ description: 'the registered copy' }),
  })
  .meta({ id: 'WeightsScanFinding' })
export type ScanFinding = z.infer<typeof ScanFinding>

/** Something that could not be looked at: what it holds is not known. */
export const ScanGap = z
  .object({
    type: z.literal('gap'),
    ...Common,
    why: z.enum(['permission', 'failed', 'changed', 'too-deep', 'too-many']),
  })
  .meta({ id: 'WeightsScanGap' })
export type ScanGap = z.infer<typeof ScanGap>

/** The end of a scan. */
export const ScanSummary = z
  .object({
    type: z.literal('summary'),
    entries: z.int().meta({ description: 'names seen' }),
    examined: z.int().meta({ description: 'files whose content was looked at' }),
    examinedBytes: z.int().meta({ description: 'their sizes together' }),
    passedOver: z.int().meta({ description: 'links, devices, pipes, sockets and folders of the kernel' }),
    found: z.int(),
    unapproved: z.int(),
    gaps: z.int(),
    verdict: z.enum(['clean', 'found', 'incomplete']).meta({ description: 'incomplete: nothing unapproved, but gaps' }),
    durationMs: z.int(),
  })
  .meta({ id: 'WeightsScanSummary' })
export type ScanSummary = z.infer<typeof ScanSummary>
