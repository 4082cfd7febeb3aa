import { Command } from 'commander'
import { insiderCaseCommands } from './insider-cases.ts'
import { insiderImportCommand } from './insider-import.ts'
import { insiderReplayCommand } from './insider-replay.ts'
import { insiderScoreCommand } from './insider-score.ts'
import { insiderSimulateCommand } from './insider-simulate.ts'

/** `safelevel insider`: the insider-threat programme, as it is measured and tried without a server, and as it runs in one. */
export function insiderCommand(): Command {
  const command = new Command('insider')
    .description('the insider-threat programme: how it runs, and how good its detection is')
    .addCommand(insiderSimulateCommand())
    .addCommand(insiderScoreCommand())
    .addCommand(insiderReplayCommand())
    .addCommand(insiderImportCommand())
  for (const one of insiderCaseCommands()) command.addCommand(one)
  return command
}
