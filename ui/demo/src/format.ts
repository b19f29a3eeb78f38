import { fill, locale, plural, t } from './strings/index.ts';

const day = 86_400_000;

function midnight(time: Date): number {
  return new Date(time).setHours(0, 0, 0, 0);
}

function daysAgo(time: Date): number {
  return Math.round((midnight(new Date()) - midnight(time)) / day);
}

/** 14:05 */
export function clock(time: Date): string {
  return time.toLocaleTimeString(locale, { hour: '2-digit', minute: '2-digit' });
}

/** The exact time, for hovering. */
export function exact(time: Date): string {
  return time.toLocaleString(locale, { dateStyle: 'full', timeStyle: 'short' });
}

/** The shortest that tells the time of a row: 14:05, Tue, 3 May, 3/5/24. */
export function when(time: Date): string {
  const days = daysAgo(time);
  if (days <= 0) return clock(time);
  if (days < 7) return time.toLocaleDateString(locale, { weekday: 'short' });
  const thisYear = time.getFullYear() === new Date().getFullYear();
  return time.toLocaleDateString(locale, thisYear ? { day: 'numeric', month: 'short' } : { dateStyle: 'short' });
}

/** The heading of a day. */
export function dayName(time: Date): string {
  const days = daysAgo(time);
  if (days === 0) return t.today;
  if (days === 1) return t.yesterday;
  const thisYear = time.getFullYear() === new Date().getFullYear();
  return time.toLocaleDateString(locale, { day: 'numeric', month: 'long', ...(!thisYear && { year: 'numeric' }) });
}

/** When somebody was last there. */
export function lastSeen(time: Date): string {
  const seconds = (Date.now() - +time) / 1000;
  if (seconds < 60) return t.seenNow;
  if (seconds < 3600) return plural(Math.floor(seconds / 60), t.seenMinutes);
  if (daysAgo(time) === 0) return fill(t.seenToday, { time: clock(time) });
  if (daysAgo(time) === 1) return fill(t.seenYesterday, { time: clock(time) });
  return fill(t.seenOn, { date: time.toLocaleDateString(locale, { dateStyle: 'medium' }) });
}

/** 1.4 MB */
export function size(bytes: number): string {
  const units = ['byte', 'kilobyte', 'megabyte', 'gigabyte'];
  const at = bytes < 1000 ? 0 : Math.min(3, Math.floor(Math.log10(bytes) / 3));
  const value = bytes / 1000 ** at;
  return value.toLocaleString(locale, { style: 'unit', unit: units[at], unitDisplay: at === 0 ? 'long' : 'short', maximumFractionDigits: value < 10 && at > 0 ? 1 : 0 });
}

/** 1:07 */
export function duration(ms: number): string {
  const seconds = Math.round(ms / 1000);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
}

/** A colour of a person's own, the same everywhere (XEP-0392 in spirit). */
export function hue(id: string): number {
  let h = 0;
  for (const c of id) h = (h * 31 + c.codePointAt(0)!) % 360;
  return h;
}

/** Two letters at most: of the first and the last word. */
export function initials(name: string): string {
  const words = name.trim().split(/[\s_-]+/).filter(Boolean);
  const letters = words.length > 1 ? [words[0]!, words.at(-1)!] : words;
  return letters.map((w) => [...w][0]!.toLocaleUpperCase(locale)).join('');
}

/** A name as the platform accepts it as an identifier. */
export function identifier(name: string): string {
  return name
    .normalize('NFD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/[^a-z0-9_-]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 40);
}
