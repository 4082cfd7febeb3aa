import { Command, CommanderError } from 'commander'
import { App } from '../app.ts'
import { loadConfig } from '../base/config.ts'
import { ERROR_CODES, toAppError } from '../base/errors.ts'
import { createLog } from '../base/log.ts'
import { VERSION } from '../base/version.ts'
import { accountCommand } from './account.ts'
import { appealCommand } from './appeal.ts'
import { benchCommand } from './bench.ts'
import { classifyCommand } from './classify.ts'
import { decisionsCommand } from './decisions.ts'
import { doctorCommand } from './doctor.ts'
import { exemptionCommand } from './exemption.ts'
import { keyCommand } from './key.ts'
import { ledgerCommand } from './ledger.ts'
import { notifyCommand } from './notify.ts'
import { logLevelCommand, reloadCommand } from './operations.ts'
import { policyCommand } from './policy.ts'
import { responseCommand } from './response.ts'
import { reviewCommand } from './review.ts'
import { serveCommand } from './serve.ts'
import { statusCommand } from './status.ts'
import { trainCommand } from './train.ts'
import { witnessCommand } from './witness.ts'

const EXAMPLES = `
Examples:
  safelevel serve                          start both planes on this machine
  safelevel key create --name my-app       a key for a customer
  safelevel classify "How do I bake bread?"
  safelevel ledger verify                  prove every decision, offline

Exit codes: 0 yes or done, 1 no (a verification failed, a document would not load), 2 wrong usage, 3 and more by error code.
Configuration: safelevel.yaml (or SAFELEVEL_CONFIG); every key is described in docs/guide/configuration.md.`

/**
 * Runs one command line.
 *
 * @returns the exit code: 0, 1 when the answer is "no", 2 on bad usage, 3 and more by error code.
 */
export async function run(argv: readonly string[]): Promise<number> {
  const program = new Command('safelevel')
    .description('The ASL-2 standard of the Responsible Scaling Policy as running software')
    .version(VERSION)
    .addHelpText('after', EXAMPLES)
    .addCommand(serveCommand())
    .addCommand(statusCommand())
    .addCommand(doctorCommand())
    .addCommand(reloadCommand())
    .addCommand(logLevelCommand())
    .addCommand(keyCommand({ openAccounts: openStore }))
    .addCommand(accountCommand())
    .addCommand(exemptionCommand())
    .addCommand(appealCommand())
    .addCommand(classifyCommand())
    .addCommand(policyCommand())
    .addCommand(ledgerCommand())
    .addCommand(witnessCommand())
    .addCommand(decisionsCommand())
    .addCommand(responseCommand())
    .addCommand(trainCommand())
    .addCommand(reviewCommand())
    .addCommand(notifyCommand())
    .addCommand(benchCommand())
  for (const command of [program, ...descendants(program)]) command.exitOverride().showHelpAfterError()
  try {
    await program.parseAsync([...argv])
    return Number(process.exitCode ?? 0)
  } catch (thrown) {
    return report(thrown, argv.includes('--json'))
  }
}

/** Where no server runs, the command is the one process that has the data folder. */
async function openStore(): Promise<App> {
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
