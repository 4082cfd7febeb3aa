import { openAsBlob } from 'node:fs'
import { Recorded } from '../refusal/records/index.ts'
import { connectServer } from './connect-server.ts'

/** Where each kind of result goes. */
const PATHS = {
  dataset: '/api/v1/refusal/datasets',
  evaluation: '/api/v1/refusal/evaluations',
  red_team_run: '/api/v1/refusal/red-team-runs',
  comparison: '/api/v1/refusal/comparisons',
} as const

/**
 * Sends a result to the running server, to be kept there: `--record`. The same again is known and changes nothing.
 *
 * @param head manifest or report, as its schema has it
 * @param rows path of the file that its digest of rows is of; null: it has none
 * @throws {AppError} UPSTREAM_UNAVAILABLE when no server runs; REQUEST_INVALID when head and rows don't agree
 */
export async function recordResult(
  env: NodeJS.ProcessEnv,
  kind: keyof typeof PATHS,
  head: unknown,
  rows: string | null,
): Promise<Recorded> {
  const client = await connectServer(env)
  const parts: (string | Blob)[] = [JSON.stringify(head), '\n']
  if (rows !== null) parts.push(await openAsBlob(rows))
  return client.upload(PATHS[kind], new Blob(parts), Recorded)
}

/** For people: what is kept, and under which name. */
export function describeRecorded({ id, rows, fixture, known }: Recorded): string {
  const what = `${known ? 'known already as' : 'recorded as'} ${id}, ${rows} rows`
  return fixture ? `${what}; a fixture: it counts as nobody's figures` : what
}
