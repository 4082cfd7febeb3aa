import { AppError } from '../base/errors.ts'
import type { JudgedCall, UnderstoodCall } from './call.ts'
import type { Refusal, RevisedAnswer } from './dialects/dialect.ts'
import type { Judgement } from './judge.ts'
import { sendJson, writeWhenReady } from './replies.ts'
import { REVISION_TRACK } from './revision.ts'
import type { ServeContext } from './serve-context.ts'

/** What a dialect needs to say a refusal natively. */
export function refusalOf(
  context: ServeContext,
  call: UnderstoodCall,
  { decision }: Judgement,
  side: 'prompt' | 'completion',
): Refusal {
  return {
    decisionId: call.record.id,
    side,
    label: decision.label ?? 'general_harm',
    clause: decision.clause ?? '',
    explanation: call.policy.explain(decision, {
      decisionId: call.record.id,
      appealUrl: `${context.publicUrl()}/decisions/${call.record.id}`,
    }),
    createdSeconds: Math.floor(context.clock.now() / 1_000),
  }
}

/** Sends a refusal to a client that has seen nothing yet, whole or as a stream, as it asked. The decision is on record already. */
export async function sendRefusal(
  context: ServeContext,
  call: JudgedCall,
  judgement: Judgement,
  side: 'prompt' | 'completion',
): Promise<void> {
  const refusal = refusalOf(context, call, judgement, side)
  if (!call.request.stream) {
    const { dialect } = call
    sendJson(call.req, call.res, dialect.refusalStatus, dialect.refusal(refusal, call.request), call.headers)
    return
  }
  call.res.writeHead(200, {
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-cache',
    ...call.headers,
  })
  await writeWhenReady(call.res, call.dialect.createStreamReader().cut(refusal, call.request))
  call.res.end()
}

/** Sends an answer that was put right, whole. The decision is on record already. */
export function sendRevised(call: JudgedCall, answer: RevisedAnswer): void {
  const { dialect, request, said } = call
  if (dialect.revised === null) throw new AppError('INTERNAL', 'this API has no revised answers')
  call.headers[REVISED_HEADER] = answer.clause
  said?.releasedUpTo(REVISION_TRACK, answer.text.length)
  sendJson(call.req, call.res, 200, dialect.revised.whole(answer, request), call.headers)
}

/** Names the clause under which an answer was revised. */
export const REVISED_HEADER = 'x-safelevel-revised'
