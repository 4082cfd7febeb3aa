import { Command, Option } from 'commander'
import { Exemption } from '../accounts/redress/index.ts'
import { connectServer } from './connect-server.ts'
import { printList } from './print-list.ts'

/** `safelevel exemption ls`, on a running server: reads only, since exemptions are for people to grant. */
export function exemptionCommand(env: NodeJS.ProcessEnv = process.env): Command {
  const ls = new Command('ls')
    .description('who is let through where others are refused, and until when')
    .addOption(new Option('--state <state>', 'only these').choices(['active', 'ended', 'expired']).default('active'))
    .option('--all', 'whatever their state')
    .addOption(new Option('--json', 'print JSON, one object a line'))
    .action(async (options: { state: string; all?: true; json?: true }) => {
      const client = await connectServer(env)
      const state = options.all === undefined ? options.state : undefined
      const exemptions = client.each('/api/v1/exemptions', Exemption, { state })
      const none = 'no exemptions: everybody is held to every clause'
      await printList(exemptions, { json: options.json === true, line, none })
    })
  return new Command('exemption').description('exemptions from clauses of the policy').addCommand(ls)
}

function line({ id, state, scope, clauses, expiresAt }: Exemption): string {
  return `${id}  ${state.padEnd(7)}  ${scope.type} ${scope.id}  clauses ${clauses.join(', ')}  until ${expiresAt}`
}
