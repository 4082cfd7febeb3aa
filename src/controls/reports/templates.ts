import type { Role } from '../../staff/index.ts'
import * as facts from './facts.ts'
import type { ReportKind, WrittenSection } from './schema.ts'

/** What a kind of report is made of, who signs it and who must receive it. */
export interface Template {
  readonly title: string
  readonly compiled: Readonly<Record<string, facts.Compiler>>
  readonly written: readonly Pick<WrittenSection, 'id' | 'title' | 'asks' | 'required'>[]
  /** One who holds one of these signs. */
  readonly signers: readonly Role[]
  /** Each of these must open it. */
  readonly recipients: readonly Role[]
  /** Whether it has a public edition. */
  readonly public: boolean
  /** By when each quarter's is to be delivered, in days after its end; null: nothing says. */
  readonly dueDays: number | null
}

const must = (id: string, title: string, asks: string) => ({ id, title, asks, required: true })
const may = (id: string, title: string, asks: string) => ({ id, title, asks, required: false })

export const TEMPLATES: Readonly<Record<ReportKind, Template>> = {
  rso: {
    title: 'Implementation report of the Responsible Scaling Officer',
    compiled: {
      standing: facts.standing,
      deficiencies: facts.deficiencies,
      changes: facts.changes,
      evaluations: facts.evaluations,
      incidents: facts.incidents,
      clocks: facts.clocks,
    },
    written: [
      must(
        'judgement',
        'Judgement',
        'How well the policy is kept, in your own judgement, and what worries you that no probe shows.',
      ),
      must('remedies', 'Remedies', 'For each deficiency: who mends it, how, and by when.'),
      may('resources', 'Resources', 'What is missing to do this well: people, compute, access, authority.'),
    ],
    signers: ['rso'],
    recipients: ['ceo', 'board'],
    public: false,
    dueDays: 30,
  },
  board: {
    title: 'Board packet',
    compiled: {
      standing: facts.standing,
      deficiencies: facts.deficiencies,
      evaluations: facts.evaluations,
      incidents: facts.incidents,
      clocks: facts.clocks,
    },
    written: [
      must('summary', 'Summary', 'What the board needs to know, on one page.'),
      must(
        'decisions',
        'Decisions wanted',
        'What the board is asked to decide, with the choices and what follows from each; or that nothing is asked.',
      ),
      may('context', 'Context', 'What changed outside: law, other developers, science.'),
    ],
    signers: ['rso', 'ceo'],
    recipients: ['board'],
    public: false,
    dueDays: 30,
  },
  safeguards: {
    title: 'Safeguards report',
    compiled: {
      scope: facts.scope,
      deployment: facts.controlsOf('Safeguards of deployment', ['DEP', 'WHC']),
      security: facts.controlsOf('Safeguards of weights', ['SEC', 'X']),
      traffic: facts.traffic,
    },
    written: [
      must('threats', 'Against whom and what', 'Which actors and misuses the safeguards are built for, and which not.'),
      must('adequacy', 'Why they are enough', 'The case that they are, with what was tried against them.'),
      must('limits', 'Limits', 'What they do not stop, and what is not known.'),
    ],
    signers: ['ciso', 'rso'],
    recipients: ['rso', 'ceo'],
    public: true,
    dueDays: null,
  },
  risk: {
    title: 'Risk report',
    compiled: {
      scope: facts.scope,
      evaluations: facts.evaluations,
      mitigations: facts.controlsOf('Evaluation, response and deployment', ['EVL', 'RSP', 'DEP']),
      security: facts.controlsOf('Security', ['SEC']),
      incidents: facts.incidents,
    },
    written: [
      must('capabilities', 'Capabilities', 'What the models can do that could do grave harm, and how that is known.'),
      must('threats', 'Threat models', 'By which ways grave harm could come of them.'),
      must(
        'reasons',
        'Why the mitigations are enough',
        'The argument from capabilities and mitigations to the overall risk, with its weakest steps named.',
      ),
      must('residual', 'Overall risk', 'What risk is left, in the judgement of who signs, and what would change it.'),
      may('review', 'Review from outside', 'Who outside has read this unredacted, and what they said.'),
    ],
    signers: ['rso', 'ceo'],
    recipients: ['ceo', 'board'],
    public: true,
    dueDays: null,
  },
}
