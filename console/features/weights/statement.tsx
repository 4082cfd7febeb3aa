import { useQuery } from '@tanstack/react-query'
import type { WeightsGrantStatement } from '../../app/api/schema.ts'
import { AppLink } from '../../components/app-link.tsx'
import { Code } from '../../components/copy.tsx'
import { count } from '../../components/count.ts'
import { Facts } from '../../components/page.tsx'
import { StateMark } from '../../components/state-mark.tsx'
import { span } from '../../components/when.tsx'
import { USES } from './marks.tsx'
import { versionPath } from './models-tab.tsx'
import { versionQuery } from './queries.ts'
import { ShareBar } from './share-bar.tsx'
import { bytes, daysWords } from './words.ts'

const MINUTE_MS = 60_000
const DAY_MINUTES = 1_440

/** What would be given to whom, in words and in numbers: exactly what is signed. */
export function StatementFacts({ statement }: { readonly statement: WeightsGrantStatement }) {
  const { version, files, purpose, use, destination = null, copy = null, budgetBytes, windowMinutes } = statement
  const { host, environment, device, manifestDigest } = statement
  return (
    <Facts
      rows={[
        [
          'Version',
          <AppLink key="v" href={versionPath(version)} inline>
            {version}
          </AppLink>,
        ],
        ['Files', <FileList key="f" files={files} />],
        ['Purpose', purpose],
        ['Use', USES[use]],
        [
          'From',
          <span key="h">
            {environment === null ? host : `${host}, in environment ${environment}`}{' '}
            <Code className="text-xs">{device}</Code>
          </span>,
        ],
        [
          'May reach',
          destination === null
            ? 'nothing on a network'
            : `${destination.host}, port ${destination.port}, and nothing else`,
        ],
        ...(copy === null ? [] : [['Copy', `to ${copy.place}, for ${count(copy.days, 'day')}`] as const]),
        [
          'Bytes',
          <StatementEffect key="b" version={version} budgetBytes={budgetBytes} windowMinutes={windowMinutes} />,
        ],
        ['Window', `${span(windowMinutes * MINUTE_MS)} from the last agreement on`],
        ['Manifest', <Code key="m">{manifestDigest}</Code>],
      ]}
    />
  )
}

/** Not every file of a large model needs its line. */
export function FileList({ files }: { readonly files: readonly string[] }) {
  const shown = files.slice(0, 20)
  return (
    <ul>
      {shown.map((file) => (
        <li key={file} className="break-all">
          {file === '*' ? 'every file' : file}
        </li>
      ))}
      {files.length > shown.length && <li className="text-quiet">and {files.length - shown.length} more</li>}
    </ul>
  )
}

/** What the budget comes to: which part of the model, and how long a whole one would take at this pace. */
export function StatementEffect({
  version,
  budgetBytes,
  windowMinutes,
}: Pick<WeightsGrantStatement, 'version' | 'budgetBytes' | 'windowMinutes'>) {
  const [model = '', name = ''] = version.split('/')
  const { data } = useQuery(versionQuery(model, name))
  if (data === undefined) return <>{bytes(budgetBytes)}</>
  const whole = budgetBytes >= data.sizeBytes
  const days = (data.sizeBytes / budgetBytes) * (windowMinutes / DAY_MINUTES)
  return (
    <span className="flex flex-col gap-1">
      <ShareBar part={Math.min(budgetBytes, data.sizeBytes)} whole={data.sizeBytes} alarming />
      {whole ? (
        <StateMark state="watch">enough to read all of it within this window</StateMark>
      ) : (
        <span className="text-quiet">at this pace the whole model would take {daysWords(days)}</span>
      )}
    </span>
  )
}
