import { parentPort } from 'node:worker_threads'
import { runSegmentJob, type SegmentJob } from './segment.ts'

/** What the pool sends, and gets back. */
export interface WorkerJob {
  readonly id: number
  readonly job: SegmentJob
}
export interface WorkerAnswer {
  readonly id: number
  /** Absent when the job could not be run at all. */
  readonly damaged?: number | null
}

parentPort?.on('message', ({ id, job }: WorkerJob) => {
  const answer: WorkerAnswer = { id, ...attempt(job) }
  job.key.fill(0)
  parentPort?.postMessage(answer)
})

function attempt(job: SegmentJob): Pick<WorkerAnswer, 'damaged'> {
  try {
    return { damaged: runSegmentJob(job) }
  } catch {
    return {} // words of an error could hold what was worked on
  }
}
