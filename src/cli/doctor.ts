import { Command } from 'commander'
import colors from 'picocolors'
import { z } from 'zod'
import { loadConfig } from '../base/config.ts'
import { examine, type Finding } from '../setup/index.ts'
import { connectServer } from './connect-server.ts'
import { connectOperator, type OperatorClient } from './operator-client.ts'

interface CommandDeps {
  readonly env?: NodeJS.ProcessEnv
}

const Conditions = z.object({
  health: z.object({ conditions: z.array(z.object({ code: z.string(), severity: z.string(), words: z.string() })) }),
})
const CanaryAnswer = z.object({
  items: z.array(z.object({ id: z.string(), state: z.string(), detail: z.string(), decision: z.string().nullable() })),
})

/**
 * `safelevel doctor`: tries everything that a server with this configuration needs. Works with a server that runs and without one. Exit 1 when
 * something is not as it must be; what is merely advised is said and exits 0.
 */
export function doctorCommand({ env = process.env }: CommandDeps = {}): Command {
  return new Command('doctor')
    .enablePositionalOptions() // `doctor canary --json` is its own
    .description(
      'try everything that this configuration needs, and say how to mend what fails; exit 1 if something does',
    )
    .option('--json', 'print {"ok":true|false,"findings":[{"name":…,"ok":…,"level":…,"detail":…,"mend":…}]}')
    .action(async ({ json = false }: { json?: boolean }) => {
      const { config, secrets } = loadConfig(env)
      // SAFELEVEL_URL may be another machine's: what is looked at here is this one.
      const client = await connectOperator({}, config.dataDir)
      const here = await examine({ config, secrets, serving: client !== null })
      const findings = [...here, ...(client === null ? [] : await conditions(client))]
      const ok = findings.every((finding) => finding.ok)
      console.log(json ? JSON.stringify({ ok, findings }) : describe(findings))
      if (!ok) process.exitCode = 1
    })
    .addCommand(canaryCommand(env))
}

/** `safelevel doctor canary` */
function canaryCommand(env: NodeJS.ProcessEnv): Command {
  return new Command('canary')
    .description(
      'have the running server send its coverage canaries now; exit 1 unless every one is refused as it must be',
    )
    .option('--json', 'print {"ok":true|false,"canaries":[{"id":…,"state":…,"detail":…,"decision":…}]}')
    .action(async ({ json = false }: { json?: boolean }) => {
      const client = await connectServer(env)
      const { items } = await client.request('POST', '/api/v1/canaries', CanaryAnswer)
      // Nothing that was tried shows nothing.
      const ok = items.length > 0 && items.every(({ state }) => state === 'holds')
      console.log(json ? JSON.stringify({ ok, canaries: items }) : describeCanaries(items))
      if (!ok) process.exitCode = 1
    })
}

/** What the server itself says is wrong. */
async function conditions(client: OperatorClient): Promise<Finding[]> {
  const { health } = await client.request('GET', '/api/v1/status', Conditions)
  if (health.conditions.length === 0)
    return [{ name: 'server', ok: true, level: 'ok', detail: 'runs, and nothing is wrong with it', mend: null }]
  return health.conditions.map(({ code, severity, words }) => ({
    name: 'server',
    ok: severity !== 'unready',
    level: severity === 'unready' ? 'failed' : 'warning',
    detail: `${words} (${code})`,
    mend: 'docs/guide/operations.md says what to do for each code',
  }))
}

const MARKS = { ok: colors.green('✓'), warning: colors.yellow('◐'), failed: colors.red('■') }
const INDENT = 27

function describe(findings: readonly Finding[]): string {
  const lines = findings.flatMap(({ name, level, detail, mend }) => [
    `${MARKS[level]} ${name.padEnd(24)} ${detail}`,
    ...(mend === null ? [] : [`${' '.repeat(INDENT)}${colors.dim(mend)}`]),
  ])
  const failed = findings.filter(({ level }) => level === 'failed').length
  const warned = findings.filter(({ level }) => level === 'warning').length
  const advice = warned === 0 ? '' : `, ${warned} to look at`
  return [...lines, '', failed === 0 ? `nothing fails${advice}` : `${failed} failed${advice}`].join('\n')
}

function describeCanaries(items: z.infer<typeof CanaryAnswer>['items']): string {
  if (items.length === 0) return `${MARKS.failed} no surface has a canary: no model is served`
  return items
    .map(
      ({ id, state, detail }) =>
        `${state === 'holds' ? MARKS.ok : MARKS.failed} ${id.padEnd(40)} ${state.padEnd(8)} ${detail}`,
    )
    .join('\n')
}
