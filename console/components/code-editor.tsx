import { defaultKeymap, history, historyKeymap } from '@codemirror/commands'
import { yaml } from '@codemirror/lang-yaml'
import { HighlightStyle, indentOnInput, syntaxHighlighting } from '@codemirror/language'
import { type Diagnostic, lintGutter, lintKeymap, setDiagnostics } from '@codemirror/lint'
import { unifiedMergeView } from '@codemirror/merge'
import { highlightSelectionMatches, search, searchKeymap } from '@codemirror/search'
import { Compartment, EditorState, type Extension, type Text } from '@codemirror/state'
import { drawSelection, EditorView, highlightActiveLine, keymap, lineNumbers } from '@codemirror/view'
import { tags } from '@lezer/highlight'
import { type Ref, useEffect, useImperativeHandle, useRef } from 'react'

/** Something that is said of a place in the text. */
export interface EditorMark {
  readonly level: 'error' | 'warning'
  /** 1-based, as is `column`. */
  readonly line: number
  readonly column: number
  readonly message: string
}

export interface EditorHandle {
  /** Puts the cursor there and shows it. */
  goTo(line: number, column: number): void
}

interface CodeEditorProps {
  readonly label: string
  /** What it shows; another value than the last one that was reported replaces the text. */
  readonly text: string
  onChange(text: string): void
  readonly marks: readonly EditorMark[]
  readonly readOnly: boolean
  /** Another text to merge with: where they differ both are shown, and either can be taken. */
  readonly against: string | null
  readonly handle?: Ref<EditorHandle>
}

/**
 * An editor for YAML. It lives in a shadow root, since there its styles come as adopted style sheets: the security policy of the page lets
 * no style element in.
 */
export function CodeEditor({ label, text, onChange, marks, readOnly, against, handle }: CodeEditorProps) {
  const host = useRef<HTMLDivElement>(null)
  const view = useRef<EditorView>(null)
  const parts = useRef({ writable: new Compartment(), merge: new Compartment(), name: new Compartment() })
  const reported = useRef(text)
  const report = useRef(onChange)
  report.current = onChange

  useEffect(() => {
    if (host.current === null) return
    const root = host.current.shadowRoot ?? host.current.attachShadow({ mode: 'open' })
    const { writable, merge, name } = parts.current
    const made = new EditorView({
      root,
      parent: root,
      state: EditorState.create({
        doc: reported.current,
        extensions: [
          BASICS,
          look(window.matchMedia('(prefers-color-scheme: dark)').matches),
          name.of([]),
          writable.of([]),
          merge.of([]),
          EditorView.updateListener.of((update) => {
            if (!update.docChanged) return
            reported.current = update.state.doc.toString()
            report.current(reported.current)
          }),
        ],
      }),
    })
    view.current = made
    return () => {
      view.current = null
      made.destroy()
    }
  }, [])

  useEffect(() => {
    const { name } = parts.current
    view.current?.dispatch({
      effects: name.reconfigure(EditorView.contentAttributes.of({ 'aria-label': label, tabindex: '0' })),
    })
  }, [label])
  useEffect(() => {
    const { writable } = parts.current
    const off = [EditorState.readOnly.of(true), EditorView.contentAttributes.of({ 'aria-readonly': 'true' })]
    view.current?.dispatch({ effects: writable.reconfigure(readOnly ? off : []) })
  }, [readOnly])
  useEffect(() => {
    const { merge } = parts.current
    view.current?.dispatch({ effects: merge.reconfigure(against === null ? [] : mergeWith(against)) })
  }, [against])
  useEffect(() => {
    const { current } = view
    if (current === null || text === reported.current) return
    reported.current = text
    current.dispatch({ changes: { from: 0, to: current.state.doc.length, insert: text } })
  }, [text])
  useEffect(() => {
    const { current } = view
    if (current === null) return
    const { doc } = current.state
    current.dispatch(
      setDiagnostics(
        current.state,
        marks.map((mark) => diagnosticOf(doc, mark)),
      ),
    )
  }, [marks])

  useImperativeHandle(handle, () => ({
    goTo(line, column) {
      const { current } = view
      if (current === null) return
      const anchor = positionOf(current.state.doc, line, column)
      current.dispatch({ selection: { anchor }, effects: EditorView.scrollIntoView(anchor, { y: 'center' }) })
      current.focus()
    },
  }))
  return (
    <div ref={host} className="overflow-hidden rounded-md border border-edge bg-surface focus-within:border-accent" />
  )
}

function positionOf(doc: Text, line: number, column: number): number {
  const at = doc.line(Math.min(Math.max(1, line), doc.lines))
  return Math.min(at.from + column - 1, at.to)
}

/** The word at that place, or the line when there is none. */
function diagnosticOf(doc: Text, { level, line, column, message }: EditorMark): Diagnostic {
  const from = positionOf(doc, line, column)
  const rest = doc.lineAt(from).text.slice(from - doc.lineAt(from).from)
  return { from, to: from + (/^\S+/.exec(rest)?.[0].length ?? 0), severity: level, message }
}

function mergeWith(original: string): Extension {
  return unifiedMergeView({
    original,
    collapseUnchanged: { margin: 3, minSize: 6 },
    mergeControls: (type, action) => {
      const button = document.createElement('button')
      button.type = 'button'
      button.textContent = type === 'accept' ? 'Keep mine' : 'Take theirs'
      button.addEventListener('mousedown', action)
      button.addEventListener('click', (event) => {
        if (event.detail === 0) action(event) // by key
      })
      return button
    },
  })
}

const BASICS: Extension = [
  lineNumbers(),
  lintGutter(),
  history(),
  drawSelection(),
  indentOnInput(),
  highlightActiveLine(),
  highlightSelectionMatches(),
  search({ top: true }),
  yaml(),
  EditorView.lineWrapping,
  // No Tab: it leads out of the editor, as it does everywhere else.
  keymap.of([...defaultKeymap, ...historyKeymap, ...searchKeymap, ...lintKeymap]),
  syntaxHighlighting(
    HighlightStyle.define([
      { tag: [tags.definition(tags.propertyName), tags.propertyName], color: 'var(--accent)' },
      { tag: [tags.comment, tags.meta, tags.punctuation], color: 'var(--quiet)' },
      { tag: [tags.string, tags.content], color: 'var(--ink)' },
    ]),
  ),
]

function look(dark: boolean): Extension {
  const box = { backgroundColor: 'var(--surface)', border: '1px solid var(--line)', color: 'var(--ink)' }
  const mono = 'ui-monospace, "SF Mono", Menlo, Consolas, "Liberation Mono", monospace'
  return EditorView.theme(
    {
      '&': { color: 'var(--ink)', backgroundColor: 'var(--surface)', fontSize: '12px' },
      '&.cm-focused': { outline: 'none' },
      '.cm-scroller': { fontFamily: mono, lineHeight: '1.5', maxHeight: '68vh', overflow: 'auto' },
      '.cm-content': { caretColor: 'var(--ink)', padding: '8px 0' },
      '.cm-cursor': { borderLeftColor: 'var(--ink)' },
      '.cm-gutters': {
        backgroundColor: 'var(--sunken)',
        color: 'var(--quiet)',
        borderRight: '1px solid var(--line)',
      },
      '.cm-activeLine': { backgroundColor: 'color-mix(in srgb, var(--accent-soft) 40%, transparent)' },
      '.cm-activeLineGutter': { backgroundColor: 'transparent', color: 'var(--ink)' },
      '&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground': {
        backgroundColor: 'color-mix(in srgb, var(--accent) 28%, transparent)',
      },
      '.cm-selectionMatch': { backgroundColor: 'var(--accent-soft)' },
      '.cm-tooltip': { ...box, borderRadius: '5px', maxWidth: '36rem' },
      '.cm-diagnostic': { fontFamily: 'inherit', padding: '4px 8px' },
      '.cm-diagnostic-error': { borderLeft: '3px solid var(--fails)' },
      '.cm-diagnostic-warning': { borderLeft: '3px solid var(--watch)' },
      '.cm-panels': { backgroundColor: 'var(--sunken)', color: 'var(--ink)' },
      '.cm-panels.cm-panels-top': { borderBottom: '1px solid var(--line)' },
      '.cm-textfield, .cm-button': { ...box, backgroundImage: 'none', borderRadius: '3px' },
      '.cm-collapsedLines': { background: 'var(--sunken)', color: 'var(--quiet)' },
      '.cm-collapsedLines::before, .cm-collapsedLines::after': { content: '"···"' },
      '.cm-panel.cm-search': { fontSize: '12px', '& input, & button, & label': { fontSize: '12px' } },
      '.cm-deletedChunk': { backgroundColor: 'var(--fails-soft)', paddingLeft: '6px' },
      '.cm-deletedChunk .cm-deletedText, .cm-deletedText': {
        background: 'color-mix(in srgb, var(--fails) 22%, transparent)',
      },
      '&.cm-merge-b .cm-changedLine, .cm-changedLine, .cm-inlineChangedLine': {
        backgroundColor: 'var(--holds-soft)',
      },
      '&.cm-merge-b .cm-changedText, .cm-changedText': {
        background: 'color-mix(in srgb, var(--holds) 22%, transparent)',
      },
      '.cm-chunkButtons button': { ...box, borderRadius: '3px', padding: '0 6px', margin: '2px', cursor: 'pointer' },
    },
    { dark },
  )
}
