import type { Evidence } from '../probe.ts'
import { statementId } from './catalog.ts'
import { COMPONENT_UUID, metadata, ORGANISATION_UUID, type Party, prop, some } from './document.ts'
import { type Assessed, assessed, type OscalInput } from './standing.ts'
import { stableUuid } from './uuid.ts'

/** Older changes stay on the ledger. */
const MOST_CHANGES = 50

/** What was seen of one control, and what that comes to. */
export interface AssessedParts {
  readonly controlId: string
  readonly observations: readonly ReturnType<typeof observation>[]
  readonly finding: ReturnType<typeof finding>
  /** null where the control holds. */
  readonly risk: ReturnType<typeof risk> | null
}

/** Observations, finding and risk of every control that is answered for. */
export function assessedParts(input: OscalInput): AssessedParts[] {
  return assessed(input).map((one) => {
    const observations = [looked(input, one), ...attested(input, one), ...changed(input, one)]
    const found = one.standing.state === 'holds' ? null : risk(input, one)
    return {
      ...{ controlId: one.control.id, observations, risk: found },
      finding: finding(
        input,
        one,
        observations.map(({ uuid }) => uuid),
        found?.uuid ?? null,
      ),
    }
  })
}

/** Everybody whom observations and exceptions name. */
export function people(input: OscalInput): Party[] {
  const named = assessed(input).flatMap(({ standing, exception }) => [
    ...standing.attestations.map(({ by }) => by),
    ...(exception?.people ?? []),
  ])
  return [...new Set(named)].sort().map((name) => ({ uuid: personUuid(input, name), type: 'person', name }))
}

/** What was found, when, and what it rests on. Nothing but `holds` is called satisfied. */
export function oscalResults(input: OscalInput) {
  const { catalogue, profile, overlays, system, at } = input
  const parts = assessedParts(input)
  const risks = parts.flatMap(({ risk: found }) => found ?? [])
  const start = input.lookedAt ?? at
  const plan = stableUuid('plan', system)
  const title = `How the controls of ${[profile, ...overlays].join(' with ')} stand`
  return {
    'assessment-results': {
      uuid: stableUuid('assessment-results', system, start, profile, ...overlays),
      metadata: metadata({ title, at, digest: catalogue.digest, parties: [operator(system), ...people(input)] }),
      'import-ap': { href: `#${plan}` },
      results: [
        {
          uuid: stableUuid('result', system, start, profile, ...overlays),
          title,
          description:
            'Probes look at each control by the clock; where nothing can be probed, signed attestations of the people who answer for it count for a time. What nobody could show is not satisfied.',
          ...{ start, end: start },
          'local-definitions': {
            components: [
              {
                uuid: COMPONENT_UUID,
                type: 'software',
                title: 'Safelevel',
                description: 'The product that runs the controls, and the probes that look at them.',
                props: [prop('system', system)],
                status: { state: 'operational' },
              },
            ],
          },
          'reviewed-controls': {
            'control-selections': [{ 'include-controls': parts.map(({ controlId }) => ({ 'control-id': controlId })) }],
          },
          ...some(
            'observations',
            parts.flatMap(({ observations }) => observations),
          ),
          ...some('risks', risks),
          ...some(
            'findings',
            parts.map((one) => one.finding),
          ),
        },
      ],
      'back-matter': {
        resources: [
          {
            uuid: plan,
            title: 'Assessment plan',
            description:
              'Every probe looks every 20 seconds while the product runs; each attestation counts for the days that its control allows. The controls are those of the profile in profile-*.json.',
          },
        ],
      },
    },
  }
}

/** Names the installation. */
export function operator(system: string): Party {
  return { uuid: ORGANISATION_UUID, type: 'organization', name: `The operator of ${system}` }
}

interface Seen {
  readonly uuid: string
  readonly title: string
  readonly description: string
  readonly methods: readonly ['TEST' | 'EXAMINE']
  readonly type: 'control-objective' | 'historic'
  /** null: the product itself. */
  readonly by: string | null
  readonly collected: string
  readonly expires?: string
  readonly evidence?: readonly Evidence[]
  readonly props?: readonly ReturnType<typeof prop>[]
}

function observation({ type, by, evidence = [], props = [], ...seen }: Seen) {
  const actor = by === null ? { type: 'tool', 'actor-uuid': COMPONENT_UUID } : { type: 'party', 'actor-uuid': by }
  return {
    uuid: seen.uuid,
    title: seen.title,
    description: seen.description,
    ...some('props', props),
    methods: seen.methods,
    types: [type],
    origins: [{ actors: [actor] }],
    ...some('relevant-evidence', evidence.map(relevant)),
    collected: seen.collected,
    ...(seen.expires === undefined ? {} : { expires: seen.expires }),
  }
}

function looked(input: OscalInput, { control, standing }: Assessed) {
  return observation({
    uuid: stableUuid('observation', input.system, control.id, 'look'),
    title: `${control.id}: ${standing.state}`,
    description: standing.says,
    methods: [control.mode === 'tracked' ? 'EXAMINE' : 'TEST'],
    ...{ type: 'control-objective', by: null, collected: input.lookedAt ?? input.at, evidence: standing.evidence },
  })
}

function attested(input: OscalInput, { control, standing }: Assessed) {
  return standing.attestations.slice(0, 1).map(({ id, holds, statement, by, at, until, digest }) =>
    observation({
      uuid: stableUuid('observation', input.system, control.id, 'attestation', id),
      title: `${control.id}: attested that it ${holds ? 'holds' : 'does not hold'}`,
      description: statement,
      methods: ['EXAMINE'],
      ...{ type: 'control-objective', by: personUuid(input, by), collected: at, expires: until },
      props: [prop('attestation', id), prop('attestation-digest', digest)],
    }),
  )
}

function changed(input: OscalInput, { control, standing }: Assessed) {
  return standing.history.slice(0, MOST_CHANGES).map(({ id, from, to, at, says }) =>
    observation({
      uuid: stableUuid('observation', input.system, control.id, 'change', id),
      title: `${control.id}: ${from ?? 'never looked at'} to ${to}`,
      description: says,
      methods: ['TEST'],
      ...{ type: 'historic', by: null, collected: at },
      props: [prop('event', id)],
    }),
  )
}

function relevant(evidence: Evidence) {
  switch (evidence.kind) {
    case 'entry':
      return {
        description: `Entry ${evidence.entry} of the ledger, ${evidence.event}, ${evidence.at}`,
        props: [prop('ledger-entry', String(evidence.entry)), prop('ledger-event', evidence.event)],
        remarks: `safelevel ledger prove --entry ${evidence.entry} makes a proof that others check offline.`,
      }
    case 'record':
      return {
        description: `The record ${evidence.type} ${evidence.id}`,
        props: [prop('record-type', evidence.type), prop('record-id', evidence.id)],
      }
    case 'seen':
      return { description: evidence.says }
  }
}

function finding({ system }: OscalInput, one: Assessed, observations: readonly string[], riskUuid: string | null) {
  const { control, standing } = one
  const { state, says, since } = standing
  const holds = state === 'holds'
  return {
    uuid: stableUuid('finding', system, control.id),
    title: control.title,
    description: says,
    props: [prop('state', state), ...(since === null ? [] : [prop('since', since)])],
    target: {
      type: 'statement-id',
      'target-id': statementId(control.id),
      status: {
        state: holds ? 'satisfied' : 'not-satisfied',
        reason: holds ? 'pass' : state === 'fails' ? 'fail' : 'other',
        ...(holds || state === 'fails' ? {} : { remarks: REMARKS[state] }),
      },
    },
    'related-observations': observations.map((uuid) => ({ 'observation-uuid': uuid })),
    ...some('related-risks', riskUuid === null ? [] : [{ 'risk-uuid': riskUuid }]),
  }
}

const REMARKS = {
  stale: 'It was shown to hold, and what showed it is too old.',
  unknown: 'Nobody can say whether it holds, which never counts as holding.',
}

function risk({ system }: OscalInput, { control, standing, exception }: Assessed) {
  return {
    uuid: stableUuid('risk', system, control.id),
    title: control.title,
    description: standing.says,
    statement: control.statement,
    props: [prop('control', control.id), prop('state', standing.state), prop('owner', control.owner)],
    status: exception === null ? 'open' : 'deviation-approved',
    ...some(
      'mitigating-factors',
      exception === null
        ? []
        : [
            {
              uuid: stableUuid('mitigation', system, exception.id),
              description: `${exception.reason}\n\n${exception.mitigation}`,
              props: [prop('exception', exception.id), prop('until', exception.until)],
            },
          ],
    ),
    ...(exception === null ? {} : { deadline: exception.until }),
    remediations: [
      {
        uuid: stableUuid('remediation', system, control.id),
        lifecycle: 'recommendation',
        title: `What mends ${control.id}`,
        description: standing.next ?? control.guidance,
      },
    ],
  }
}

function personUuid({ system }: OscalInput, name: string): string {
  return stableUuid('person', system, name)
}
