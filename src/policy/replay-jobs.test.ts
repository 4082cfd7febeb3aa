import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { CALIBRATED, changedPolicy } from '../../test/support/policies.ts'
import { storeKinds, type TestStore } from '../../test/support/stores.ts'
import { ManualClock } from '../base/clock.ts'
import { AppError } from '../base/errors.ts'
import { seededIds } from '../base/ids.ts'
import { silentLog } from '../base/log.ts'
import type { DbHandle } from '../db/index.ts'
import { Drafts } from './drafts.ts'
import { Policies } from './policies.ts'
import { readPolicyFile } from './policy.ts'
import type { ReplayRow } from './replay.ts'
import { ReplayJobs } from './replay-jobs.ts'

const EDITOR = { type: 'staff', id: 'per_editor' } as const
const STRICTER = changedPolicy('threshold: calibrated', 'threshold: 0.3').replace('version: 1.1.0', 'version: 1.2.0')

describe.each(storeKinds('policy replays'))('on $kind', ({ create }) => {
  const clock = new ManualClock(Date.UTC(2026, 5, 1))
  let store: TestStore
  let db: DbHandle
  let policies: Policies
  let drafts: Drafts

  beforeAll(async () => {
    store = await create()
    db = await store.open()
    const ledger = { append: async () => ({ position: 0 }) }
    const context = { db, ledger, clock, ids: seededIds(clock), log: silentLog }
    const file = { text: readPolicyFile(), path: 'test.yaml' }
    policies = await Policies.open(context, { calibratedThresholds: CALIBRATED, file })
    await policies.start()
    drafts = new Drafts(policies)
  })
  afterAll(async () => {
    await policies.close()
    await db.close()
    await store[Symbol.asyncDispose]()
  })

  describe('a replay', () => {
    const side = (scores: Record<string, number>) => ({ scores, unevaluated: [], testString: false, reason: null })
    const row = (i: number, score: number): ReplayRow => ({
      id: `dec_${i}`,
      organisation: i % 2 === 0 ? 'org_a' : 'org_b',
      surface: 'api',
      prompt: side({ chemical: score }),
      completion: null,
    })

    async function finished(jobs: ReplayJobs, id: string) {
      for (;;) {
        const job = await jobs.get(id)
        if (job.state !== 'running') return job
        await new Promise((resolve) => setTimeout(resolve, 10))
      }
    }

    it('runs as a job and reports what would change', async () => {
      const rows = Array.from({ length: 5_000 }, (_, i) => row(i, i % 10 === 0 ? 0.4 : 0.06))
      const jobs = new ReplayJobs(policies, {
        scoreFloor: 0.05,
        stream: async function* () {
          yield* rows
        },
      })
      const draft = await drafts.create({ title: 'Replay', document: STRICTER }, EDITOR)
      const started = await jobs.start(draft.id, '2026-05-01T00:00:00Z', EDITOR)
      const { state, rows: read, report } = await finished(jobs, started.id)
      expect([state, read]).toEqual(['done', 5_000])
      expect(report).toMatchObject({ decisions: 5_000, refusedNow: 0, refusedThen: 500, totals: { newlyRefused: 500 } })
      expect(report?.byCustomer).toMatchObject([
        { organisation: 'org_a', newlyRefused: 500 },
        { organisation: 'other' },
      ])
      await jobs.close()
    })

    it('ends as failed when the rows fail, when it is broken off, and when its process died', async () => {
      const draft = await drafts.create({ title: 'Replay', document: STRICTER }, EDITOR)
      const failing = new ReplayJobs(policies, {
        scoreFloor: 0.05,
        stream: async function* () {
          yield row(0, 0.5)
          throw new AppError('INTERNAL', 'the store is gone')
        },
      })
      const failed = await failing.start(draft.id, '2026-05-01T00:00:00Z', EDITOR)
      expect(await finished(failing, failed.id)).toMatchObject({ state: 'failed', problem: 'the store is gone' })
      const endless = new ReplayJobs(policies, {
        scoreFloor: 0.05,
        stream: async function* () {
          for (let i = 0; ; i++) yield row(i, 0.06)
        },
      })
      const running = await endless.start(draft.id, '2026-05-01T00:00:00Z', EDITOR)
      await endless.close()
      expect(await endless.get(running.id)).toMatchObject({ state: 'failed', problem: 'the server is stopping' })
      await db.db.updateTable('policyReplay').set({ state: 'running' }).where('id', '=', running.id).execute()
      clock.advance(60_000)
      expect(await endless.get(running.id)).toMatchObject({
        state: 'failed',
        problem: expect.stringContaining('stopped'),
      })
    })

    it('is about the past', async () => {
      const jobs = new ReplayJobs(policies, { scoreFloor: 0.05, stream: async function* () {} })
      const draft = await drafts.create({ title: 'Replay' }, EDITOR)
      for (const since of ['2026-07-01T00:00:00Z', '2020-01-01T00:00:00Z']) {
        await expect(jobs.start(draft.id, since, EDITOR)).rejects.toMatchObject({ code: 'REQUEST_INVALID' })
      }
    })
  })
})
