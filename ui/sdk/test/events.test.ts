import { EventEmitter as Real } from 'node:events';
import { describe, expect, it } from 'vitest';
import { EventEmitter } from '../src/events.ts';

describe.each([['Node', Real], ['ours', EventEmitter as unknown as typeof Real]])('events (%s)', (_, Kind) => {
  it('reach whoever listens, in order, and nobody else', () => {
    const emitter = new Kind();
    const heard: unknown[] = [];
    const first = (...args: unknown[]): void => void heard.push('first', ...args);
    function second(this: unknown): void {
      heard.push(this === emitter);
      emitter.off('x', first).on('x', () => heard.push('late'));
    }
    expect(emitter.addListener('x', first).on('x', second)).toBe(emitter);
    emitter.once('x', first);
    expect([emitter.emit('x', 1, 2), emitter.emit('y')]).toEqual([true, false]);
    expect(heard).toEqual(['first', 1, 2, true, 'first', 1, 2]);
  });

  it('are heard once, or not at all, where that is wanted', () => {
    const emitter = new Kind();
    const heard: number[] = [];
    const one = (n: number): void => void heard.push(n);
    emitter.once('x', one).once('y', one).on('y', one);
    emitter.emit('x', 1);
    emitter.emit('x', 2);
    emitter.removeListener('y', one).emit('y', 3);
    emitter.off('z', one);
    expect(heard).toEqual([1, 3]);
  });

  it('that say what went wrong and are heard by nobody are thrown', () => {
    expect(() => new Kind().emit('error', new Error('why'))).toThrow('why');
    expect(new Kind().on('error', () => {}).emit('error', new Error('why'))).toBe(true);
  });
});
