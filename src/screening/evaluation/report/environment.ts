import { cpus, totalmem } from 'node:os'
import { VERSION } from '../../../base/version.ts'

/** The machine and the software that gave the figures. */
export interface Environment {
  readonly safelevel: string
  readonly node: string
  readonly platform: string
  readonly processor: string
  readonly cores: number
  readonly memoryGiB: number
}

export function environment(): Environment {
  const processors = cpus()
  return {
    safelevel: VERSION,
    node: process.version,
    platform: `${process.platform} ${process.arch}`,
    processor: processors[0]?.model.trim() || 'unknown',
    cores: processors.length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
  }
}
