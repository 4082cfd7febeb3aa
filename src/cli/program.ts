import { Command, CommanderError } from 'commander'
import type { App } from '../app.ts'
import { loadConfig } from '../base/config.ts'
import { ERROR_CODES, toAppError } from '../base/errors.ts'
import { createLog } from '../base/log.ts'
import { VERSION } from '../base/version.ts'

const EXAMPLES = `
Examples:
  safelevel serve                          start both planes on this machine
  safelevel status                         which commitments hold, what fails, and what to do next
  safelevel key create --name my-app       a key for a customer
  safelevel classify "How do I bake bread?"
  safelevel ledger verify                  prove every decision, offline

Exit codes: 0 yes or done, 1 no (a verification failed, a document would not load), 2 wrong usage, 3 and more by error code.
Configuration: safelevel.yaml (or SAFELEVEL_CONFIG); every key is described in docs/guide/configuration.md.`

/** Each command brings what it needs: only the one that is asked for is loaded, or all of them for the help. */
const COMMANDS: Readonly<Record<string, () => Promise<Command>>> = {
  serve: async () => (await import('./serve.ts')).serveCommand(),
  status: async () => (await import('./status.ts')).statusCommand(),
  doctor: async () => (await import('./doctor.ts')).doctorCommand(),
  init: async () => (await import('./init.ts')).initCommand(),
  size: async () => (await import('./size.ts')).sizeCommand(),
  backup: async () => (await import('./backup.ts')).backupCommand(),
  reload: async () => (await import('./operations.ts')).reloadCommand(),
  'log-level': async () => (await import('./operations.ts')).logLevelCommand(),
  key: async () => (await import('./key.ts')).keyCommand({ openAccounts: openStore }),
  account: async () => (await import('./account.ts')).accountCommand(),
  exemption: async () => (await import('./exemption.ts')).exemptionCommand(),
  appeal: async () => (await import('./appeal.ts')).appealCommand(),
  classify: async () => (await import('./classify.ts')).classifyCommand(),
  policy: async () => (await import('./policy.ts')).policyCommand(),
  ledger: async () => (await import('./ledger.ts')).ledgerCommand(),
  witness: async () => (await import('./witness.ts')).witnessCommand(),
  decisions: async () => (await import('./decisions.ts')).decisionsCommand(),
  checkpoint: async () => (await import('./checkpoint.ts')).checkpointCommand(),
  card: async () => (await import('./card.ts')).cardCommand(),
  eval: async () => (await import('./eval.ts')).evalCommand(),
  response: async () => (await import('./response.ts')).responseCommand(),
  release: async () => (await import('./release.ts')).releaseCommand(),
  transparency: async () => (await import('./transparency.ts')).transparencyCommand(),
  train: async () => (await import('./train.ts')).trainCommand(),
  vault: async () => (await import('./vault.ts')).vaultCommand(),
  insider: async () => (await import('./insider.ts')).insiderCommand(),
  redteam: async () => (await import('./redteam.ts')).redteamCommand(),
  report: async () => (await import('./report.ts')).reportCommand(),
  constitution: async () => (await import('./constitution.ts')).constitutionCommand(),
  refusal: async () => (await import('./refusal.ts')).refusalCommand(),
  review: async () => (await import('./review.ts')).reviewCommand(),
  notify: async () => (await import('./notify.ts')).notifyCommand(),
  controls: async () => (await import('./controls.ts')).controlsCommand(),
  bench: async () => (await import('./bench.ts')).benchCommand(),
}

/**
 * Runs one command line.
 *
 * @returns the exit code: 0, 1 when the answer is "no", 2 on bad usage, 3 and more by error code.
 */
export async function run(argv: readonly string[]): Promise<number> {
  const program = new Command('safelevel')
    .description('The ASL-2 standard of the Responsible Scaling Policy as running software')
    .version(VERSION)
    .enablePositionalOptions() // `vault put --version` is its own
    .addHelpText('after', EXAMPLES)
  for (const command of await load(argv[2])) program.addCommand(command)
  for (const command of [program, ...descendants(program)]) command.exitOverride().showHelpAfterError()
  try {
    await program.parseAsync([...argv])
    return Number(process.exitCode ?? 0)
  } catch (thrown) {
    return report(thrown, argv.includes('--json'))
  }
}

async function load(name: string | undefined): Promise<Command[]> {
  const asked = name !== undefined && Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined
  return asked === undefined ? Promise.all(Object.values(COMMANDS).map((make) => make())) : [await asked()]
}

/** Where no server runs, the command is the one process that has the data folder. */
async function openStore(): Promise<App> {
  const { App } = await import('../app.ts')
  return await App.open({ ...loadConfig(), log: createLog('error') })
}

function descendants(command: Command): Command[] {
  return command.commands.flatMap((child) => [child, ...descendants(child)])
}

/** What happened, why, what to do, and a code to search for. */
function report(thrown: unknown, json: boolean): number {
  if (thrown instanceof CommanderError) return thrown.exitCode === 0 ? 0 : ERROR_CODES.REQUEST_INVALID.exit
  const error = toAppError(thrown)
  if (json) console.log(JSON.stringify({ error: { code: error.code, message: error.message } }))
  else console.error(`safelevel: ${error.message} (${error.code})`)
  if (error.code === 'INTERNAL') console.error(error.cause)
  return ERROR_CODES[error.code].exit
}
