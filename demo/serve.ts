import { once } from 'node:events'
import { createInterface } from 'node:readline'
import pc from 'picocolors'
import { z } from 'zod'
import { spawnServing } from '../test/support/serving-child.ts'
import { demoConfig } from './config.ts'
import type { DemoFolder } from './folder.ts'
import { startModelServer } from './model-server.ts'

const Ready = z.object({ ready: z.literal(true), public: z.string(), control: z.string() })
type Ready = z.infer<typeof Ready>

/**
 * Serves a demo that was built, as `safelevel serve` does, by the real clock, until it is stopped.
 *
 * @returns the exit code
 */
export async function serveDemo(folder: DemoFolder): Promise<number> {
  await using models = await startModelServer()
  folder.writeConfig(demoConfig(models.url, folder.dataDir))
  const env = { SAFELEVEL_CONFIG: folder.configPath, SAFELEVEL_DATA_DIR: folder.dataDir, DATABASE_URL: '' }
  const { child, stdout } = spawnServing({ ...process.env, ...env })
  // A terminal sends the signal to both; whoever sends it to this process alone means the server too.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => child.kill(signal))
  createInterface({ input: stdout }).on('line', (line) => {
    const ready = Ready.safeParse(JSON.parse(line))
    if (ready.success) console.log(readyBlock(folder, ready.data))
  })
  const [code] = await once(child, 'exit')
  return typeof code === 'number' ? code : 0
}

/** Where everything is, and how to look at it. */
function readyBlock(folder: DemoFolder, { public: gateway, control }: Ready): string {
  const key = folder.mark()?.key ?? ''
  const row = (label: string, value: string, note: string) => `  ${label.padEnd(11)}${value.padEnd(34)}${pc.dim(note)}`
  return [
    '',
    pc.yellow(
      '  A DEMO. Every person, customer, report, model and figure in it is made up, and nothing decided here counts.',
    ),
    '',
    row('Console', control.replace('127.0.0.1', 'localhost'), 'choose “Development login” and roles, such as:'),
    row('', 'rso', 'scaling, incidents, releases, cards, reports, appeals'),
    row('', 'analyst', 'queue, decisions, accounts'),
    row('', 'ciso, security_engineer', 'weights, insider'),
    row('', 'policy_editor · board · auditor', 'policy · noncompliance · ledger'),
    row('Public', gateway, 'policy, cards, reporting, transparency'),
    row('Gateway', `${gateway}/v1`, 'orca-2, orca-mini: a stand-in that says so'),
    row('Data', folder.path, 'build it anew: npm run demo -- --fresh'),
    '',
    '  Ask it something:',
    `    curl ${gateway}/v1/chat/completions -H 'authorization: Bearer ${key}' \\`,
    `      -H 'content-type: application/json' -d '{"model":"orca-2","messages":[{"role":"user","content":"How do I bake bread?"}]}'`,
    '',
    '  The proof of all of it (what was verified before is kept beside it, since the next demo has another log):',
    `    SAFELEVEL_CONFIG=${folder.configPath} XDG_CONFIG_HOME=${folder.path} npx safelevel ledger verify`,
    '',
  ].join('\n')
}
