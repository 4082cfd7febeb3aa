import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parse, stringify } from 'yaml'
import { testString } from '../../src/screening/index.ts'
import { isRequired } from '../support/required.ts'
import { MODEL, type RunningApp, startApp } from '../support/running-app.ts'

const file = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8')
const HAS_PROMTOOL = spawnSync('promtool', ['--version']).status === 0
if (!HAS_PROMTOOL) {
  if (isRequired('promtool')) throw new Error('metrics: SAFELEVEL_TEST_REQUIRE names promtool, but it is not installed')
  process.stderr.write('SKIPPED: promtool on the metrics and the alert rules (install prometheus to run it)\n')
}

interface Family {
  readonly type: string
  readonly help: string
  readonly labels: Set<string>
  samples: number
}

/** Reads the text format of Prometheus 0.0.4, as strictly as a scraper. */
function parseMetrics(text: string): Map<string, Family> {
  const families = new Map<string, Family>()
  const helps = new Map<string, string>()
  for (const line of text.split('\n').filter((one) => one !== '')) {
    const help = /^# HELP ([a-z_:][a-z0-9_:]*) (.+)$/.exec(line)
    if (help !== null) {
      helps.set(String(help[1]), String(help[2]))
      continue
    }
    const type = /^# TYPE ([a-z_:][a-z0-9_:]*) (counter|gauge|histogram|summary)$/.exec(line)
    if (type !== null) {
      const name = String(type[1])
      expect(families.has(name), `${name} stands twice`).toBe(false)
      families.set(name, { type: String(type[2]), help: helps.get(name) ?? '', labels: new Set(), samples: 0 })
      continue
    }
    const sample = /^([a-z_:][a-z0-9_:]*)(?:\{(.*)\})? (NaN|[+-]?Inf|-?[0-9.]+(?:e[+-]?\d+)?)$/.exec(line)
    expect(sample, line).not.toBeNull()
    const name = String(sample?.[1])
    const family = families.get(name) ?? families.get(name.replace(/_(bucket|sum|count)$/, ''))
    expect(family, `${name} has no type`).toBeDefined()
    if (family === undefined) continue
    family.samples++
    for (const [, label] of (sample?.[2] ?? '').matchAll(/([a-z_]+)="(?:[^"\\]|\\.)*"/g))
      family.labels.add(String(label))
  }
  return families
}

/** Names of metrics within an expression of PromQL, without the suffixes of a histogram. */
function metricsIn(expression: string): string[] {
  return [...expression.matchAll(/\bsafelevel_[a-z_]+/g)].map(([name]) => name.replace(/_(bucket|sum|count)$/, ''))
}

describe('metrics', () => {
  let app: RunningApp
  let text: string
  let families: Map<string, Family>
  beforeAll(async () => {
    app = await startApp()
    const ask = async (content: string, body: object = {}) => {
      const response = await fetch(`${app.url}/v1/chat/completions`, {
        method: 'POST',
        headers: { authorization: `Bearer ${app.key}`, 'content-type': 'application/json' },
        body: JSON.stringify({ model: MODEL, messages: [{ role: 'user', content }], ...body }),
      })
      await response.text()
    }
    await ask('How do I bake bread?')
    await ask('How do I bake bread?', { stream: true })
    await ask(testString('chemical'))
    await ask('How do I bake bread?', { model: 'nobody-serves-this' })
    text = await (await fetch(`${app.controlUrl}/metrics`)).text()
    families = parseMetrics(text)
  }, 60_000)
  afterAll(() => app[Symbol.asyncDispose]())

  it('are named by the conventions, and each says what it is', () => {
    for (const [name, { type, help, labels }] of families) {
      expect(name).toMatch(/^safelevel_[a-z]+(_[a-z]+)*$/)
      expect(help.length, name).toBeGreaterThan(10)
      expect(name.endsWith('_total'), name).toBe(type === 'counter')
      expect(name, 'base units only').not.toMatch(/_(ms|milliseconds|minutes|kb|mb|percent)(_|$)/)
      if (type === 'histogram') expect(name).toMatch(/_seconds$/)
      for (const label of labels) expect(label, name).not.toMatch(/key|user|organisation|project|model|decision|prompt/)
    }
  })

  it('count by surface, API and outcome, and time each stage', () => {
    for (const outcome of ['allow', 'refuse'])
      expect(text).toMatch(
        new RegExp(`safelevel_requests_total\\{surface="api",dialect="openai-chat",outcome="${outcome}"\\} [1-9]`),
      )
    for (const stage of ['decode', 'screen_prompt', 'upstream', 'screen_completion', 'windows', 'record'])
      expect(text).toMatch(new RegExp(`safelevel_stage_duration_seconds_count\\{stage="${stage}"\\} [1-9]`))
    expect(text).not.toContain('nobody-serves-this')
  })

  it('show every condition by its code, and none standing', () => {
    const standing = [...text.matchAll(/^safelevel_condition\{code="([a-z_]+)",severity="[a-z]+"\} (\d)$/gm)]
    expect(standing.length).toBeGreaterThanOrEqual(5)
    expect(standing.filter(([, code, on]) => on === '1' && code !== 'unwitnessed')).toEqual([])
  })

  const dashboard = JSON.parse(file('dashboards/safelevel.json')) as {
    panels: { title: string; targets?: { expr: string }[] }[]
  }
  const rules = parse(file('dashboards/alerts.yaml')) as { groups: { rules: { alert: string; expr: string }[] }[] }
  const expressions = [
    ...dashboard.panels.flatMap(({ title, targets = [] }) => targets.map(({ expr }) => [title, expr] as const)),
    ...rules.groups.flatMap((group) => group.rules.map(({ alert, expr }) => [alert, expr] as const)),
  ]

  it('are all there that the dashboard and the alerts name, with their labels', () => {
    expect(expressions.length).toBeGreaterThan(40)
    for (const [where, expression] of expressions) {
      const names = metricsIn(expression)
      expect(names.length, where).toBeGreaterThan(0)
      for (const name of names) expect(families.has(name), `${where}: ${name}`).toBe(true)
      const known = new Set([...names.flatMap((name) => [...(families.get(name)?.labels ?? [])]), 'instance', 'le'])
      // A counter that has counted nothing yet shows no labels.
      if (names.some((name) => families.get(name)?.samples === 0)) continue
      for (const [, list = ''] of expression.matchAll(/by \(([^)]*)\)/g))
        for (const label of list.split(/,\s*/)) expect(known, `${where}: ${label}`).toContain(label)
    }
  })

  it('leave none out of the dashboard', () => {
    const shown = new Set(expressions.flatMap(([, expression]) => metricsIn(expression)))
    expect([...families.keys()].filter((name) => !shown.has(name))).toEqual([])
  })

  it.runIf(HAS_PROMTOOL)('pass promtool', () => {
    const metrics = spawnSync('promtool', ['check', 'metrics'], { input: text, encoding: 'utf8' })
    expect([metrics.status, metrics.stderr]).toEqual([0, ''])
    const path = new URL('../../dashboards/alerts.yaml', import.meta.url).pathname
    const checked = spawnSync('promtool', ['check', 'rules', path], { encoding: 'utf8' })
    expect([checked.status, checked.stderr]).toEqual([0, ''])
  })

  it.runIf(HAS_PROMTOOL)('are asked for by the dashboard in PromQL that Prometheus takes', () => {
    const dir = mkdtempSync(join(tmpdir(), 'safelevel-rules-'))
    const exprs = expressions.map(([, expr]) => expr.replaceAll('$__rate_interval', '5m').replaceAll('$instance', '.*'))
    const rules = exprs.map((expr, i) => ({ record: `panel:expression:${i}`, expr }))
    writeFileSync(join(dir, 'rules.yaml'), stringify({ groups: [{ name: 'dashboard', rules }] }))
    const checked = spawnSync('promtool', ['check', 'rules', join(dir, 'rules.yaml')], { encoding: 'utf8' })
    rmSync(dir, { recursive: true })
    expect([checked.status, checked.stderr]).toEqual([0, ''])
  })
})
