import { deflateRawSync, inflateRawSync } from 'node:zlib'
import { z } from 'zod'
import type { Db } from '../../db/index.ts'
import { records } from '../records/index.ts'
import { get } from './context.ts'
import { RESULT, SUITE, TALLY, THREAT } from './kinds.ts'
import { type Assessment, type KeptVouched, type Result, SHOWINGS, type Suite } from './schema.ts'
import {
  believed,
  judgeSuite,
  type Missing,
  type SuiteTasks,
  type SuiteVerdict,
  type TaskTally,
  type Verdict,
  validityGaps,
  worstOf,
} from './verdict/index.ts'

/** Columns, since a million tasks are kept. */
const Packed = z.tuple([
  z.array(z.string()),
  z.array(z.string().nullable()),
  z.array(z.int()),
  z.array(z.int()),
  z.array(z.int()),
  z.array(z.int()),
  z.array(z.int()),
])

export function pack(tallies: readonly TaskTally[]): string {
  const columns = [
    tallies.map(({ task }) => task),
    tallies.map(({ family }) => family),
    tallies.map(({ passed }) => passed),
    tallies.map(({ failed }) => failed),
    tallies.map(({ refused }) => refused),
    tallies.map(({ errored }) => errored),
    tallies.map(({ unscored }) => unscored),
  ]
  return deflateRawSync(JSON.stringify(columns)).toString('base64')
}

export function unpack(packed: string): TaskTally[] {
  const [tasks, families, ...counts] = Packed.parse(
    JSON.parse(inflateRawSync(Buffer.from(packed, 'base64')).toString()),
  )
  return tasks.map((task, i) => ({
    task,
    family: families[i] ?? null,
    passed: counts[0][i] ?? 0,
    failed: counts[1][i] ?? 0,
    refused: counts[2][i] ?? 0,
    errored: counts[3][i] ?? 0,
    unscored: counts[4][i] ?? 0,
  }))
}

export function suiteTasks({ rule, tasks, listed }: Suite): SuiteTasks {
  return {
    rule,
    count: tasks,
    tasks: listed === null ? null : new Map(listed.map(({ task, family }) => [task, family])),
  }
}

/** Tries of one snapshot that lie in several files, counted together. */
function merge(all: readonly TaskTally[][]): TaskTally[] {
  const [only] = all
  if (all.length === 1 && only !== undefined) return only
  const merged = new Map<string, TaskTally>()
  for (const tally of all.flat()) {
    const before = merged.get(tally.task)
    if (before === undefined) merged.set(tally.task, tally)
    else
      merged.set(tally.task, {
        ...before,
        passed: before.passed + tally.passed,
        failed: before.failed + tally.failed,
        refused: before.refused + tally.refused,
        errored: before.errored + tally.errored,
        unscored: before.unscored + tally.unscored,
      })
  }
  return [...merged.values()]
}

export interface SnapshotVerdict {
  readonly suite: string
  readonly snapshot: string
  readonly verdict: SuiteVerdict
}

export interface AssessmentVerdict {
  readonly verdict: Verdict
  readonly snapshots: readonly SnapshotVerdict[]
  readonly missing: readonly (Missing & { readonly suite: string | null })[]
}

const NOBODY: KeptVouched = {
  elicitation: null,
  transcripts: null,
  contamination: null,
  grader: null,
  spend: null,
  by: [],
}

/** What an assessment comes to, from every try on record: the best snapshot, the worst news. */
export async function judgeAssessment(db: Db, assessment: Assessment): Promise<AssessmentVerdict> {
  const results = await records.list(db, RESULT, { about: assessment.id })
  const snapshots: SnapshotVerdict[] = []
  const missing: (Missing & { suite: string | null })[] = []
  for (const name of assessment.suites) {
    const suite = await get(db, SUITE, name)
    const own = results.filter((result) => result.suite === name)
    if (own.length === 0)
      missing.push({ suite: name, code: 'no_results', words: `${name} has no results: run it and import them` })
    for (const snapshot of new Set(own.map((result) => result.snapshot))) {
      const files = own.filter((result) => result.snapshot === snapshot)
      const verdict = await judgeSnapshot(db, suite, files, assessment.vouched[name] ?? NOBODY)
      snapshots.push({ suite: name, snapshot, verdict })
      missing.push(...verdict.missing.map((one) => ({ ...one, suite: name })))
    }
  }
  missing.push(...(await showingGaps(db, assessment)))
  const verdicts = snapshots.map(({ verdict }) => verdict.verdict)
  const all = worstOf(verdicts)
  if (verdicts.includes('MET') && verdicts.includes('BELOW')) {
    const words = 'some results meet a line and others lie below theirs: what meets it counts'
    missing.push({ suite: null, code: 'contradictory', words })
  }
  const said = new Map(missing.map((one) => [`${one.suite}\n${one.words}`, one]))
  return {
    verdict: all === 'BELOW' && missing.length > 0 ? 'INCONCLUSIVE' : all,
    snapshots,
    missing: [...said.values()],
  }
}

async function judgeSnapshot(
  db: Db,
  suite: Suite,
  files: readonly Result[],
  vouched: KeptVouched,
): Promise<SuiteVerdict> {
  const tallies = await Promise.all(files.map(async ({ id }) => unpack((await get(db, TALLY, id)).packed)))
  const judged = judgeSuite(suiteTasks(suite), merge(tallies))
  const began = files.map(({ beganAt }) => beganAt)
  const known = began.filter((at) => at !== null).sort()
  const runBeganAt = known.length < began.length ? null : (known[0] ?? null)
  const flags = files.flatMap((file) => file.flags)
  const gaps = validityGaps(judged.totals, vouched, suite.limits, { suiteFrozenAt: suite.frozenAt, runBeganAt, flags })
  return believed(judged, gaps)
}

/** The four showings, and a threat model behind every suite. */
async function showingGaps(db: Db, { showings, suites }: Assessment): Promise<(Missing & { suite: string | null })[]> {
  const gaps: (Missing & { suite: string | null })[] = []
  for (const name of SHOWINGS) {
    if (showings[name] === null)
      gaps.push({ suite: null, code: 'showing', words: `the showing ${name} has not been made` })
  }
  const mapped = new Set((await records.list(db, THREAT)).flatMap((threat) => threat.suites))
  for (const suite of suites) {
    if (!mapped.has(suite)) gaps.push({ suite, code: 'threat_model', words: `no threat model leads to ${suite}` })
  }
  return gaps
}

/** Whether a file of results stands in an assessment already. */
export async function knownFile(db: Db, assessment: string, digest: string): Promise<Result | null> {
  const results = await records.list(db, RESULT, { about: assessment })
  return results.find(({ fileDigest }) => fileDigest === digest) ?? null
}
