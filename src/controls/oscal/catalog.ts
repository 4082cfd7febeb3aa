import type { Catalogue, Control, DOCUMENTS, Regime } from '../catalogue/index.ts'
import { metadata, ORGANISATION_UUID, prop, some } from './document.ts'
import { stableUuid } from './uuid.ts'

type Source = (typeof DOCUMENTS)[number]

const SOURCES: Readonly<Record<Source, string>> = {
  'rsp-1.0': 'Anthropic, Responsible Scaling Policy 1.0, effective 19 September 2023',
  'rsp-2.0': 'Anthropic, Responsible Scaling Policy 2.0, effective 15 October 2024',
  'rsp-2.1': 'Anthropic, Responsible Scaling Policy 2.1, effective 31 March 2025',
  'rsp-2.2': 'Anthropic, Responsible Scaling Policy 2.2, effective 14 May 2025',
  'rsp-3.4': 'Anthropic, Responsible Scaling Policy 3.4, effective 8 July 2026',
  'review-2024': 'Anthropic, review of the first year of its Responsible Scaling Policy, October 2024',
  'asl-3-2025': 'Anthropic, activation of ASL-3 protections, May 2025',
  'white-house-2023': 'Voluntary commitments of AI companies, secured by the White House, July 2023',
}

const REGIME_NAMES: Readonly<Record<Regime, string>> = {
  'eu-cop': 'EU General-Purpose AI Code of Practice, July 2025',
  'sb-53': 'California SB 53, Transparency in Frontier Artificial Intelligence Act',
  'nist-ai-600-1': 'NIST AI 600-1, by function and subcategory of the AI RMF, or by risk',
  'iso-42001': 'ISO/IEC 42001:2023',
  'white-house': SOURCES['white-house-2023'],
  soc2: 'AICPA Trust Services Criteria 2017 (TSP section 100), with revised points of focus of 2022',
}

/** The whole catalogue, whatever profile is answered for. */
export function oscalCatalog(catalogue: Catalogue, at: string) {
  const roles = [...new Set(catalogue.controls.map(({ owner }) => owner))].sort()
  return {
    catalog: {
      uuid: stableUuid('catalog', catalogue.digest),
      metadata: metadata({ title: 'Controls of ASL-2', at, digest: catalogue.digest, roles }),
      groups: catalogue.families.map(({ family, title, controls }) => ({
        id: family,
        class: 'family',
        title,
        controls: controls.map(oscalControl),
      })),
      'back-matter': { resources: [...sourceResources(catalogue), ...regimeResources()] },
    },
  }
}

/** The part of a control that findings are about. */
export function statementId(control: string): string {
  return `${control}_smt`
}

function oscalControl({ id, title, statement, guidance, lineage, mappings, sources, ...rest }: Control) {
  const { mode, owner, freshDays } = rest
  const targets = [...new Set(lineage.flatMap(({ by }) => by ?? []))]
  const documents = [...new Set(sources.map(({ policy }) => policy))]
  return {
    id,
    title,
    props: [
      { name: 'label', value: id },
      { name: 'sort-id', value: id.toLowerCase() },
      prop('mode', mode),
      prop('owner', owner),
      prop('fresh-days', String(freshDays)),
      ...sources.map(({ policy, clause }) => prop('source', `${policy}: ${clause}`)),
      ...lineage.map(({ policy, change, by, reason }) =>
        prop('lineage', [policy, change, ...(by === undefined ? [] : ['by', by.join(', ')])].join(' '), {
          class: change,
          ...(reason === undefined ? {} : { remarks: reason }),
        }),
      ),
      ...Object.entries(mappings).flatMap(([regime, clauses]) =>
        clauses.map((clause) => prop('maps-to', clause, { class: regime })),
      ),
    ],
    links: [
      ...documents.map((one) => ({ href: `#${stableUuid('source', one)}`, rel: 'reference' })),
      ...targets.map((one) => ({ href: `#${one}`, rel: 'related', text: 'took its place in a later edition' })),
    ],
    parts: [
      { id: statementId(id), name: 'statement', prose: statement },
      { id: `${id}_gdn`, name: 'guidance', prose: guidance },
    ],
  }
}

function sourceResources({ controls }: Catalogue) {
  const named = new Set(controls.flatMap(({ sources }) => sources.map(({ policy }) => policy)))
  return [...named].sort().map((one) => ({ uuid: stableUuid('source', one), title: SOURCES[one], description: one }))
}

function regimeResources() {
  return Object.entries(REGIME_NAMES).map(([regime, title]) => ({
    ...{ uuid: stableUuid('regime', regime), title, description: regime },
  }))
}

/** Without dots, which some programs take for the beginning of a file's type. */
export function profileFile(id: string): string {
  return `profile-${id.replaceAll('.', '-')}.json`
}

/** A selection of the catalogue: a profile or an overlay. */
export function oscalProfile(catalogue: Catalogue, id: string, at: string) {
  const { digest } = catalogue
  const { title, statement, kind, from, also, without, controls } = catalogue.profile(id)
  const left = (name: string, list: typeof also) =>
    list.map(({ control, reason }) => prop(name, control, { remarks: reason }))
  const about = metadata({ title, at, digest })
  return {
    profile: {
      uuid: stableUuid('profile', id, digest),
      metadata: {
        ...about,
        props: [
          ...about.props,
          prop('kind', kind),
          ...from.map((one) => prop('derived-from', one)),
          ...left('also', also),
          ...left('without', without),
        ],
        parties: [{ uuid: ORGANISATION_UUID, type: 'organization', name: 'The operator of this installation' }],
        remarks: statement,
      },
      imports: [{ href: 'catalog.json', 'include-controls': [{ 'with-ids': controls }] }],
      merge: { 'as-is': true },
    },
  }
}

const DOES: Readonly<Record<Control['mode'], string>> = {
  enforced: 'The product refuses what would break it, and a probe looks whether it does.',
  gated: 'The product lets nothing go on before named people or evidence are there; it does not judge their substance.',
  tracked:
    'The product does not do this. It keeps what the people who answer for it say, under their name, and for how long that counts.',
}

/** What the product contributes to each control. */
export function oscalComponent(catalogue: Catalogue, profiles: readonly string[], component: string, at: string) {
  const { digest } = catalogue
  const chosen = profiles.map((id) => catalogue.profile(id))
  const roles = [...new Set(catalogue.controls.map(({ owner }) => owner))].sort()
  return {
    'component-definition': {
      uuid: stableUuid('component-definition', ...profiles, digest),
      metadata: metadata({ title: 'What Safelevel contributes to the controls of ASL-2', at, digest, roles }),
      components: [
        {
          uuid: component,
          type: 'software',
          title: 'Safelevel',
          description:
            'Runs the ASL-2 standard: screens, decides, contains weights, gates releases, and keeps evidence.',
          'control-implementations': chosen.map(({ id, title, controls }) => ({
            uuid: stableUuid('control-implementation', id),
            source: profileFile(id),
            description: title,
            'implemented-requirements': controls
              .map((one) => catalogue.control(one))
              .map(({ id: control, mode, owner, guidance }) => ({
                uuid: stableUuid('implemented-requirement', id, control),
                'control-id': control,
                description: `${DOES[mode]} ${guidance}`,
                props: [prop('mode', mode)],
                ...some('responsible-roles', [{ 'role-id': owner }]),
              })),
          })),
        },
      ],
    },
  }
}
