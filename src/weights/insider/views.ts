import { z } from 'zod'
import type { InsiderConfig } from './config.ts'

/** How the watch does. */
export const WatchView = z
  .object({
    held: z.boolean().meta({ description: 'some process watches' }),
    here: z.boolean().meta({ description: 'it is the one that answers' }),
    lag: z.int().nonnegative().meta({ description: 'entries of the ledger that nobody has looked at yet' }),
    problem: z.string().nullable().meta({ description: 'code of what it fails at, as this process knows' }),
    unwatchedMs: z.number().nonnegative().meta({ description: 'for how long nothing was looked at; 0 = it is' }),
  })
  .meta({ id: 'InsiderWatch' })
export type WatchState = z.infer<typeof WatchView>

/** A rule as people see it. */
export const RuleView = z
  .object({
    cause: z.string(),
    title: z.string(),
    description: z.string(),
    level: z.string(),
    weight: z.number().meta({ description: 'nats; 0 = only there for others to refer to' }),
    isCertain: z.boolean(),
    techniques: z.array(z.string()).meta({ description: 'MITRE ATT&CK' }),
    falsePositives: z.array(z.string()),
    correlation: z.string().nullable(),
    file: z.string(),
  })
  .meta({ id: 'InsiderRule' })

/** A rule with its text. */
export const RuleText = z
  .object({ rule: RuleView, source: z.string().meta({ description: 'YAML, as Sigma has it' }) })
  .meta({ id: 'InsiderRuleText' })
export type RuleText = z.infer<typeof RuleText>

/** A measure of behaviour: how unusual it is of this person, of those who do the same work, and of everybody. */
export const ModelView = z
  .object({
    cause: z.string(),
    family: z.string(),
    says: z.string(),
    weight: z.number().meta({ description: 'nats; the most that one day of it says' }),
    halfLifeDays: z.number().meta({ description: 'after which half of it is forgotten' }),
  })
  .meta({ id: 'InsiderModel' })

export const Coverage = z
  .object({
    techniques: z.array(
      z.object({
        technique: z.string().meta({ description: 'of MITRE ATT&CK' }),
        name: z.string(),
        tactics: z.array(z.string()),
        rules: z.array(z.string()).meta({ description: 'causes; also models of behaviour' }),
        why: z.string().nullable().meta({ description: 'why nothing looks for it; null = something does' }),
      }),
    ),
    covered: z.int(),
    total: z.int(),
    source: z.url().meta({ description: 'where the list of techniques comes from' }),
    says: z.string().meta({ description: 'what the figure means, and does not' }),
  })
  .meta({ id: 'InsiderCoverage' })

export const InsiderStatement = z
  .object({
    sections: z.array(z.object({ title: z.string(), text: z.string() })),
  })
  .meta({ id: 'InsiderStatement' })
export type InsiderStatement = z.infer<typeof InsiderStatement>

/** What everybody who works here may read of the programme: it is nobody's secret that work with weights is watched. */
export function statementOf({ watch, activityDays, benignDays, caseDays }: InsiderConfig): InsiderStatement {
  return {
    sections: [
      {
        title: 'What is watched',
        text: watch
          ? 'What you do at work here: signing in, what you ask for and approve, devices and grants, which parts of which weights are read and how many bytes, changes of policies and settings, reading of records; and what this organisation imports of other systems that you work with, such as sign-ins, uploads and commands on its machines. By identifiers, numbers and times.'
          : 'Nothing: the programme is switched off here.',
      },
      {
        title: 'What is not',
        text: 'What you write or say, what is in files, anything outside work. No mark of how well you work is made of it, and nobody can look up how your risk stands by your name.',
      },
      {
        title: 'Who sees it',
        text: 'Rules and models of behaviour look at everything. Those who work on alerts see how risk stands and for which reasons, under pseudonyms, and of cases what they rest on. Whose it is they learn when two of them agree that they must, each by their key, and that stands on the ledger. Who reads a case is recorded, and watched by the same rules. Nobody works on a case about themselves, or about somebody in whose stead they act.',
      },
      {
        title: 'What may follow',
        text: 'An alert may end your sessions, so that you sign in anew; a grave one may end your grants of weights and keep you from opening any, until two people lift that. Each of these is recorded and can be undone. Ask the CISO; an alert decides nothing about you, people do.',
      },
      {
        title: 'For how long it is kept',
        text: `Imported activities and the grounds of alerts for ${activityDays} days; whom a case was about for ${benignDays} days where nothing was found, and for ${caseDays} days else. The ledger itself, by which all decisions here can be checked, keeps identifiers for as long as it is kept.`,
      },
    ],
  }
}
