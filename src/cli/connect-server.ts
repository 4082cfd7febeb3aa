import { loadConfig } from '../base/config.ts'
import { AppError } from '../base/errors.ts'
import { connectOperator, type OperatorClient } from './operator-client.ts'

/** The running server, for commands that can't do without. @throws {AppError} UPSTREAM_UNAVAILABLE when none runs */
export async function connectServer(env: NodeJS.ProcessEnv): Promise<OperatorClient> {
  const client = await connectOperator(env, loadConfig(env).config.dataDir)
  if (client !== null) return client
  throw new AppError(
    'UPSTREAM_UNAVAILABLE',
    'no server runs on this data folder: start one (safelevel serve), or name one by SAFELEVEL_URL and SAFELEVEL_TOKEN',
  )
}
