/**
 * Sends a report with a file and kills itself at the worst instants: `stored`, when the file is kept and the report isn't decided; `recording`,
 * when its event is being recorded. Arguments: data folder, database URL or `-`, when. For the crash test of the intake.
 */
import { join } from 'node:path'
import { systemClock } from '../../src/base/clock.ts'
import { systemIds } from '../../src/base/ids.ts'
import { IntakeConfig } from '../../src/base/intake-config.ts'
import { silentLog } from '../../src/base/log.ts'
import { openDb } from '../../src/db/index.ts'
import { Intake, ReportInput } from '../../src/intake/index.ts'

const [dataDir = '', url = '-', when = ''] = process.argv.slice(2)
const die = () => process.kill(process.pid, 'SIGKILL')
const intake = await Intake.open({
  db: await openDb({ url: url === '-' ? null : url, dataDir, log: silentLog }),
  ledger: {
    async append() {
      if (when === 'recording') die()
      return { position: 0 }
    },
  },
  clock: systemClock,
  ids: {
    ...systemIds,
    next(prefix) {
      if (prefix === 'rep' && when === 'stored') die()
      return systemIds.next(prefix)
    },
  },
  log: silentLog,
  keysDir: join(dataDir, 'keys'),
  config: IntakeConfig.parse({}),
  digest: (text) => text,
  decisions: { find: async () => null },
})
const input = ReportInput.parse({ kind: 'security', story: 'The power went.' })
const by = { type: 'anonymous', id: '-' } as const
const file = { name: 'a.txt', bytes: Buffer.from('what I saw') }
await intake.reports.submit(input, [file], { channel: 'form', by, organisationId: null, showing: null })
