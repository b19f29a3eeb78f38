// The Public API's shapes, as far as the console reads them. Field names are
// the contract's; everything the server may leave out is optional, and sets of
// strings stay open because new values may appear at any time.

export type SessionStatus = 'CREATED' | 'IN_QUEUE' | 'WAITING' | 'ACTIVE' | 'ACW' | 'BCW' | 'CLOSED' | 'BLACKLISTED'

export interface Guest {
  tempId?: number
  ipAddress?: string | null
  trackedId?: string | null
  identity?: string | null
  channelIdentity?: number | null
  os?: string
  browser?: string
  language?: string | null
  callParams?: Record<string, string>
  gdprVersion?: string | null
}

export interface SessionOperator {
  userId: number
  userName: string
  firstName?: string
  lastName?: string
  joined?: string
  left?: string | null
  concluded?: string | null
  note?: string | null
}

export interface Activity {
  activityId: number
  time: string
  type: string
  client?: 'User' | 'Guest' | 'Chatbot' | null
  userId?: number | null
  text?: string | null
  note?: string | null
  toGroupName?: string | null
  toOperatorFullName?: string | null
  toGroupId?: number | null
  terminationReason?: string | null
  /** The message's id on the wire. */
  messageId?: string | null
}

export interface Session {
  id: number
  companyId?: number
  departmentId?: number
  guest?: Guest
  channel?: string
  source?: string
  status: SessionStatus
  url?: string | null
  widget?: string | null
  operators?: SessionOperator[]
  created: string
  guestJoined?: string | null
  started?: string | null
  ended?: string | null
  waited?: string | null
  length?: string | null
  activities?: Activity[]
  tags?: { userId?: number | null; name: string }[]
  guestFeedbackStars?: number | null
  guestFeedbackText?: string | null
  guestLeftSession?: string | null
  // ours, beyond the contract
  groupJid?: string
  result?: string | null
  note?: string | null
  guestName?: string | null
  lastMessage?: { text: string; time: string; fromGuest: boolean } | null
  unread?: number
  queue?: { id: number; name: string; place?: number } | null
}

export interface Me {
  id: number
  username: string
  firstName?: string
  lastName?: string
  email?: string
  admin: boolean
  jid: string
  companyId: number
  scopes: string[]
  operatorState?: OperatorStateKind
}

/** As it comes: the state may be the word alone or the whole model. */
export type MeAnswer = Omit<Me, 'operatorState'> & { operatorState?: OperatorStateKind | OperatorState | null }

export type OperatorStateKind = 'OFFLINE' | 'DISCONNECTED' | 'ONLINE' | 'AWAY' | 'BREAK' | 'BEFORE_CALL' | 'ON_CALL' | 'AFTER_CALL'

export interface OperatorState {
  userId: number
  stateKind: OperatorStateKind
  note?: string | null
  changed?: string
}

export interface User {
  id: number
  firstName?: string
  lastName?: string
  username: string
  email?: string
  enabled?: boolean
  departments?: number[]
  groups?: number[]
  globalRoles?: string[]
}

export interface Group {
  id: number
  name: string
  created?: string
  type?: string
  departmentId?: number
}

export type AccountKind = 'user' | 'operator' | 'visitor' | 'bot' | 'client'
export type AccountRole = 'admin' | 'operator' | 'user'

export interface Account {
  id: number
  username: string
  name?: string
  kind: AccountKind
  admin?: boolean
  jid?: string
  email?: string
  enabled: boolean
  created: string
  lastSeen?: string | null
  devices?: number
  /** When its data will be erased, if somebody has asked for that. */
  deleting?: string | null
}

export interface Device {
  id: number
  type: string
  /** The client through which somebody signed in; empty for an app's own device. */
  name: string
  created: string
  lastUsed?: string | null
}

/** A line of an import's answer. */
export interface ImportProgress {
  done: number
  total: number
  made: number
  refused: ImportRefused[]
  error?: string
}

export interface ImportRefused {
  row: number
  name: string
  error: string
}

export interface Settings {
  deviceLimit: number
  deletionGraceHours: number
  identity: { jwksUrl: string; issuer: string; audience: string; key: string }
}

export interface SettingsChange {
  deviceLimit?: number
  deletionGraceHours?: number
  identity?: { jwksUrl?: string; issuer?: string; audience?: string }
}

export interface AccountCreate {
  username: string
  password?: string
  name?: string
  email?: string
  role: AccountRole
}

export interface ApiKey {
  id: number
  name: string
  clientId: string
  scopes: string[]
  created: string
  lastUsed?: string | null
  revoked?: string | null
}

export interface ApiKeyCreated {
  id: number
  name: string
  clientId: string
  clientSecret: string
  scopes: string[]
}

export interface Webhook {
  id: number
  eventTypes: string[]
  callbackUrl: string
  /** A username and password are sent; the address is shown without them. */
  basicAuth?: boolean
  failingSince?: string | null
  secret?: string
}

export interface Delivery {
  id: number
  eventType: string
  status: string
  attempts?: number
  created: string
  delivered?: string | null
  nextAttempt?: string | null
  responseStatus?: number | null
  error?: string | null
  payload?: unknown
}

export interface Company {
  id: number
  name: string
  companyGuid: string
  language?: string | null
  timezone?: string | null
  domain?: string
  licenseKey?: string
  trial?: boolean
}

export interface Person {
  id: number
  username: string
  name: string
  jid: string
}

export interface ReportedMessage {
  id: string
  text: string
  type: string
  file: string
  time?: string | null
  publisher: string
}

export interface Report {
  id: number
  state: 'open' | 'resolved' | 'dismissed'
  note: string
  chatType: string
  about: { jid: string; name: string; group: boolean; accountId?: number | null; blocked: boolean }
  reporter?: Person | null
  messages: ReportedMessage[]
  created: string
  handled?: string | null
  handler?: Person | null
}

export interface Feedback {
  id: number
  /** "deletion": what somebody wrote when deleting the account. */
  kind: string
  title: string
  text: string
  from?: Person | null
  created: string
}

export interface SigningKey {
  kid: string
  created: string
  retired?: string | null
  ends?: string | null
  current: boolean
}

export interface AuditEntry {
  position: number
  time: string
  kind: string
  actor: number
  actorName: string
  subject: number
  subjectName: string
  details?: Record<string, unknown>
}

/** One event of GET events: a committed fact. */
export interface LedgerEvent {
  position: number
  time: string
  kind: string
  subject?: number
  data?: unknown
}
