import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useApi } from '../api/context'
import type { ApiClient } from '../api/client'
import { ApiError } from '../api/client'
import { useT } from '../i18n'
import { describeError, sentence } from './errors'
import { complain, say } from './notify'

interface Options<R, V> {
  stale?: readonly unknown[]
  said?: string
  failed?: string
  done?(result: R, variables: V): void
}

/** A change on a settings page: says what came of it, refreshes what it touched. Errors with fields are left to the form. */
export function useAction<V, R>(act: (api: ApiClient, variables: V) => Promise<R>, { stale, said, failed, done }: Options<R, V>) {
  const t = useT()
  const api = useApi()
  const client = useQueryClient()
  return useMutation<R, Error, V>({
    mutationFn: (v: V) => act(api, v),
    onSuccess(result, v) {
      if (said) say(said)
      done?.(result, v)
    },
    onError(error) {
      if (failed) complain(failed, describeError(error, t))
    },
    onSettled: () => stale && client.invalidateQueries({ queryKey: stale }),
  })
}

/** What the server said about one input, whatever case it spells the name in. */
export function fieldError(error: unknown, name: string): string | undefined {
  if (!(error instanceof ApiError)) return undefined
  const text = Object.entries(error.fields).find(([key]) => key.toLowerCase() === name.toLowerCase())?.[1]
  return text && sentence(text)
}
