import { DomainError } from '@plexus/core';
import { tonToNano } from '@plexus/protocol';

const MICRO = 1_000_000;
/** A date, or one with a time, with or without a zone. Source: RFC 3339, 5.6: small letters are as good. */
const INSTANT = /^\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?)?(?:Z|[+-]\d{2}:?\d{2})?$/;

/**
 * An instant as FastAPI takes it: without a zone it is UTC.
 *
 * @throws {DomainError} INVALID_INPUT
 */
export function instantOf(given: string, field: string): Date {
  const text = given.toUpperCase();
  const hasZone = /(?:Z|[+-]\d{2}:?\d{2})$/.test(text) && text.length > 10;
  const hasTime = /[T ]\d{2}:/.test(text);
  const whole = `${text.replace(' ', 'T')}${hasTime ? '' : 'T00:00:00'}${hasZone ? '' : 'Z'}`;
  const date = new Date(INSTANT.test(text) && isDay(text.slice(0, 10)) ? whole : Number.NaN);
  // A zone may lead beyond the years that four digits write.
  if (date.getUTCFullYear() >= 1 && date.getUTCFullYear() <= 9999) return date;
  throw new DomainError('INVALID_INPUT', 'not a date and time as 2025-01-15T10:30:00Z', { field });
}

/** Whether the calendar has it: JavaScript takes a 30 February for the 2 March. */
function isDay(day: string): boolean {
  const date = new Date(`${day}T00:00:00Z`);
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(day);
}

/** @throws {DomainError} INVALID_INPUT */
export function nanoOf(ton: number, field: string): bigint {
  const nano = tonToNano(ton);
  if (nano !== undefined) return nano;
  throw new DomainError('INVALID_INPUT', 'more than 9 decimal places', { field });
}

/** Millionths, as amounts of dollars and price coefficients are kept. */
export function microOf(number: number): number {
  return Math.round(number * MICRO);
}

/** What was given, with what is null or missing left out. */
export function given<T extends object>(fields: T): { [K in keyof T]?: NonNullable<T[K]> } {
  const found = Object.entries(fields).filter(([, value]) => value !== undefined && value !== null);
  return Object.fromEntries(found) as { [K in keyof T]?: NonNullable<T[K]> };
}
