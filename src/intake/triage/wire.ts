import { type Ask, ask, type ChatApi, type ChatRequest, chatRequest } from '../../asking/index.ts'
import type { Sampling, Script } from './script.ts'

/** @param model as the one who is asked calls it @param nth which try it is, from 0: each one draws anew */
export function wireRequest(api: ChatApi, model: string, script: Script, sampling: Sampling, nth: number): ChatRequest {
  const { turns, system, tools } = script
  const { seed } = sampling
  const asked: Ask = ask(turns, { ...sampling, system, tools, seed: seed === null ? null : seed + nth })
  return chatRequest(api, model, asked)
}
