import colors from 'picocolors'
import type { AuditSampleRow, AuditSampleView, EvidenceRequest } from '../audit/index.ts'
import type { SampleReport } from '../controls/index.ts'
import { UNWITNESSED } from './ledger-words.ts'

const MOST_SHOWN = 20

/** One sample on one line. */
export function sampleLine({ id, state, size, frame, title, at }: AuditSampleRow): string {
  return `${at.slice(0, 10)}  ${state.padEnd(7)}  ${`${size} of ${frame.entries}`.padEnd(14)}  ${title}  ${colors.dim(id)}`
}

/** How it was ordered and drawn, and what that shows so far. */
export function describeSample(sample: AuditSampleView): string {
  const { id, title, state, population, frame, size, sizing, acceptable, commitment, by, at, drawn, entries, result } =
    sample
  const found = new Map(sample.findings.map((one) => [one.entry, one]))
  const rows: [string, readonly string[]][] = [
    ['state', [state]],
    ['ordered', [`${at} by ${by.type} ${by.id}`]],
    [
      'of',
      [
        `${population.kinds.join(', ')}${population.outcomes.length === 0 ? '' : ` (${population.outcomes.join(', ')})`}, from ${population.from} until ${population.until}`,
      ],
    ],
    ['frame', [`${frame.entries} entries of the first ${frame.upTo}; SHA-256 ${frame.digest}`]],
    [
      'size',
      [
        sizing.kind === 'fixed'
          ? `${size}`
          : `${size}: ${percent(sizing.confidence)} that fewer than ${percent(sizing.tolerableRate)} deviate, with up to ${acceptable} found`,
      ],
    ],
    [
      'secret',
      [
        commitment === null
          ? 'none: who runs the log could have tried orders until one suited them'
          : `bound to ${commitment}`,
      ],
    ],
    [
      'drawn',
      drawn === null ? ['not yet'] : [`from the tree of ${drawn.tree}, root ${drawn.root}`, `seed ${drawn.seed}`],
    ],
    [
      'entries',
      [
        ...entries.slice(0, MOST_SHOWN).map((entry) => {
          const one = found.get(entry)
          return `${entry}${one === undefined ? '' : `  ${one.verdict.replace('_', ' ')}${one.words === '' ? '' : `: ${one.words}`}`}`
        }),
        ...(entries.length > MOST_SHOWN ? [`and ${entries.length - MOST_SHOWN} more: --json`] : []),
      ],
    ],
    ['result', [resultWords(result)]],
    ['concluded', sample.closed === null ? [] : [`${sample.closed.at} by ${sample.closed.by}: ${sample.closed.words}`]],
  ]
  return page(`${colors.bold(id)}  ${title}`, rows)
}

function resultWords({
  examined,
  ok,
  exceptions,
  notTestable,
  rate,
  interval,
  supports,
}: AuditSampleView['result']): string {
  if (rate === null || interval === null) return 'nothing is examined yet'
  const verdict =
    supports === null
      ? ''
      : supports
        ? '; supports that fewer deviate than tolerable'
        : '; does not support that fewer deviate than tolerable'
  return `${examined} examined: ${ok} ok, ${exceptions} exceptions, ${notTestable} not testable; rate ${percent(rate)}, 95 % interval ${percent(interval[0])} to ${percent(interval[1])}${verdict}`
}

/** What the check of a bundle shows, and in the same breath what it does not. */
export function describeSampleReport(report: SampleReport): string {
  const {
    organisation,
    madeAt,
    sample,
    origin,
    sealedAt,
    orderedAt,
    frame,
    drawn,
    proven,
    erased,
    withheld,
    findings,
  } = report
  return [
    `verified    sample ${sample} of ${organisation}, made ${madeAt}, sealed by entry ${sealedAt} of ${origin}`,
    `ordered     by entry ${orderedAt}, before anybody could know which ${drawn} of ${frame} entries are drawn`,
    report.bound
      ? 'bound       to a secret of the auditor, which went into the seed'
      : 'unbound     no secret of the auditor went into it: who runs the log could have tried orders until one suited them',
    `entries     ${proven} proven with the order, ${erased} erased, ${withheld} withheld`,
    `found       ${findings.ok} ok, ${findings.exception} exceptions, ${findings.not_testable} not testable, as the auditor says`,
    report.witnessed ? 'witnessed   every proven entry, as the trust policy asks' : UNWITNESSED,
    'That the frame is whole shows only who reads all bodies of the ledger.',
  ].join('\n')
}

/** One request on one line. */
export function requestLine({ id, title, state, owner, dueAt, control }: EvidenceRequest, nowMs: number): string {
  const late = state === 'open' && Date.parse(dueAt) <= nowMs ? colors.red('overdue') : state
  return `${dueAt.slice(0, 10)}  ${late.padEnd(9)}  ${owner.padEnd(18)}  ${control ?? '      '}  ${title}  ${colors.dim(id)}`
}

export function describeRequest({
  id,
  title,
  state,
  owner,
  dueAt,
  control,
  overdueAt,
  steps,
}: EvidenceRequest): string {
  const rows: [string, readonly string[]][] = [
    ['state', [`${state}${overdueAt === null ? '' : `, late since ${dueAt}`}`]],
    ['asked of', [`${owner}, by ${dueAt}`]],
    ['control', control === null ? [] : [control]],
    ...steps.map(({ what, at, by, words, entries, controls, documents }): [string, readonly string[]] => [
      what,
      [
        `${at} by ${by.type} ${by.id}${words === '' ? '' : `: ${words}`}`,
        ...(entries.length === 0 ? [] : [`entries ${entries.join(', ')}`]),
        ...controls.map((one) => `${one.control} ${one.state}: ${one.says}`),
        ...documents.map((one) => `${one.what}, SHA-256 ${one.digest}`),
      ],
    ]),
  ]
  return page(`${colors.bold(id)}  ${title}`, rows)
}

function page(head: string, rows: readonly [string, readonly string[]][]): string {
  const body = rows.flatMap(([name, lines]) => lines.map((line, i) => `${(i === 0 ? name : '').padEnd(11)}${line}`))
  return [head, ...body].join('\n')
}

function percent(rate: number): string {
  return `${Number((rate * 100).toFixed(2))} %`
}
