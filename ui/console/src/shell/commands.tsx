// What the page on screen can do, for the palette: the page registers its
// commands while it is shown.
import { createContext, useContext, useEffect, useMemo, useState, type ReactNode } from 'react'

export interface Command {
  id: string
  label: string
  group: string
  icon?: ReactNode
  keys?: string
  /** More words by which it may be found. */
  words?: string
  run(): void
}

interface Registry {
  commands: Command[]
  set(owner: string, commands: Command[]): void
}

const Context = createContext<Registry | undefined>(undefined)

export function CommandsProvider({ children }: { children: ReactNode }) {
  const [owners, setOwners] = useState<Record<string, Command[]>>({})
  const value = useMemo<Registry>(
    () => ({
      commands: Object.values(owners).flat(),
      set: (owner, commands) => setOwners((all) => ({ ...all, [owner]: commands })),
    }),
    [owners],
  )
  return <Context value={value}>{children}</Context>
}

export function useCommands(): Command[] {
  return useContext(Context)?.commands ?? []
}

/** Registers commands while the caller is mounted; memoise the list. */
export function useProvideCommands(owner: string, commands: Command[]) {
  const set = useContext(Context)?.set
  useEffect(() => {
    set?.(owner, commands)
    return () => set?.(owner, [])
    // set changes with every registration; only the list matters
  }, [owner, commands]) // eslint-disable-line react-hooks/exhaustive-deps
}

/** Every typed word must begin a word of the label, or be part of it. */
export function matches(command: Pick<Command, 'label' | 'words'>, input: string): boolean {
  const plain = (s: string) => s.toLocaleLowerCase().normalize('NFD').replace(/\p{M}/gu, '')
  const text = plain(`${command.label} ${command.words ?? ''}`)
  return plain(input).split(/\s+/).every((word) => text.includes(word))
}
