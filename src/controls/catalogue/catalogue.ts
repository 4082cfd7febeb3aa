import { hash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { parseDocument } from 'yaml'
import { z } from 'zod'
import { AppError } from '../../base/errors.ts'
import { shipped } from '../../base/shipped.ts'
import { canonicalJson } from '../../ledger/index.ts'
import { lintCatalogue } from './lint.ts'
import {
  type Control,
  FAMILIES,
  type Family,
  FamilyFile,
  type Profile,
  ProfilesFile,
  type Regime,
  RegimesFile,
  type RegimeText,
} from './schema.ts'

const FOLDER = shipped('controls')

/** A lineage that many controls share is written once; more than this is no catalogue. */
const MAX_ALIASES = 200

/** The file of each family in the folder of the catalogue. */
export const FAMILY_FILES: Readonly<Record<Family, string>> = {
  GOV: 'gov.yaml',
  EVL: 'evl.yaml',
  RSP: 'rsp.yaml',
  SEC: 'sec.yaml',
  DEP: 'dep.yaml',
  WHC: 'whc.yaml',
  X: 'stretch.yaml',
}

/** A family with its controls, in the order of their ids. */
export interface FamilyGroup {
  readonly family: Family
  readonly title: string
  readonly controls: readonly Control[]
}

/** A clause of another regime, and the controls that answer to it: none where there is a gap. */
export interface RegimeRow {
  readonly clause: string
  /** null: no words of ours for it. */
  readonly title: string | null
  readonly gap: string | null
  readonly controls: readonly Control[]
}

/** The controls as they were loaded, immutable. */
export class Catalogue {
  readonly families: readonly FamilyGroup[]
  /** All of them, family by family. */
  readonly controls: readonly Control[]
  /** Profiles and overlays. */
  readonly profiles: readonly Profile[]
  /** Other regimes, as far as they are listed. */
  readonly regimes: readonly RegimeText[]
  /** Hex SHA-256 of the catalogue as RFC 8785 JSON: comments and layout change nothing. */
  readonly digest: string
  readonly #byId: ReadonlyMap<string, Control>

  constructor(families: readonly FamilyGroup[], profiles: readonly Profile[], regimes: readonly RegimeText[] = []) {
    this.families = families
    this.controls = families.flatMap(({ controls }) => controls)
    this.profiles = profiles
    this.regimes = regimes
    this.digest = hash('sha256', canonicalJson({ families, profiles, regimes }))
    this.#byId = new Map(this.controls.map((one) => [one.id, one]))
  }

  /** @throws {AppError} NOT_FOUND */
  control(id: string): Control {
    const found = this.#byId.get(id)
    if (found === undefined) throw new AppError('NOT_FOUND', `there is no control ${id}: see safelevel controls list`)
    return found
  }

  has(id: string): boolean {
    return this.#byId.has(id)
  }

  /** @throws {AppError} NOT_FOUND naming those that there are */
  profile(id: string): Profile {
    const found = this.profiles.find((one) => one.id === id)
    if (found !== undefined) return found
    const known = this.profiles.map((one) => one.id).join(', ')
    throw new AppError('NOT_FOUND', `there is no profile ${id}; there are ${known}`)
  }

  /** The controls of a profile with overlays on top, each once, family by family. */
  in(profile: string, ...overlays: readonly string[]): readonly Control[] {
    const ids = new Set([profile, ...overlays].flatMap((id) => this.profile(id).controls))
    return this.controls.filter(({ id }) => ids.has(id))
  }

  /** What a regime asks for, clause by clause in its own order, and the controls that answer to each. */
  regime(regime: Regime): readonly RegimeRow[] {
    const listed = this.regimes.find(({ id }) => id === regime)?.criteria ?? []
    const named = new Set(this.controls.flatMap(({ mappings }) => mappings[regime] ?? []))
    for (const { id } of listed) named.delete(id)
    const others = [...named].toSorted((a, b) => a.localeCompare(b, 'en', { numeric: true })).map((id) => ({ id }))
    return [...listed, ...others].map((one: { id: string; title?: string; gap?: string | undefined }) => ({
      ...{ clause: one.id, title: one.title ?? null, gap: one.gap ?? null },
      controls: this.controls.filter(({ mappings }) => mappings[regime]?.includes(one.id) === true),
    }))
  }
}

/**
 * Reads the catalogue that ships, or one in a folder of the same form, and checks it: one that is not sound never loads in part.
 *
 * @param folder default: the one of this package
 * @throws {AppError} CONFIG_INVALID naming every fault, by file
 */
export function loadCatalogue(folder: string = FOLDER): Catalogue {
  const steps = readCatalogue(folder)
  for (;;) {
    const step = steps.next()
    if (step.done) return step.value
  }
}

/** As `loadCatalogue`, a file at a time: in one go it would hold up whatever else this process does for a third of a second. */
export function* readCatalogue(folder: string = FOLDER): Generator<void, Catalogue> {
  const families: z.infer<typeof FamilyFile>[] = []
  for (const family of FAMILIES) {
    const file = FAMILY_FILES[family]
    const read = parse(FamilyFile, folder, file)
    if (read.family !== family) throw invalid(file, `holds the family ${read.family}, not ${family}`)
    families.push(read)
    yield
  }
  const { profiles } = parse(ProfilesFile, folder, 'profiles.yaml')
  yield
  const { regimes } = parse(RegimesFile, folder, 'regimes.yaml')
  yield
  const catalogue = new Catalogue(families, profiles, regimes)
  const faults = lintCatalogue(catalogue)
  if (faults.length > 0) throw invalid(folder, faults.map((one) => `\n${one}`).join(''))
  return catalogue
}

function parse<T>(schema: z.ZodType<T>, folder: string, file: string): T {
  const yaml = parseDocument(textOf(folder, file), { prettyErrors: true, version: '1.2' })
  const [fault] = [...yaml.errors, ...yaml.warnings]
  if (fault !== undefined) throw invalid(file, `is no sound YAML: ${fault.message.split('\n')[0]}`)
  const parsed = schema.safeParse(yaml.toJS({ maxAliasCount: MAX_ALIASES }))
  if (!parsed.success) throw invalid(file, `is invalid:\n${z.prettifyError(parsed.error)}`)
  return parsed.data
}

function textOf(folder: string, file: string): string {
  try {
    return readFileSync(`${folder}/${file}`, 'utf8')
  } catch (cause) {
    throw new AppError('CONFIG_INVALID', `the catalogue’s ${file} can’t be read: install the package anew`, { cause })
  }
}

function invalid(file: string, why: string): AppError {
  return new AppError('CONFIG_INVALID', `the catalogue of controls: ${file} ${why}`)
}
