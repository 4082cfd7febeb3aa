import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

export interface HammerResult {
  /** Requests that all replicas admitted together. */
  readonly admitted: number
  /** What one exact counter would have admitted in that time: the full bucket and what refills it. */
  readonly exact: number
  readonly exchanges: number
}

export interface HammerOptions {
  readonly url: string
  readonly replicas: number
  readonly seconds: number
  readonly perMinute: number
  /** Attempts per second of each replica. */
  readonly rate: number
}

/** Several processes ask for one project's requests at once; they begin together. */
export async function hammer({ url, replicas, seconds, perMinute, rate }: HammerOptions): Promise<HammerResult> {
  const program = fileURLToPath(new URL('limit-hammer.ts', import.meta.url))
  const children = Array.from({ length: replicas }, (_, i) =>
    spawn(process.execPath, [program, url, `r${i}`, String(seconds), String(perMinute), String(rate)], {
      stdio: ['pipe', 'pipe', 'inherit'],
    }),
  )
  try {
    const lines = children.map((child) => createInterface({ input: child.stdout })[Symbol.asyncIterator]())
    for (const line of lines) if ((await line.next()).value !== 'ready') throw new Error('a replica did not start')
    for (const child of children) child.stdin.write('go\n')
    const results = await Promise.all(
      lines.map(async (line) => JSON.parse(String((await line.next()).value)) as Report),
    )
    const longestMs = Math.max(...results.map(({ elapsedMs }) => elapsedMs))
    return {
      admitted: results.reduce((sum, { admitted }) => sum + admitted, 0),
      exact: perMinute + (longestMs * perMinute) / 60_000,
      exchanges: results.reduce((sum, { exchanges }) => sum + exchanges, 0),
    }
  } finally {
    for (const child of children) child.kill('SIGKILL')
  }
}

interface Report {
  readonly admitted: number
  readonly elapsedMs: number
  readonly exchanges: number
}
