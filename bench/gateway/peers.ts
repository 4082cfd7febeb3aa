import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** Another gateway, pointed at the mock upstream. */
export interface Peer {
  readonly name: string
  /** How to get it. */
  readonly install: string
  readonly installed: boolean
  readonly command: string
  readonly args: readonly string[]
  readonly env: Readonly<Record<string, string>>
  readonly headers: Readonly<Record<string, string>>
  /** Path that answers once it serves. */
  readonly health: string
}

const bench = join(import.meta.dirname, '..')

/** @param folder for configuration files @param port where the peer is to listen @param upstream port of the mock */
export type PeerPlan = (folder: string, port: number, upstream: number) => Peer

const portkey: PeerPlan = (_folder, port, upstream) => {
  const main = join(bench, 'node_modules/@portkey-ai/gateway/build/start-server.js')
  return {
    name: 'portkey',
    install: 'npm ci --prefix bench',
    installed: existsSync(main),
    command: process.execPath,
    args: [main, '--headless', `--port=${port}`],
    env: { NODE_ENV: 'production' },
    headers: {
      authorization: 'Bearer none',
      'x-portkey-provider': 'openai',
      'x-portkey-custom-host': `http://127.0.0.1:${upstream}/v1`,
    },
    health: '/',
  }
}

/** It wants a long one. */
const LITELLM_KEY = 'sk-bench-0123456789abcdef0123456789abcdef'

/** One worker process, as the others have one. */
const litellm: PeerPlan = (folder, port, upstream) => {
  const program = join(bench, '.venv/bin/litellm')
  const config = join(folder, 'litellm.yaml')
  writeFileSync(
    config,
    `model_list:
  - model_name: bench-model
    litellm_params: {model: openai/bench-model, api_base: "http://127.0.0.1:${upstream}/v1", api_key: none}
litellm_settings: {telemetry: false}
`,
  )
  return {
    name: 'litellm',
    install: 'python3 -m venv bench/.venv && bench/.venv/bin/pip install -r bench/gateway/requirements.txt',
    installed: existsSync(program),
    command: program,
    args: ['--config', config, '--host', '127.0.0.1', '--port', String(port), '--num_workers', '1'],
    env: {
      LITELLM_LOG: 'ERROR',
      LITELLM_TELEMETRY: 'False',
      LITELLM_LOCAL_MODEL_COST_MAP: 'True',
      LITELLM_MASTER_KEY: LITELLM_KEY,
    },
    headers: { authorization: `Bearer ${LITELLM_KEY}` },
    health: '/health/liveliness',
  }
}

export const PEERS: readonly PeerPlan[] = [portkey, litellm]
