import { Command } from 'commander'
import { redteamEvalCommand } from './redteam-eval.ts'
import { redteamRun } from './redteam-run.ts'

/** `safelevel redteam`: how well a model refuses, and what gets past that. */
export function redteamCommand(env: NodeJS.ProcessEnv = process.env): Command {
  return new Command('redteam')
    .description('attack one’s own models and gateways, and measure how well they refuse')
    .addCommand(redteamRun(env))
    .addCommand(redteamEvalCommand(env))
}
