import { z } from 'zod'
import { TriageConfig } from './triage-config.ts'

const Days = z.int().min(1).max(3_650)

/** What the public can report, what it is promised, and for how long its words are kept. Days. */
export const IntakeConfig = z.strictObject({
  reportsPerHour: z
    .int()
    .min(1)
    .max(100_000)
    .default(20)
    .meta({ description: 'that one address may send; 50 times as many in all' }),
  firstAnswerDays: Days.default(5).meta({ description: 'within which a report is answered; shown to who reports' }),
  disclosureDays: Days.default(90).meta({
    description: 'after which a finding may be published at the latest, unless both sides agree on another day',
  }),
  retentionDays: Days.default(730).meta({
    description: 'after a report is closed, until its words and files are erased',
  }),
  flagRetentionDays: Days.default(180).meta({ description: 'the same for flags that products send with a decision' }),
  safeHarbour: z.boolean().default(true).meta({
    description: 'the disclosure policy promises not to pursue research in good faith; false leaves the promise out',
  }),
  scope: z
    .string()
    .min(1)
    .max(5_000)
    .optional()
    .meta({ description: 'what may be tested, in words for the disclosure policy; all that is served when absent' }),
  reward: z
    .string()
    .min(1)
    .max(1_000)
    .optional()
    .meta({ description: 'what is paid for findings, in words for the disclosure policy; nothing when absent' }),
  pgpKey: z
    .string()
    .optional()
    .meta({ description: 'path of an ASCII-armored OpenPGP public key, published for who encrypts with OpenPGP' }),
  triage: TriageConfig.prefault({}),
  childSafetyContacts: z
    .array(
      z.strictObject({
        name: z.string().min(1).max(200).meta({ description: 'who it is, and for which country' }),
        url: z
          .url({ protocol: /^https$/ })
          .max(500)
          .meta({ description: 'where it takes them' }),
      }),
    )
    .min(1)
    .max(10)
    .default([
      { name: 'NCMEC CyberTipline (United States)', url: 'https://report.cybertip.org' },
      { name: 'Internet Watch Foundation (United Kingdom)', url: 'https://report.iwf.org.uk' },
      { name: 'INHOPE (other countries)', url: 'https://www.inhope.org' },
    ])
    .meta({ description: 'who takes images of the sexual abuse of children, which are never taken here' }),
})
export type IntakeConfig = z.infer<typeof IntakeConfig>
