import {
  type Activity,
  Detector,
  type InsiderAlert,
  isDrill,
  type Peak,
  RuleEngine,
  shippedRules,
} from '../../index.ts'

/** What is measured: whatever looks at activities in order and tells of risk that gets higher. */
export interface Detecting {
  observe(activity: Activity): readonly InsiderAlert[]
}

export type DetectingOf = (onPeak: (peak: Peak) => void) => Detecting

/** Detection as the running server does it: the shipped rules, the models of behaviour, and no look at what a drill does. */
export const shippedDetector: DetectingOf = (onPeak) => {
  const detector = new Detector({ observers: { rules: new RuleEngine(shippedRules()) }, onPeak })
  return { observe: (activity) => (isDrill(activity) ? [] : detector.observe(activity)) }
}
