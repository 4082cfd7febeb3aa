import { Command, InvalidArgumentError } from 'commander'
import { LedgerEntry } from '../ledger/index.ts'
import { connectServer } from './connect-server.ts'

/** `safelevel ledger tail`: asks the running server. */
export function tailCommand(env: NodeJS.ProcessEnv = process.env): Command {
  return new Command('tail')
    .description('events as they are recorded, until interrupted')
    .option('--kinds <kinds>', 'only these: gateway.decision,enforcement.*', '*')
    .option('--from <position>', 'begin at this 0-based position, not now', readPosition)
    .option('--json', 'print JSON, one entry a line')
    .action(async ({ kinds, from, json }: { kinds: string; from?: string; json?: true }) => {
      const client = await connectServer(env)
      const query = new URLSearchParams({ kinds, ...(from === undefined ? {} : { from }) })
      for await (const { event, data } of client.events(`/api/v1/events?${query}`)) {
        if (event !== 'entry') continue
        const entry = LedgerEntry.parse(JSON.parse(data))
        console.log(json ? JSON.stringify(entry) : line(entry))
      }
    })
}

function line({ position, event }: LedgerEntry): string {
  if (event === null) return `${position}  erased`
  const { time, kind, actor, subject } = event
  return `${String(position).padStart(7)}  ${time}  ${kind.padEnd(28)}  ${actor.type}:${actor.id}  ${subject.type}:${subject.id}`
}

function readPosition(text: string): string {
  if (!/^\d{1,15}$/.test(text)) throw new InvalidArgumentError('a position counts from 0')
  return text
}
