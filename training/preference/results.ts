import { readFile, writeFile } from 'node:fs/promises'
import { cpus } from 'node:os'
import { join } from 'node:path'
import { z } from 'zod'
import type { Checkpoint } from '../../src/models/registry/index.ts'
import type { ReleaseView } from '../../src/models/release/index.ts'
import type { IncidentView } from '../../src/models/response/index.ts'
import type { Comparison, EvaluationReport } from '../../src/refusal/evaluation/index.ts'

export const RESULT_FORMAT = 'safelevel-preference-result-1'

/** What `train.py` says of its work, as far as it is told on. */
const Manifest = z.object({
  method: z.string(),
  data: z.object({ file: z.string(), digest: z.string() }),
  base: z.object({ file: z.string(), digest: z.string() }),
  settings: z.record(z.string(), z.unknown()),
  adapter: z.object({ rank: z.int(), alpha: z.int() }),
  versions: z.record(z.string(), z.string()),
  rows: z.int(),
  steps: z.int(),
  parameters: z.object({ trained: z.int(), all: z.int() }),
  tensors: z.object({ merged: z.int(), copied: z.int() }),
  flops: z.number(),
  curve: z.array(z.object({ step: z.int(), loss: z.number(), 'rewards/accuracies': z.number().optional() })),
  result: z.object({ digest: z.string(), sizeBytes: z.int() }),
  machine: z.object({ python: z.string(), device: z.string(), threads: z.int() }),
  lastSittingSeconds: z.number(),
})

export interface Outcome {
  readonly checkpoints: readonly Checkpoint[]
  readonly stages: readonly string[]
  readonly evaluations: readonly EvaluationReport[]
  readonly comparisons: readonly Comparison[]
  readonly incident: IncidentView
  readonly releases: readonly ReleaseView[]
  readonly card: {
    readonly words: readonly string[]
    readonly figures: readonly object[]
    readonly findings: readonly string[]
  }
  /** Command, seed: how it was run. */
  readonly how: Readonly<Record<string, string>>
}

/** The figures of a run, without a word of what was asked or said. */
export async function writeResult(folder: string, outcome: Outcome): Promise<string> {
  const { checkpoints, stages, evaluations, comparisons, incident, releases, card, how } = outcome
  const result = {
    format: RESULT_FORMAT,
    how: { ...how, node: process.versions.node, cpu: cpus()[0]?.model ?? 'unknown', cores: cpus().length },
    checkpoints: checkpoints.map(({ id, parent, flops, weightsDigest }) => ({ id, parent, flops, weightsDigest })),
    incident: { kind: incident.kind, reason: incident.reason, awareAt: incident.awareAt },
    training: await Promise.all(stages.map(async (stage) => ({ stage, ...(await manifestIn(join(folder, stage))) }))),
    evaluations: evaluations.map(({ checkpoint, beganAt, endedAt, seed, asking, grader, suites, ...rates }) => ({
      ...{ checkpoint, beganAt, endedAt, seed, asking, grader: grader.id },
      suites: suites.map(({ suite, digest, frozenAt, harmful, harmless }) => ({
        ...{ suite, digest, frozenAt, harmful, harmless },
      })),
      ...{ attackSuccess: rates.attackSuccess, overRefusal: rates.overRefusal, rows: rates.rows },
    })),
    comparisons: comparisons.map(({ tuned, measures, verdict }) => ({ tuned: tuned.checkpoint, measures, verdict })),
    releases: releases.map(({ passes, findings }) => ({
      passes,
      missing: findings.filter(({ state }) => state !== 'met'),
    })),
    card,
  }
  const path = join(folder, 'result.json')
  await writeFile(path, `${JSON.stringify(result, null, 1)}\n`, { mode: 0o600 })
  return path
}

async function manifestIn(folder: string) {
  return Manifest.parse(JSON.parse(await readFile(join(folder, 'manifest.json'), 'utf8')))
}
