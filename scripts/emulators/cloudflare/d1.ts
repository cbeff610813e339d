// D1: databases that really run their SQL.

import { randomUUID } from 'node:crypto';
import { DatabaseSync, type SQLInputValue } from 'node:sqlite';
import { unstable_splitSqlQuery } from 'wrangler';
import type { JsonObject } from '../agents/checks.ts';
import { Refusal, type Account, type Database } from './account.ts';

export function createDatabase(account: Account, name: string, location: unknown): Database {
  if (account.databases.some((one) => one.name === name)) throw new Refusal(400, 7502, 'A database with that name already exists');
  const made: Database = { uuid: randomUUID(), name, location: typeof location === 'string' ? location : null, sqlite: new DatabaseSync(':memory:') };
  account.databases.push(made);
  return made;
}

/** Runs the statements of one call as one transaction. */
export function query(database: Database, body: JsonObject): unknown[] {
  const params = Array.isArray(body['params']) ? (body['params'] as SQLInputValue[]) : [];
  database.sqlite.exec('BEGIN');
  try {
    const results = unstable_splitSqlQuery(String(body['sql'])).map((sql) => ({
      results: database.sqlite.prepare(sql).all(...params),
      success: true,
      meta: { duration: 0.1, changes: 0, served_by: 'emulator' },
    }));
    database.sqlite.exec('COMMIT');
    return results;
  } catch (failure) {
    database.sqlite.exec('ROLLBACK');
    throw new Refusal(400, 7500, failure instanceof Error ? failure.message : String(failure));
  }
}
