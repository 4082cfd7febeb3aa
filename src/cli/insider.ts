import { Command } from 'commander'
import { insiderReplayCommand } from './insider-replay.ts'
import { insiderScoreCommand } from './insider-score.ts'
import { insiderSimulateCommand } from './insider-simulate.ts'

/** `safelevel insider`: the insider-threat programme, as far as it is measured and tried without a server. */
export function insiderCommand(): Command {
  return new Command('insider')
    .description('measure and try the detection of insiders')
    .addCommand(insiderSimulateCommand())
    .addCommand(insiderScoreCommand())
    .addCommand(insiderReplayCommand())
}
