import { Command, Option } from 'commander'
import { z } from 'zod'
import { Appeal, AppealState } from '../accounts/redress/index.ts'
import { connectServer } from './connect-server.ts'
import { printList } from './print-list.ts'

const AppealView = Appeal.omit({ secretHash: true, overdueNoted: true }).extend({ overdue: z.boolean() })
type AppealView = z.infer<typeof AppealView>

/** `safelevel appeal ls|show`, on a running server: reads only, and never what was written, which is for those who hear it. */
export function appealCommand(env: NodeJS.ProcessEnv = process.env): Command {
  const json = () => new Option('--json', 'print JSON, one object a line')
  const ls = new Command('ls')
    .description('appeals, the open ones by what is due first')
    .addOption(new Option('--state <state>', 'only these').choices(AppealState.options).default('open'))
    .addOption(json())
    .action(async ({ state, json: asJson }: { state: string; json?: true }) => {
      const client = await connectServer(env)
      const appeals = client.each('/api/v1/appeals', AppealView, { state })
      await printList(appeals, { json: asJson === true, line, none: `no appeals that are ${state}` })
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
