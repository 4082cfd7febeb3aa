import { AppError } from '../../../base/errors.ts'

/** A step of the way to a value within a document. */
export type Path = readonly (string | number)[]

/** What is wrong with a rule, and where it says so. */
export interface RuleFault {
  readonly file: string
  /** 1-based. */
  readonly line: number
  /** `detection.selection[0].kind`; empty for the document as a whole. */
  readonly path: string
  readonly says: string
}

/** Thrown while a document is read; the reader puts file and line to it. */
export class AtPath extends Error {
  readonly path: Path
  constructor(path: Path, says: string) {
    super(says)
    this.path = path
  }
}

/** Rules that can't be loaded, with everything that is wrong with them. */
export class RulesInvalid extends AppError {
  readonly faults: readonly RuleFault[]
  constructor(faults: readonly RuleFault[]) {
    super('CONFIG_INVALID', faults.map(formatFault).join('\n'))
    this.faults = faults
  }
}

/** `rules/insider/weights.yml:12 detection.selection: …`, which editors and terminals make a link of. */
function formatFault({ file, line, path, says }: RuleFault): string {
  return `${file}:${line} ${path === '' ? '' : `${path}: `}${says}`
}

export function pathText(path: Path): string {
  let text = ''
  for (const step of path) text += typeof step === 'number' ? `[${step}]` : `${text === '' ? '' : '.'}${step}`
  return text
}
