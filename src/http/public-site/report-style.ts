/** What the report form has and no other public page; its colours are those of the site. */
export const REPORT_STYLE = `
fieldset { border: 0; margin: 0 0 1.25rem; padding: 0; }
legend { font-weight: 600; font-size: .9375rem; padding: 0; margin-bottom: .375rem; }
.choice { display: grid; grid-template-columns: auto 1fr; gap: 0 .625rem; align-items: baseline; padding: .4375rem 0; border-top: 1px solid var(--line); }
.choice:last-child { border-bottom: 1px solid var(--line); }
.choice input { width: auto; margin: 0; accent-color: var(--accent); }
.choice label { margin: 0; font-weight: 400; cursor: pointer; }
.choice label strong { font-weight: 600; }
.choice .note { display: block; margin: 0; }
select {
  display: block; width: 100%; padding: .5rem .625rem; font: inherit; color: inherit;
  background: var(--paper); border: 1px solid var(--quiet); border-radius: 4px;
}
select:focus-visible, summary:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
details { border: 1px solid var(--line); border-radius: 4px; margin: 0 0 .75rem; padding: 0 1rem; }
details[open] { padding-bottom: .5rem; }
details form { margin: 0; }
section + details { margin-top: 2.5rem; }
summary { cursor: pointer; padding: .625rem 0; font-weight: 600; font-size: .9375rem; }
summary .note { font-weight: 400; }
form > p:has(button) { margin-top: 1.25rem; }
input[type=file] { border-style: dashed; font-size: .9375rem; margin-bottom: .5rem; }
.code { font-size: 1.25rem; letter-spacing: .02em; overflow-wrap: anywhere; user-select: all; }
.talk { list-style: none; margin: 0 0 1.5rem; padding: 0; }
.talk li { padding: .75rem 1rem; margin-bottom: .75rem; border: 1px solid var(--line); border-radius: 4px; }
.talk li.staff { background: var(--wash); border-left: 4px solid var(--accent); }
.talk p:last-child { margin-bottom: 0; }
.wrap { white-space: pre-wrap; overflow-wrap: anywhere; }
.written { white-space: pre-wrap; overflow-wrap: anywhere; }
`
