import { type DestinationStream, type Logger, pino } from 'pino'

export type Log = Logger

/**
 * Structured log, one JSON object a line on stderr. Never pass prompts, completions, keys or bodies:
 * log identifiers, sizes, codes and durations.
 */
export function createLog(level: string, destination?: DestinationStream): Log {
  return pino({ level, base: null, timestamp: pino.stdTimeFunctions.isoTime }, destination ?? pino.destination(2))
}

export const silentLog: Log = createLog('silent')
