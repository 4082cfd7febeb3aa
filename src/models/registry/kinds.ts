import type { RecordKind } from '../../journal/index.ts'
import { Checkpoint, Deployment, Elicitation, ModelLine, Run } from './schema.ts'

export const MODEL: RecordKind<ModelLine> = {
  kind: 'model',
  schema: ModelLine,
  columns: ({ model, registeredAt }) => ({ id: model, model, at: registeredAt }),
}

/** Found by its digest too, so that the same weights don't come under two names. */
export const CHECKPOINT: RecordKind<Checkpoint> = {
  kind: 'checkpoint',
  schema: Checkpoint,
  columns: ({ id, model, run, takenAt }) => ({ id, model, about: run, at: takenAt }),
}

export const RUN: RecordKind<Run> = {
  kind: 'run',
  schema: Run,
  columns: ({ id, model, declaredAt, endedAt }) => ({
    id,
    model,
    state: endedAt === null ? 'open' : 'ended',
    at: declaredAt,
  }),
}

export const DEPLOYMENT: RecordKind<Deployment> = {
  kind: 'deployment',
  schema: Deployment,
  columns: ({ id, model, checkpoint, declaredAt, withdrawnAt }) => ({
    id,
    model,
    about: checkpoint,
    state: withdrawnAt === null ? 'declared' : 'withdrawn',
    at: declaredAt,
  }),
}

export const ELICITATION: RecordKind<Elicitation> = {
  kind: 'elicitation',
  schema: Elicitation,
  columns: ({ id, model, method, learnedAt }) => ({ id, model, about: method, at: learnedAt }),
}
