// What the console asks of the Public API and under which key the answer is
// kept. Live events (live.tsx) invalidate by these keys.
import {
  infiniteQueryOptions, keepPreviousData, queryOptions, useMutation, useQueryClient, type QueryClient,
} from '@tanstack/react-query'
import { useApi } from './context'
import { ApiError, type ApiClient, type Paged } from './client'
import type {
  Account, AccountCreate, ApiKey, ApiKeyCreated, AuditEntry, Company, Delivery, Device, Feedback, Group, Me, MeAnswer, OperatorState, OperatorStateKind, Report, Session, Settings, SettingsChange, SigningKey, User, Webhook,
} from './types'

export const pageSize = 50
/** More than anybody can look after; the queue beyond it is counted by its place. */
const liveLimit = 500
const liveStatuses = ['CREATED', 'IN_QUEUE', 'WAITING', 'ACTIVE', 'ACW']

export const keys = {
  me: ['me'],
  live: ['sessions', 'live'],
  sessions: ['sessions'],
  ones: ['sessions', 'one'],
  earlier: ['sessions', 'earlier'],
  session: (id: number) => ['sessions', 'one', id],
  history: ['sessions', 'history'],
  users: ['users'],
  states: ['operatorStates'],
  groups: ['groups'],
  accounts: ['accounts'],
  account: (id: number) => ['accounts', 'one', id],
  devices: (id: number) => ['accounts', 'devices', id],
  settings: ['company', 'settings'],
  features: ['company', 'features'],
  reports: ['reports'],
  feedback: ['feedback'],
  signingKeys: ['signingKeys'],
  audit: ['audit'],
  apiKeys: ['apiKeys'],
  scopes: ['apiKeys', 'scopes'],
  webhooks: ['webhooks'],
  webhook: (id: number) => ['webhooks', id],
  deliveries: (id: number) => ['webhooks', id, 'deliveries'],
  company: ['company'],
} as const satisfies Record<string, unknown>

export const meQuery = (api: ApiClient) =>
  queryOptions({
    queryKey: keys.me,
    queryFn: async ({ signal }) => readMe(await api.get<MeAnswer>('Users/me', {}, signal)),
    staleTime: 300_000,
  })

export function readMe(answer: MeAnswer): Me {
  const { operatorState, ...me } = answer
  const kind = typeof operatorState === 'string' ? operatorState : operatorState?.stateKind
  return kind ? { ...me, operatorState: kind } : me
}

export const liveSessionsQuery = (api: ApiClient) =>
  queryOptions({
    queryKey: keys.live,
    queryFn: ({ signal }) => api.get<Session[]>('Sessions', { Status: liveStatuses, Activities: false, limit: liveLimit }, signal),
    refetchInterval: 60_000, // a net under the event stream
  })

export const sessionQuery = (api: ApiClient, id: number) =>
  queryOptions({ queryKey: keys.session(id), queryFn: ({ signal }) => api.get<Session>(`Sessions/${id}`, {}, signal) })

export interface HistoryFilter {
  text: string
  from: string // yyyy-mm-dd, local
  to: string
}

/** A day and a time of the reader's clock for the server; nothing for what an address says that is no day. */
export function localTime(day: string, time: string): string {
  const at = /^\d{4}-\d\d-\d\d$/.test(day) ? new Date(`${day}T${time}`) : undefined
  return at && !Number.isNaN(at.getTime()) ? at.toISOString() : ''
}

/** A list that came in pages: what moved from one to the next meanwhile is in it once. */
export const flat = <T extends { id: number }>(pages: readonly T[][]): T[] => [...new Map(pages.flat().map((item) => [item.id, item])).values()]

export const historyQuery = (api: ApiClient, filter: HistoryFilter) =>
  infiniteQueryOptions({
    queryKey: [...keys.history, filter],
    queryFn: ({ signal, pageParam }) =>
      api.get<Session[]>(
        'Sessions',
        {
          Status: 'CLOSED',
          ActivityTextsContain: filter.text.trim(),
          'Ended.Min': localTime(filter.from, '00:00:00'),
          'Ended.Max': localTime(filter.to, '23:59:59.999'),
          limit: pageSize,
          offset: pageParam,
        },
        signal,
      ),
    initialPageParam: 0,
    getNextPageParam: nextOffset,
    placeholderData: keepPreviousData,
  })

/** The contract pages without totals: a short page is the last one. */
export function nextOffset(last: unknown[], all: unknown[][]): number | undefined {
  return last.length < pageSize ? undefined : all.reduce((n, page) => n + page.length, 0)
}

/** Earlier contacts of the same client. */
export const earlierSessionsQuery = (api: ApiClient, session: Session) => {
  const client = session.guest?.tempId
  return queryOptions({
    queryKey: [...keys.earlier, client ?? session.id],
    queryFn: async ({ signal }) => (client ? api.get<Session[]>('Sessions', { ClientId: client, Activities: false, limit: 20 }, signal) : []),
    staleTime: 30_000,
  })
}

export const usersQuery = (api: ApiClient) =>
  queryOptions({ queryKey: keys.users, queryFn: ({ signal }) => api.get<User[]>('Users', {}, signal), staleTime: 60_000 })

export const statesQuery = (api: ApiClient) =>
  queryOptions({ queryKey: keys.states, queryFn: ({ signal }) => api.get<OperatorState[]>('Users/operatorStates', {}, signal), staleTime: 10_000 })

export const groupsQuery = (api: ApiClient) =>
  queryOptions({ queryKey: keys.groups, queryFn: ({ signal }) => api.get<Group[]>('Groups', {}, signal), staleTime: 60_000 })

export const accountPage = 100

/** One page of the accounts: the list is as long as the server says, and only what is looked at is fetched. */
export const accountsQuery = (api: ApiClient, search: string, kind: string, page: number) =>
  queryOptions({
    queryKey: [...keys.accounts, 'list', search, kind, page],
    queryFn: ({ signal }) => api.page<Account>('Accounts', { search, kind, limit: accountPage, offset: page * accountPage }, signal),
    staleTime: 15_000,
  })

export const foundAccountsQuery = (api: ApiClient, search: string) =>
  queryOptions({ queryKey: [...keys.accounts, 'found', search], queryFn: ({ signal }) => api.get<Account[]>('Accounts', { search, limit: 6 }, signal), staleTime: 15_000 })

export const accountQuery = (api: ApiClient, id: number) =>
  queryOptions({ queryKey: keys.account(id), queryFn: ({ signal }) => api.get<Account>(`Accounts/${id}`, {}, signal) })

export const devicesQuery = (api: ApiClient, id: number) =>
  queryOptions({ queryKey: keys.devices(id), queryFn: ({ signal }) => api.get<Device[]>(`Accounts/${id}/devices`, {}, signal) })

export const settingsQuery = (api: ApiClient) =>
  queryOptions({ queryKey: keys.settings, queryFn: ({ signal }) => api.get<Settings>('Companies/settings', {}, signal), staleTime: 60_000 })

export const featuresQuery = (api: ApiClient) =>
  queryOptions({
    queryKey: keys.features,
    queryFn: async ({ signal }) => (await api.get<{ features: Record<string, boolean> }>('Companies/features', {}, signal)).features,
    staleTime: 60_000,
  })

/** Pages of a list whose length the server tells. */
const paged = {
  initialPageParam: 0,
  getNextPageParam: (last: Paged<unknown>, all: Paged<unknown>[]) => {
    const have = all.reduce((n, page) => n + page.items.length, 0)
    return last.items.length > 0 && have < last.total ? have : undefined
  },
}

export const reportsQuery = (api: ApiClient, state: string) =>
  infiniteQueryOptions({
    queryKey: [...keys.reports, 'list', state],
    queryFn: ({ signal, pageParam }) => api.page<Report>('Reports', { state, limit: pageSize, offset: pageParam }, signal),
    ...paged,
  })

/** How many reports wait. */
export const openReportsQuery = (api: ApiClient) =>
  queryOptions({
    queryKey: [...keys.reports, 'open'],
    queryFn: async ({ signal }) => (await api.page<Report>('Reports', { state: 'open', limit: 1 }, signal)).total,
    staleTime: 60_000,
  })

export const feedbackQuery = (api: ApiClient) =>
  infiniteQueryOptions({
    queryKey: [...keys.feedback, 'list'],
    queryFn: ({ signal, pageParam }) => api.page<Feedback>('Feedback', { limit: pageSize, offset: pageParam }, signal),
    ...paged,
  })

export const newestFeedbackQuery = (api: ApiClient) =>
  queryOptions({ queryKey: [...keys.feedback, 'newest'], queryFn: ({ signal }) => api.get<Feedback[]>('Feedback', { limit: pageSize }, signal), staleTime: 60_000 })

export const signingKeysQuery = (api: ApiClient) =>
  queryOptions({ queryKey: keys.signingKeys, queryFn: ({ signal }) => api.get<SigningKey[]>('SigningKeys', {}, signal) })

export const auditPage = (api: ApiClient, actor: number, kind: string, before: number, limit: number, signal?: AbortSignal) =>
  api.get<AuditEntry[]>('AuditLog', { actor: actor || undefined, kind, before: before || undefined, limit }, signal)

export const auditQuery = (api: ApiClient, actor: number, kind: string) =>
  infiniteQueryOptions({
    queryKey: [...keys.audit, actor, kind],
    queryFn: ({ signal, pageParam }) => auditPage(api, actor, kind, pageParam, pageSize, signal),
    initialPageParam: 0,
    getNextPageParam: (last) => (last.length < pageSize ? undefined : last.at(-1)!.position),
    placeholderData: keepPreviousData,
  })

export const apiKeysQuery = (api: ApiClient) =>
  queryOptions({ queryKey: keys.apiKeys, queryFn: ({ signal }) => api.get<ApiKey[]>('ApiKeys', {}, signal) })

export const scopesQuery = (api: ApiClient) =>
  queryOptions({
    queryKey: keys.scopes,
    queryFn: async ({ signal }) => readScopes(await api.get<unknown>('ApiKeys/scopes', {}, signal)),
    staleTime: Infinity,
  })

/** The list of scopes may come as names or as objects that describe themselves. */
export function readScopes(answer: unknown): string[] {
  if (!Array.isArray(answer)) return []
  return answer.flatMap((item: unknown) => {
    if (typeof item === 'string') return [item]
    if (typeof item !== 'object' || item === null) return []
    const name = (item as Record<string, unknown>).name ?? (item as Record<string, unknown>).scope
    return typeof name === 'string' ? [name] : []
  })
}

export const webhooksQuery = (api: ApiClient) =>
  queryOptions({ queryKey: keys.webhooks, queryFn: ({ signal }) => api.get<Webhook[]>('Webhooks', {}, signal) })

export const webhookQuery = (api: ApiClient, id: number) =>
  queryOptions({ queryKey: keys.webhook(id), queryFn: ({ signal }) => api.get<Webhook>(`Webhooks/${id}`, {}, signal) })

export const deliveriesQuery = (api: ApiClient, id: number) =>
  queryOptions({
    queryKey: keys.deliveries(id),
    queryFn: ({ signal }) => api.get<Delivery[]>(`Webhooks/${id}/deliveries`, { limit: 100 }, signal),
    refetchInterval: 5_000,
  })

export const companyQuery = (api: ApiClient) =>
  queryOptions({ queryKey: keys.company, queryFn: ({ signal }) => api.get<Company>('Companies', {}, signal), staleTime: 60_000 })

/** A change that shows at once: the live list is patched first and restored when the server refuses. */
export function useSessionAction<V extends { id: number }>(
  act: (api: ApiClient, variables: V) => Promise<unknown>,
  patch: (session: Session, variables: V) => Session | undefined,
  onRefused: (error: unknown, variables: V) => void,
) {
  const api = useApi()
  const client = useQueryClient()
  return useMutation({
    mutationFn: (variables: V) => act(api, variables),
    onMutate: async (variables) => {
      await client.cancelQueries({ queryKey: keys.live })
      const list = client.getQueryData<Session[]>(keys.live)
      const one = client.getQueryData<Session>(keys.session(variables.id))
      patchSession(client, variables.id, (s) => patch(s, variables))
      return { list, one }
    },
    onError: (error, variables, before) => {
      if (before?.list) client.setQueryData(keys.live, before.list)
      if (before?.one) client.setQueryData(keys.session(variables.id), before.one)
      onRefused(error, variables)
    },
    onSettled: () => client.invalidateQueries({ queryKey: keys.sessions }),
  })
}

/** Changes one session wherever it is cached; undefined takes it off the live list. */
export function patchSession(client: QueryClient, id: number, patch: (session: Session) => Session | undefined) {
  client.setQueryData<Session[]>(keys.live, (list) =>
    list?.flatMap((s) => {
      if (s.id !== id) return [s]
      const next = patch(s)
      return next ? [next] : []
    }),
  )
  client.setQueryData<Session>(keys.session(id), (s) => s && (patch(s) ?? s))
}

export const sessionActions = {
  accept: (api: ApiClient, v: { id: number }) => api.post<Session>(`Sessions/${v.id}/accept`),
  end: (api: ApiClient, v: { id: number; result?: string; note?: string }) =>
    api.post(`Sessions/${v.id}/end`, { result: v.result, note: v.note }),
  forward: (api: ApiClient, v: { id: number; operatorGroupId?: number; userId?: number; note?: string }) =>
    api.post(`Sessions/${v.id}/forward`, { operatorGroupId: v.operatorGroupId, userId: v.userId, note: v.note }),
  note: (api: ApiClient, v: { id: number; note: string }) => api.put(`Sessions/${v.id}/note`, { note: v.note }),
  send: (api: ApiClient, v: { id: number; text: string; messageId: string }) =>
    api.post<{ messageId: string }>(`Sessions/${v.id}/messages`, { text: v.text, messageId: v.messageId }),
}

export const adminActions = {
  createAccount: (api: ApiClient, v: AccountCreate) => api.post<{ id: number; password?: string }>('Accounts', v),
  enable: (api: ApiClient, v: { id: number; isEnabled: boolean }) => api.put(`Accounts/${v.id}/enabled`, { isEnabled: v.isEnabled }),
  resetPassword: (api: ApiClient, v: { id: number }) => api.post<{ password: string }>(`Accounts/${v.id}/resetPassword`),
  restoreAccount: (api: ApiClient, v: { id: number }) => api.post(`Accounts/${v.id}/restore`),
  revokeDevice: (api: ApiClient, v: { id: number; deviceId: number }) => api.delete(`Accounts/${v.id}/devices/${v.deviceId}`),
  features: (api: ApiClient, features: Record<string, boolean>) => api.put('Companies/features', { features }),
  settings: (api: ApiClient, v: SettingsChange) => api.put('Companies/settings', v),
  deleteAccount: (api: ApiClient, v: { id: number }) => api.delete(`Accounts/${v.id}`),
  createKey: (api: ApiClient, v: { name: string; scopes: string[] }) => api.post<ApiKeyCreated>('ApiKeys', v),
  revokeKey: (api: ApiClient, v: { id: number }) => api.delete(`ApiKeys/${v.id}`),
  createWebhook: (api: ApiClient, v: { callbackUrl: string; eventTypes: string[] }) => api.post<number>('Webhooks', v),
  updateWebhook: (api: ApiClient, v: { id: number; callbackUrl: string; eventTypes: string[] }) =>
    api.put(`Webhooks/${v.id}`, { callbackUrl: v.callbackUrl, eventTypes: v.eventTypes }),
  deleteWebhook: (api: ApiClient, v: { id: number }) => api.delete(`Webhooks/${v.id}`),
  replay: (api: ApiClient, v: { id: number; deliveryId?: number }) =>
    api.post(`Webhooks/${v.id}/replay`, v.deliveryId === undefined ? {} : { deliveryId: v.deliveryId }),
  handleReport: (api: ApiClient, v: { id: number; state: string; note: string }) => api.put<Report>(`Reports/${v.id}`, { state: v.state, note: v.note }),
  moderate: (api: ApiClient, v: { jid: string; blocked: boolean }) => api.put('Moderation', v),
  rotate: (api: ApiClient) => api.post('SigningKeys/rotate'),
  endTrial: (api: ApiClient) => api.post('Companies/endTrial'),
}

export const setState = (api: ApiClient, v: { userId: number; stateKind: OperatorStateKind }) =>
  api.put(`Users/${v.userId}/operatorState`, { stateKind: v.stateKind })

/** Trying again is for what may pass: not for what the server understood and refused. */
export function shouldRetry(failures: number, error: unknown): boolean {
  if (error instanceof ApiError && error.status >= 400 && error.status < 500 && error.status !== 429) return false
  return failures < 2
}
