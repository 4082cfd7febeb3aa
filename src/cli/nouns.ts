import { Command } from 'commander'
import type { App } from '../app.ts'
import { loadConfig } from '../base/config.ts'
import { createLog } from '../base/log.ts'

interface Noun {
  /** In a line of the help, at most 60 characters. */
  readonly says: string
  /** Each command brings what it needs: only the one that is asked for is loaded. */
  readonly load: () => Promise<Command>
}

export const FIRST_GROUP = 'Run it:'

/** Every command by what it is for, in the order in which a newcomer meets them. */
export const NOUNS: Readonly<Record<string, Readonly<Record<string, Noun>>>> = {
  [FIRST_GROUP]: {
    init: {
      says: 'write a first safelevel.yaml: asks, or takes options',
      load: async () => (await import('./init.ts')).initCommand(),
    },
    doctor: {
      says: 'try all that the configuration needs; say how to mend it',
      load: async () => (await import('./doctor.ts')).doctorCommand(),
    },
    serve: {
      says: 'start the gateway, the public pages and the console',
      load: async () => (await import('./serve.ts')).serveCommand(),
    },
    status: {
      says: 'which commitments hold, what fails, what to do next',
      load: async () => (await import('./status.ts')).statusCommand(),
    },
    reload: {
      says: 'have the running server read its configuration anew',
      load: async () => (await import('./operations.ts')).reloadCommand(),
    },
    'log-level': {
      says: 'show or set how much the running server logs',
      load: async () => (await import('./operations.ts')).logLevelCommand(),
    },
    backup: {
      says: 'copies of all that is kept, and the way back from one',
      load: async () => (await import('./backup.ts')).backupCommand(),
    },
    runbook: {
      says: 'what people do when something happens, step by step',
      load: async () => (await import('./runbook.ts')).runbookCommand(),
    },
    size: {
      says: 'how many machines given traffic takes, what it stores',
      load: async () => (await import('./size.ts')).sizeCommand(),
    },
    training: {
      says: 'what staff are to learn, and who has',
      load: async () => (await import('./training.ts')).trainingCommand(),
    },
    notify: {
      says: 'who outside is told of what happens, and how that goes',
      load: async () => (await import('./notify.ts')).notifyCommand(),
    },
  },
  'Customers and their traffic:': {
    key: {
      says: 'customers’ API keys',
      load: async () => (await import('./key.ts')).keyCommand({ openAccounts: openStore }),
    },
    account: {
      says: 'how customers and their end users stand',
      load: async () => (await import('./account.ts')).accountCommand(),
    },
    policy: {
      says: 'write, check, try and publish the acceptable use policy',
      load: async () => (await import('./policy.ts')).policyCommand(),
    },
    classify: {
      says: 'judge a text with the built-in classifier',
      load: async () => (await import('./classify.ts')).classifyCommand(),
    },
    decisions: {
      says: 'what the gateway decided',
      load: async () => (await import('./decisions.ts')).decisionsCommand(),
    },
    review: {
      says: 'what people decided about cases',
      load: async () => (await import('./review.ts')).reviewCommand(),
    },
    exemption: {
      says: 'exemptions from clauses of the policy',
      load: async () => (await import('./exemption.ts')).exemptionCommand(),
    },
    appeal: {
      says: 'objections to refusals and restrictions',
      load: async () => (await import('./appeal.ts')).appealCommand(),
    },
    report: {
      says: 'what people report: severity, clocks, reproductions',
      load: async () => (await import('./report.ts')).reportCommand(),
    },
    bench: {
      says: 'measure the safeguards on labelled data',
      load: async () => (await import('./bench.ts')).benchCommand(),
    },
  },
  'Models: what they can do, and whether they may be served:': {
    checkpoint: {
      says: 'states of the weights, with the compute that went in',
      load: async () => (await import('./checkpoint.ts')).checkpointCommand(),
    },
    eval: {
      says: 'evaluations: when one is due, what was found',
      load: async () => (await import('./eval.ts')).evalCommand(),
    },
    train: {
      says: 'the gate that training asks',
      load: async () => (await import('./train.ts')).trainCommand(),
    },
    response: {
      says: 'what follows when a threshold is met: pause, lock, halt',
      load: async () => (await import('./response.ts')).responseCommand(),
    },
    release: {
      says: 'the gate of deployments',
      load: async () => (await import('./release.ts')).releaseCommand(),
    },
    card: {
      says: 'model cards: what each claim rests on',
      load: async () => (await import('./card.ts')).cardCommand(),
    },
    refusal: {
      says: 'compare how models refuse',
      load: async () => (await import('./refusal.ts')).refusalCommand(),
    },
    redteam: {
      says: 'attack one’s own models and gateways',
      load: async () => (await import('./redteam.ts')).redteamCommand(),
    },
    constitution: {
      says: 'make data for tuning by a constitution',
      load: async () => (await import('./constitution.ts')).constitutionCommand(),
    },
  },
  'Weights, and those who may open them:': {
    vault: {
      says: 'weights: what is kept, who may open it, what was read',
      load: async () => (await import('./vault.ts')).vaultCommand(),
    },
    insider: {
      says: 'the insider-threat programme, and how well it detects',
      load: async () => (await import('./insider.ts')).insiderCommand(),
    },
  },
  'Evidence:': {
    controls: {
      says: 'what the policy asks for, and on what it rests',
      load: async () => (await import('./controls.ts')).controlsCommand(),
    },
    audit: {
      says: 'samples that nobody steers, and what auditors ask for',
      load: async () => (await import('./audit.ts')).auditCommand(),
    },
    ledger: {
      says: 'verify the ledger and prove what it holds',
      load: async () => (await import('./ledger.ts')).ledgerCommand(),
    },
    witness: {
      says: 'vouch for logs of others (C2SP tlog-witness)',
      load: async () => (await import('./witness.ts')).witnessCommand(),
    },
    transparency: {
      says: 'the numbers that are published each quarter',
      load: async () => (await import('./transparency.ts')).transparencyCommand(),
    },
  },
}

/**
 * The commands below `safelevel`.
 *
 * @param asked the one that is wanted whole; all others are but their line in the help. Without it all are whole
 */
export function loadNouns(asked?: string): Promise<Command[]> {
  return Promise.all(
    Object.entries(NOUNS).flatMap(([group, nouns]) =>
      Object.entries(nouns).map(async ([name, { says, load }]) => {
        const command = asked === undefined || asked === name ? await load() : new Command(name)
        return command.summary(says).helpGroup(group)
      }),
    ),
  )
}

/** Where no server runs, the command is the one process that has the data folder. */
async function openStore(): Promise<App> {
  const { App } = await import('../app.ts')
  return await App.open({ ...loadConfig(), log: createLog('error') })
}
