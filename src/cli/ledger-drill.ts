import { writeFile } from 'node:fs/promises'
import { Command } from 'commander'
import pc from 'picocolors'
import { systemClock } from '../base/clock.ts'
import { systemIds } from '../base/ids.ts'
import { drillSplitView, type SplitViewDrill } from '../witness/index.ts'
import { print } from './ledger-words.ts'

/** `safelevel ledger drill …`: rehearses what must not happen, on a log of its own. */
export function drillCommand(): Command {
  return new Command('drill')
    .description('rehearse what must not happen, on a log of the drill’s own')
    .addCommand(
      new Command('split-view')
        .description('show two readers two views of one log, and see that it comes out')
        .option('--out <file>', 'keep the proof of misbehaviour, to try the checking of one')
        .option('--json', 'print one line of JSON')
        .action(splitView),
    )
}

async function splitView({ out, json }: { out?: string; json?: boolean }): Promise<void> {
  const drill = await drillSplitView({ clock: systemClock, ids: systemIds })
  const held = drill.steps.every((step) => step.held)
  if (out !== undefined) await writeFile(out, `${JSON.stringify(drill.proof, null, 2)}\n`)
  print(json ? JSON.stringify({ held, ...drill }) : describe(drill, out))
  // A drill that finds nothing found is the answer "no".
  if (!held) process.exitCode = 1
}

function describe({ steps, vkey }: SplitViewDrill, out: string | undefined): string {
  const lines = steps.map(({ what, held, words }) => `${held ? pc.green('✓') : pc.red('■')} ${what}\n    ${words}`)
  const check = out === undefined ? [] : ['', `safelevel ledger verify --misbehaviour ${out} \\`, `  --key '${vkey}'`]
  return [...lines, ...check].join('\n')
}
