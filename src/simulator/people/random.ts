/** Chance that comes out the same each time: numbers, choices and ids as functions of what they are for. */

/** FNV-1a, 32 bits. */
export function hashText(text: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at += 1) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  return hash >>> 0;
}

/** 32 bits that depend on every part. */
export function mixed(...parts: readonly number[]): number {
  let hash = 0x9e3779b9;
  for (const part of parts) {
    hash = Math.imul(hash ^ part, 0x85ebca6b);
    hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
    hash ^= hash >>> 16;
  }
  return hash >>> 0;
}

export interface Chance {
  /** A whole number from 0 to `below` - 1. */
  number(below: number): number;
  /** True so many times in a hundred. */
  percent(percent: number): boolean;
  oneOf<T>(list: readonly T[]): T;
}

export function chance(...key: readonly number[]): Chance {
  const start = mixed(...key);
  let drawn = 0;
  const number = (below: number) => {
    drawn += 1;
    return Math.floor((mixed(start, drawn) / 0x1_0000_0000) * below);
  };
  return {
    number,
    percent: (percent) => number(10_000) < percent * 100,
    oneOf: <T>(list: readonly T[]) => list[number(list.length)] as T,
  };
}

/** A version 4 UUID that is the same for the same key. */
export function uuidFor(...key: readonly number[]): string {
  return uuid(mixed(...key, 0), ...key);
}

/**
 * A UUID that holds its number: nobody has to keep a list to know whose it is.
 * @param key what tells one kind of numbered thing from another
 */
export function uuidOfNumber(key: number, number: number): string {
  return uuid(scrambled(key, number), key, number);
}

/** The number in a UUID of `uuidOfNumber`, or undefined where it is none of this key's. */
export function numberOfUuid(key: number, text: string): number | undefined {
  const number = unscrambled(key, Number.parseInt(text.slice(0, 8), 16));
  return uuidOfNumber(key, number) === text ? number : undefined;
}

function uuid(first: number, ...key: readonly number[]): string {
  const [second, third, fourth] = [mixed(...key, 1), mixed(...key, 2), mixed(...key, 3)];
  const variant = '89ab'[(third >>> 16) & 3];
  return [
    hex(first, 8),
    hex(second >>> 16, 4),
    `4${hex(second & 0xfff, 3)}`,
    `${variant}${hex(third & 0xfff, 3)}`,
    `${hex(fourth, 8)}${hex(third >>> 16, 4)}`,
  ].join('-');
}

function hex(number: number, digits: number): string {
  return number.toString(16).padStart(digits, '0');
}

const ROUNDS = [0, 1, 2, 3];

/** A Feistel network on two halves of 16 bits: each 32-bit number has another, and back. */
function scrambled(key: number, number: number): number {
  let [left, right] = [number >>> 16, number & 0xffff];
  for (const round of ROUNDS) [left, right] = [right, left ^ (mixed(key, round, right) & 0xffff)];
  return ((left << 16) | right) >>> 0;
}

function unscrambled(key: number, number: number): number {
  let [left, right] = [number >>> 16, number & 0xffff];
  for (const round of ROUNDS.toReversed()) [left, right] = [right ^ (mixed(key, round, left) & 0xffff), left];
  return ((left << 16) | right) >>> 0;
}
