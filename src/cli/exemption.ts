import { Command, Option } from 'commander'
import { z } from 'zod'
import { Exemption } from '../accounts/redress/index.ts'
import { connectServer } from './connect-server.ts'

const Page = z.object({ items: z.array(Exemption), next: z.string().nullable() })
const PAGE = 200

/** `safelevel exemption ls`, on a running server: reads only, since exemptions are for people to grant. */
export function exemptionCommand(env: NodeJS.ProcessEnv = process.env): Command {
  const ls = new Command('ls')
    .description('who is let through where others are refused, and until when')
    .addOption(new Option('--state <state>', 'only these').choices(['active', 'ended', 'expired']).default('active'))
    .option('--all', 'whatever their state')
    .addOption(new Option('--json', 'print JSON, one object a line'))
    .action(async (options: { state: string; all?: true; json?: true }) => {
      const client = await connectServer(env)
      let shown = 0
      for (let after: string | null = ''; after !== null; ) {
        const query = new URLSearchParams({ limit: String(PAGE) })
        if (options.all === undefined) query.set('state', options.state)
        if (after !== '') query.set('after', after)
        const page: z.infer<typeof Page> = await client.request('GET', `/api/v1/exemptions?${query}`, Page)
        for (const exemption of page.items) console.log(options.json ? JSON.stringify(exemption) : line(exemption))
        shown += page.items.length
        after = page.next
      }
      if (shown === 0 && !options.json) process.stderr.write('no exemptions: everybody is held to every clause\n')
    })
  return new Command('exemption').description('exemptions from clauses of the policy').addCommand(ls)
}

function line({ id, state, scope, clauses, expiresAt }: Exemption): string {
  return `${id}  ${state.padEnd(7)}  ${scope.type} ${scope.id}  clauses ${clauses.join(', ')}  until ${expiresAt}`
}
