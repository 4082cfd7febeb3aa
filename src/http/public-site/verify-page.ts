import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import type { Hono } from 'hono'
import { html } from 'hono/html'
import { shipped } from '../../base/shipped.ts'
import type { PublicSiteDeps } from './deps.ts'
import { type Html, layout } from './layout.ts'

const BUILT = shipped('dist/site/verify.js')
const FOREVER = 'public, max-age=31536000, immutable'
/** The page's own script and its requests to this site, and nothing else; no text can become markup. */
const POLICY =
  "default-src 'none'; script-src 'self'; connect-src 'self'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'"

type VerifyPageDeps = Pick<PublicSiteDeps, 'config' | 'ledger'>

interface Script {
  readonly path: string
  readonly text: string
}

/** Has this page's answers allow its script; to be called before the headers that forbid all of them are set. */
export function allowScript(site: Hono): void {
  site.use('/verify', async (c, next) => {
    await next()
    c.header('content-security-policy', POLICY)
  })
}

/** The page on which a visitor's own browser checks the ledger. Without its script it says how else to. */
export function verifyRoutes(site: Hono, deps: VerifyPageDeps): void {
  let script: Promise<Script | null> | null = null
  const current = async (): Promise<Script | null> => {
    script ??= readScript()
    const found = await script
    // It may still be being built.
    if (found === null) script = null
    return found
  }
  site.get('/verify', async (c) => {
    const page = verifyPage(deps, (await current())?.path)
    return c.html(page, 200, { 'cache-control': 'no-cache' })
  })
  site.get('/verify/:file', async (c) => {
    const found = await current()
    if (found === null || found.path !== c.req.path) return c.text('There is no such script.\n', 404)
    return c.body(found.text, 200, { 'content-type': 'text/javascript; charset=utf-8', 'cache-control': FOREVER })
  })
}

async function readScript(): Promise<Script | null> {
  try {
    const text = await readFile(BUILT, 'utf8')
    return { path: `/verify/${createHash('sha256').update(text).digest('hex').slice(0, 16)}.js`, text }
  } catch {
    return null
  }
}

function verifyPage(deps: VerifyPageDeps, script: string | undefined): Html {
  const organisation = deps.config.organisation.name
  const { ledger } = deps
  return layout({
    title: `Check the ledger: ${organisation}`,
    language: 'en',
    organisation,
    at: '/verify',
    ...(script === undefined ? {} : { script }),
    body: html`<h1>Check the ledger yourself</h1>
<p class="subtitle">In your own browser: nothing you enter here is sent anywhere</p>
${script === undefined ? html`<p class="problem" role="alert"><strong>Not available here.</strong> This installation brings no script for this page.</p>` : ''}
<noscript><p class="problem"><strong>This page checks by a script,</strong> which your browser does not run. The program on the
<a href="/#ledger">overview</a> checks the same, and more.</p></noscript>
<section id="log">
<h2>The log, now</h2>
<div id="log-verdict" class="outcome" role="status" aria-live="polite">Waiting for the script…</div>
<p class="actions"><button type="button" id="again">Check again</button> <button type="button" id="forget" class="plain" hidden>Forget what this browser saw</button></p>
</section>
<section id="given">
<h2>A proof that you were given</h2>
<form id="proof-form" data-vkey="${ledger.verifierKey()}" data-policy="${ledger.trustPolicy() ?? ''}">
<div id="drop" class="drop">
<p><label for="proof">Paste it here, or drop its file</label>
<textarea id="proof" rows="7" spellcheck="false" autocomplete="off" aria-describedby="proof-note"></textarea>
<span class="note" id="proof-note">A proof of an entry (<code>.json</code> or <code>.tlog-proof</code>), or a proof that a log signed two histories.</span></p>
<p><label for="file">Or choose the file</label><input type="file" id="file" accept=".json,.tlog-proof,.txt,application/json,text/plain"></p>
</div>
<p><button type="submit">Check</button></p>
</form>
<div id="proof-verdict" class="outcome" role="status" aria-live="polite"></div>
</section>
<section id="whom">
<h2>Whom you trust</h2>
<p>Whoever could rewrite the log could rewrite this page. If you have the log’s key, or a trust policy that names witnesses, from somewhere
else, put it here; all checks above then go by it. Surest is a program that does not come from here:
<code>npx safelevel ledger verify</code>.</p>
<p><label for="trust">A key, or a trust policy <span class="note">(may stay empty)</span></label>
<textarea id="trust" rows="4" spellcheck="false" autocomplete="off" aria-describedby="trust-note"></textarea>
<span class="note" id="trust-note">A line such as <code>example.com/log+33d7b496+AeHT…</code>, or a file of the open
<a href="https://c2sp.org/tlog-policy" rel="noreferrer">tlog-policy</a> format. Empty: what this site says of itself, which is good for noticing a change.</span></p>
</section>`,
  })
}
