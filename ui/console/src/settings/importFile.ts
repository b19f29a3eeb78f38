// What the import dialog knows about files, without React.
import type { ImportRefused } from '../api/types'

export const maxFile = 16 // MB, as the server takes

export const example = 'name,password,role,displayName,email\nmaya,correct horse battery,user,Maya Lindqvist,maya@example.com\nomar,another long password,operator,Omar Haddad,\n'

/** Spreadsheets write other encodings, too, and names would become something else. */
export async function isUtf8(file: Blob): Promise<boolean> {
  try {
    return !new TextDecoder('utf-8', { fatal: true }).decode(await file.arrayBuffer()).includes('\0')
  } catch {
    return false
  }
}

/** A cell that spreadsheets do not take for a formula, quoted where it must be (RFC 4180 §2). */
export function cell(value: string | number): string {
  const text = String(value)
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text
  return /[",\n\r]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}

export function csv(rows: (string | number)[][]): string {
  return rows.map((row) => row.map(cell).join(',')).join('\r\n') + '\r\n'
}

export const refusedCsv = (refused: ImportRefused[]) => csv([['line', 'name', 'reason'], ...refused.map((r) => [r.row, r.name, r.error])])

/** Gives the browser a text to keep as a file. */
export function save(name: string, text: string, type = 'text/csv') {
  const url = URL.createObjectURL(new Blob(['\ufeff', text], { type: `${type};charset=utf-8` }))
  const a = document.createElement('a')
  a.href = url
  a.download = name
  a.click()
  setTimeout(() => URL.revokeObjectURL(url), 10_000)
}
