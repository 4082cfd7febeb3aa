import { Command, Option } from 'commander'
import { z } from 'zod'
import { Appeal, AppealState } from '../accounts/redress/index.ts'
import { connectServer } from './connect-server.ts'

const AppealView = Appeal.omit({ secretHash: true, overdueNoted: true }).extend({ overdue: z.boolean() })
type AppealView = z.infer<typeof AppealView>
const Page = z.object({ items: z.array(AppealView), next: z.string().nullable() })
const PAGE = 200

/** `safelevel appeal ls|show`, on a running server: reads only, and never what was written, which is for those who hear it. */
export function appealCommand(env: NodeJS.ProcessEnv = process.env): Command {
  const json = () => new Option('--json', 'print JSON, one object a line')
  const ls = new Command('ls')
    .description('appeals, the open ones by what is due first')
    .addOption(new Option('--state <state>', 'only these').choices(AppealState.options).default('open'))
    .addOption(json())
    .action(async ({ state, json: asJson }: { state: string; json?: true }) => {
      const client = await connectServer(env)
      let shown = 0
      for (let after: string | null = ''; after !== null; ) {
        const query = new URLSearchParams({ limit: String(PAGE), state, ...(after === '' ? {} : { after }) })
        const page: z.infer<typeof Page> = await client.request('GET', `/api/v1/appeals?${query}`, Page)
        for (const appeal of page.items) console.log(asJson ? JSON.stringify(appeal) : line(appeal))
        shown += page.items.length
        after = page.next
      }
      if (shown === 0 && !asJson) process.stderr.write(`no appeals that are ${state}\n`)
    })
  const show = new Command('show')
    .description('one appeal, without what was written')
    .argument('<id>', 'its receipt number: apl_…')
    .addOption(json())
    .action(async (id: string, options: { json?: true }) => {
      const client = await connectServer(env)
      const appeal = await client.request('GET', `/api/v1/appeals/${encodeURIComponent(id)}`, AppealView)
      console.log(options.json ? JSON.stringify(appeal) : describe(appeal))
    })
  return new Command('appeal').description('objections to refusals and restrictions').addCommand(ls).addCommand(show)
}

function line({ id, state, about, dueAt, overdue, hearer }: AppealView): string {
  const due = state === 'open' ? `due ${dueAt}${overdue ? ' OVERDUE' : ''}` : ''
  return `${id}  ${state.padEnd(10)}  ${about.id}  ${due}${hearer === null ? '' : `  heard by ${hearer}`}`.trimEnd()
}

function describe(appeal: AppealView): string {
  const rows: [string, string | null][] = [
    ['appeal', appeal.id],
    ['about', appeal.about.id],
    ['state', appeal.overdue ? `${appeal.state}, overdue` : appeal.state],
    ['filed', `${appeal.filedAt}, ${appeal.channel === 'public' ? 'by the form' : `with ${appeal.filedBy}`}`],
    ['due', appeal.dueAt],
    ['heard by', appeal.hearer],
    ['decided', appeal.decidedAt],
    ['effects', appeal.effects === 'none' ? null : `${appeal.effects}: ${appeal.restored.join(', ') || 'nothing yet'}`],
  ]
  return rows.flatMap(([name, value]) => (value === null ? [] : `${name.padEnd(9)} ${value}`)).join('\n')
}
